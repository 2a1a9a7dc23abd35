// Searching the dead letters: a way along the one index that narrows them most, and a look at each row of it.
//
//   integration given  dead_letter_of_integration(integration, id)
//   device given       dead_letter_of_device(event_publisher, id)
//   product given      dead_letter_of_product(product, id)
//   owner given        dead_letter_of_owner(owner, id)
//   none               the table
#include <utility>

#include "store/sqlite/history_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

// Of one page. A search for text reads the events' data.
constexpr std::size_t kLookBytesMax = 64 * 1024 * 1024;

#define FLEETHOOK_DEAD_LETTER_COLUMNS \
  "id, integration, replay, product, version, attempts, status, error, at, reason, replayed, owner"
constexpr int kOwnerColumn = 11;
constexpr int kEventColumn = 12;

DeadLetter read_dead_letter(const Statement& row) {
  DeadLetter letter;
  letter.id = static_cast<std::uint64_t>(row.column_int(0));
  letter.integration = sql::number<core::IntegrationNumber>(row, 1);
  letter.replay = static_cast<std::uint32_t>(row.column_int(2));
  letter.product = sql::number<core::ProductId>(row, 3);
  letter.version = static_cast<std::uint32_t>(row.column_int(4));
  letter.attempts = static_cast<std::uint32_t>(row.column_int(5));
  letter.status = static_cast<std::int32_t>(row.column_int(6));
  letter.error = static_cast<core::ErrorClass>(row.column_int(7));
  letter.at = sql::instant(row, 8);
  letter.reason = sql::text(row, 9);
  letter.replayed = static_cast<std::uint32_t>(row.column_int(10));
  auto event = std::make_shared<core::Event>(*read_event(row, kEventColumn));
  event->replay = letter.replay;
  letter.event = std::move(event);
  return letter;
}

template <class Id>
bool is_owner(const Statement& row, const Id& id) {
  return row.column_text(kOwnerColumn) ==
         std::string_view(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

// Whose it is; none asked for: whoever's.
bool is_theirs(const Statement& row, const DeadLetterQuery& query) {
  if (!query.organization.is_none()) return is_owner(row, query.organization);
  return query.user.is_none() || is_owner(row, query.user);
}

enum class Way { kIntegration, kDevice, kProduct, kOwner, kTable };

Way way_of(const DeadLetterQuery& query) {
  if (query.integration) return Way::kIntegration;
  if (!query.device.empty()) return Way::kDevice;
  if (query.product && !query.product->is_none()) return Way::kProduct;
  if (!query.organization.is_none() || !query.user.is_none()) return Way::kOwner;
  return Way::kTable;
}

#define FLEETHOOK_DEAD_LETTERS(index, condition)                                                                \
  {                                                                                                             \
    "SELECT " FLEETHOOK_DEAD_LETTER_COLUMNS ", " FLEETHOOK_HISTORY_EVENT_COLUMNS " FROM dead_letter " index     \
    " WHERE " condition " AND id < ?1 AND id <= ?2 ORDER BY id DESC",                                           \
        "SELECT " FLEETHOOK_DEAD_LETTER_COLUMNS ", " FLEETHOOK_HISTORY_EVENT_COLUMNS " FROM dead_letter " index \
        " WHERE " condition " AND id > ?1 AND id <= ?2 ORDER BY id"                                             \
  }
// In the order of Way: newest first, oldest first.
constexpr const char* kStatements[][2] = {
    FLEETHOOK_DEAD_LETTERS("INDEXED BY dead_letter_of_integration", "integration = ?3"),
    FLEETHOOK_DEAD_LETTERS("INDEXED BY dead_letter_of_device", "event_publisher = ?3"),
    FLEETHOOK_DEAD_LETTERS("INDEXED BY dead_letter_of_product", "product = ?3"),
    FLEETHOOK_DEAD_LETTERS("INDEXED BY dead_letter_of_owner", "owner = ?3"),
    FLEETHOOK_DEAD_LETTERS("", "1 = 1"),
};

void bind_way(Statement& statement, Way way, const DeadLetterQuery& query) {
  switch (way) {
    case Way::kIntegration:
      return sql::bind(statement, 3, *query.integration);
    case Way::kDevice:
      return sql::bind(statement, 3, std::string_view(query.device));
    case Way::kProduct:
      return sql::bind(statement, 3, *query.product);
    case Way::kOwner:
      return query.organization.is_none() ? sql::bind(statement, 3, query.user)
                                          : sql::bind(statement, 3, query.organization);
    case Way::kTable:
      return;
  }
}

Result<DeadLetters> search(Database& database, const DeadLetterQuery& query, const DeadLetterPage& page) {
  const Way way = way_of(query);
  FLEETHOOK_TRY(Statement row, database.prepare(kStatements[static_cast<std::size_t>(way)][page.oldest_first ? 1 : 0]));
  const std::uint64_t first = page.oldest_first ? 0 : INT64_MAX;
  sql::bind(row, 1, page.behind == 0 ? first : page.behind);
  sql::bind(row, 2, page.upto);
  bind_way(row, way, query);
  DeadLetters found;
  std::size_t bytes = 0;
  for (std::size_t looked_at = 0; looked_at < page.look_max && bytes < kLookBytesMax; ++looked_at) {
    if (!page.count_only && found.letters.size() == page.limit) return found;
    FLEETHOOK_TRY(const bool more, row.step());
    if (!more) {
      found.all = true;
      return found;
    }
    DeadLetter letter = read_dead_letter(row);
    found.behind = letter.id;
    found.looked_at = letter.at;
    bytes += letter.event->data ? letter.event->data->size() : 0;
    if (!is_theirs(row, query) || !query.fits(letter)) continue;
    ++found.found;
    if (!page.count_only) found.letters.push_back(std::move(letter));
  }
  return found;
}

}  // namespace

Result<DeadLetters> SqliteStore::dead_letters(const DeadLetterQuery& query, const DeadLetterPage& page) {
  return readers_.with([&](Database& database) { return search(database, query, page); });
}

Result<std::optional<DeadLetter>> SqliteStore::dead_letter(std::uint64_t id, const DeadLetterQuery& query) {
  return readers_.with([&](Database& database) -> Result<std::optional<DeadLetter>> {
    std::optional<DeadLetter> found;
    FLEETHOOK_CHECK(sql::for_each(
        database,
        "SELECT " FLEETHOOK_DEAD_LETTER_COLUMNS ", " FLEETHOOK_HISTORY_EVENT_COLUMNS " FROM dead_letter WHERE id = ?1",
        [&](const Statement& row) -> Result<void> {
          DeadLetter letter = read_dead_letter(row);
          if (is_theirs(row, query) && query.fits(letter)) found = std::move(letter);
          return {};
        },
        id));
    return found;
  });
}

}  // namespace fleethook::store
