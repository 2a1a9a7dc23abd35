// SQLite behind a small door: connections, cached statements, errors as values. The only folder that includes
// sqlite3.h.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/keyring.h"
#include "base/random.h"
#include "base/result.h"

namespace fleethook::sqlite {

// A prepared statement in use. Values are bound by position from 1; columns count from 0. Views returned by column_*
// live until the next step, reset or destruction. Destroying it resets the statement and gives it back to the
// connection's cache.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  ~Statement();
  Statement& bind(int position, std::int64_t value);
  Statement& bind(int position, double value);
  Statement& bind_text(int position, std::string_view value);  // not copied: must live until the statement is reset
  Statement& bind_blob(int position, std::span<const std::uint8_t> value);
  Statement& bind_null(int position);

  // True: a row is there. False: done. Errors: kUnavailable (busy, full, I/O), kConflict (constraint), kCorrupt.
  Result<bool> step();
  // step() until done, then reset: for statements without rows. Bound values are kept.
  Result<void> run();
  void reset();

  std::int64_t column_int(int column) const;
  double column_double(int column) const;
  std::string_view column_text(int column) const;  // blobs too
  bool column_is_null(int column) const;

 private:
  friend class Database;
  struct Cached;
  explicit Statement(Cached* cached);
  Cached* cached_;
};

enum class OpenMode : std::uint8_t { kReadWriteCreate, kReadOnly };

// Whether this error is one of SQLite's, and so about the file or its disk; not one of what is done with it.
bool comes_from_database(const Error& error);

// One connection. Not thread-safe: one thread at a time. WAL, synchronous=FULL, foreign keys on.
class Database {
 public:
  // kUnavailable with path and reason when it cannot be opened ("cannot open /x/fleethook.db: Permission denied"),
  // kCorrupt when the file is no database.
  static Result<std::unique_ptr<Database>> open(const std::string& path, OpenMode mode, const char* vfs = nullptr);
  ~Database();
  Database(const Database&) = delete;

  // Runs one or several statements without parameters.
  Result<void> execute(const std::string& sql);
  // Compiled once and kept; `sql` must be a string literal (its address is the key). A statement in use twice at a time
  // is a bug.
  Result<Statement> prepare(const char* sql);
  std::int64_t changes() const;  // rows changed by the last statement
  std::int64_t last_insert_rowid() const;
  bool in_transaction() const;

  // What the SQL functions of this connection seal texts with and open them with, until it is closed; `random` outlives
  // it. Without keys they seal nothing, and open nothing that is sealed.
  //   seal(text, place)        the text sealed, bound to the place; itself without keys
  //   unseal(text, place)      what seal() was given, or what was never sealed. An error (kCorrupt) if no key opens it
  //   reseal(text, place)      unsealed and sealed with the current key
  //   is_sealed_now(text)      whether it is sealed with the current key
  void use_keys(std::shared_ptr<const crypto::Keyring> keys, Random& random);

  // Copies everything, as it is at one moment, into a new file at `path`, and syncs it. Others may write meanwhile: it
  // does not begin again for them, and they do not wait; but the log is not cut back until it is done. `progress` gets
  // pages, those that are copied and all. On an error a part of the file may be there.
  Result<void> copy_into(const std::string& path, const std::function<void(std::int64_t, std::int64_t)>& progress);

  // Another connection to the same file, without keys.
  Result<std::unique_ptr<Database>> open_another(OpenMode mode) const;
  // From now on this connection's commits never copy the log into the file by themselves; log_pages() says how long it
  // is.
  void stop_own_checkpoints();
  std::int64_t log_pages() const;        // after this connection's last commit; 0 before stop_own_checkpoints()
  std::uint64_t logged_commits() const;  // of this connection, those that wrote something; as above
  // Copies what nobody reads any more from the log into the file and syncs it; waits for nobody. Returns how many pages
  // of the log are in the file now.
  Result<std::int64_t> checkpoint();

 private:
  friend class Statement;
  struct Impl;
  struct Sealing;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Brings a schema to the newest version: runs the scripts of (current version, newest] in one transaction each. The
// version stands in table `schema_version(part, version)`, a row for each part ("store", "queue"), so both parts share
// a file. kUnavailable when the file is newer than `scripts` ("this data folder was written by a newer Fleethook (store
// schema 7, this binary knows 5); run the newer binary, or restore a backup").
struct Migration {
  int version;  // 1, 2, 3, ... without gaps
  const char* sql;
  // What SQL cannot work out, in the same transaction before `sql`; null as a rule.
  Result<void> (*first)(Database&) = nullptr;
};
Result<void> migrate(Database& database, std::string_view part, std::span<const Migration> scripts);

}  // namespace fleethook::sqlite
