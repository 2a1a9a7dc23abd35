// Our values as SQL parameters and columns: ids as blobs (none is NULL), numbers and times as integers, JSON as text.
#pragma once
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/crypto.h"
#include "base/id.h"
#include "base/result.h"
#include "json/value.h"
#include "sqlite/database.h"

namespace fleethook::store {

inline std::int64_t micros(Instant when) {
  return when.time_since_epoch().count();
}

namespace sql {

// Called qualified: unqualified, std::bind would be found too.
inline void bind(sqlite::Statement& statement, int position, std::string_view text) {
  statement.bind_text(position, text);
}
inline void bind(sqlite::Statement& statement, int position, Instant when) {
  statement.bind(position, micros(when));
}
inline void bind(sqlite::Statement& statement, int position, const crypto::Digest& digest) {
  statement.bind_blob(position, digest);
}
template <class N>
requires std::is_integral_v<N>
void bind(sqlite::Statement& statement, int position, N number) {
  statement.bind(position, static_cast<std::int64_t>(number));
}
template <class Tag>
void bind(sqlite::Statement& statement, int position, const ObjectId<Tag>& id) {
  if (id.is_none()) {
    statement.bind_null(position);
  } else {
    statement.bind_blob(position, id.bytes);
  }
}
template <class Tag>
void bind(sqlite::Statement& statement, int position, const Uuid<Tag>& id) {
  statement.bind_blob(position, id.bytes);
}
template <class Tag>
void bind(sqlite::Statement& statement, int position, Number<Tag> number) {
  if (number.is_none()) {
    statement.bind_null(position);
  } else {
    statement.bind(position, static_cast<std::int64_t>(number.value));
  }
}
template <class T>
void bind(sqlite::Statement& statement, int position, const std::optional<T>& value) {
  if (value) {
    sql::bind(statement, position, *value);
  } else {
    statement.bind_null(position);
  }
}

// Runs a statement without rows. `text` must be a string literal.
template <class... Args>
Result<void> run(sqlite::Database& database, const char* text, const Args&... args) {
  FLEETHOOK_TRY(sqlite::Statement statement, database.prepare(text));
  int position = 0;
  (sql::bind(statement, ++position, args), ...);
  return statement.run();
}

// row(const Statement&) -> Result<void> for each row. `text` must be a string literal.
template <class Row, class... Args>
Result<void> for_each(sqlite::Database& database, const char* text, Row&& row, const Args&... args) {
  FLEETHOOK_TRY(sqlite::Statement statement, database.prepare(text));
  int position = 0;
  (sql::bind(statement, ++position, args), ...);
  for (;;) {
    FLEETHOOK_TRY(const bool found, statement.step());
    if (!found) return {};
    FLEETHOOK_CHECK(row(std::as_const(statement)));
  }
}

// First column of the first row; nullopt when there is none or it is NULL. `text` must be a string literal.
template <class... Args>
Result<std::optional<std::int64_t>> first_number(sqlite::Database& database, const char* text, const Args&... args) {
  FLEETHOOK_TRY(sqlite::Statement statement, database.prepare(text));
  int position = 0;
  (sql::bind(statement, ++position, args), ...);
  FLEETHOOK_TRY(const bool found, statement.step());
  if (!found || statement.column_is_null(0)) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(statement.column_int(0));
}

// Ids, digests: none when NULL or of another size.
template <class Id>
Id id(const sqlite::Statement& statement, int column) {
  Id value;
  const std::string_view bytes = statement.column_text(column);
  if (bytes.size() == value.bytes.size()) std::memcpy(value.bytes.data(), bytes.data(), bytes.size());
  return value;
}
template <class N>
N number(const sqlite::Statement& statement, int column) {
  return N{static_cast<std::uint64_t>(statement.column_int(column))};
}
inline Instant instant(const sqlite::Statement& statement, int column) {
  return Instant(Duration(statement.column_int(column)));
}
inline std::optional<Instant> optional_instant(const sqlite::Statement& statement, int column) {
  if (statement.column_is_null(column)) return std::nullopt;
  return instant(statement, column);
}
inline std::string text(const sqlite::Statement& statement, int column) {
  return std::string(statement.column_text(column));
}
inline bool flag(const sqlite::Statement& statement, int column) {
  return statement.column_int(column) != 0;
}

}  // namespace sql
}  // namespace fleethook::store
