// Searching the attempts that are kept, as dead letters are: a way along the one index that narrows them most, and a
// look at each row of it. And all that is kept of one event.
//
//   integration given  exchange_of_integration(integration, id)
//   device given       exchange_of_device(event_publisher, id)
//   none               the table
#include <utility>

#include "store/sqlite/history_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

// A page reads no more than this of what was sent and answered.
constexpr std::size_t kLookBytesMax = 64 * 1024 * 1024;

// Behind the columns of an attempt; see read_exchange().
constexpr int kOwnerColumn = 33;
#define FLEETHOOK_ATTEMPT_SELECT       \
  "SELECT " FLEETHOOK_EXCHANGE_COLUMNS \
  ", (SELECT coalesce(organization, user) FROM integration i WHERE i.number = exchange.integration) FROM exchange "

template <class Id>
bool is_owner(const Statement& row, const Id& id) {
  return row.column_text(kOwnerColumn) ==
         std::string_view(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

// Whose it is; none asked for: whoever's.
bool is_theirs(const Statement& row, const AttemptQuery& query) {
  if (!query.organization.is_none()) return is_owner(row, query.organization);
  return query.user.is_none() || is_owner(row, query.user);
}

const char* statement_for(const AttemptQuery& query) {
  if (query.integration)
    return FLEETHOOK_ATTEMPT_SELECT
        "INDEXED BY exchange_of_integration WHERE integration = ?2 AND id < ?1 ORDER BY id DESC";
  if (!query.device.empty())
    return FLEETHOOK_ATTEMPT_SELECT
        "INDEXED BY exchange_of_device WHERE event_publisher = ?2 AND id < ?1 ORDER BY id DESC";
  return FLEETHOOK_ATTEMPT_SELECT "WHERE id < ?1 ORDER BY id DESC";
}

Result<Attempts> search(Database& database, const AttemptQuery& query, const AttemptPage& page) {
  FLEETHOOK_TRY(Statement row, database.prepare(statement_for(query)));
  sql::bind(row, 1, page.behind == 0 ? std::uint64_t{INT64_MAX} : page.behind);
  if (query.integration) {
    sql::bind(row, 2, *query.integration);
  } else if (!query.device.empty()) {
    sql::bind(row, 2, std::string_view(query.device));
  }
  Attempts found;
  std::size_t bytes = 0;
  for (std::size_t looked_at = 0; looked_at < page.look_max && bytes < kLookBytesMax; ++looked_at) {
    if (found.attempts.size() == page.limit) return found;
    FLEETHOOK_TRY(const bool more, row.step());
    if (!more) {
      found.all = true;
      return found;
    }
    Exchange attempt = read_exchange(row);
    found.behind = attempt.id;
    found.looked_at = attempt.at;
    bytes += attempt.request_body.size() + attempt.response_body.size();
    if (query.fits(attempt) && is_theirs(row, query)) found.attempts.push_back(std::move(attempt));
  }
  return found;
}

Result<EventHistory> read_of_event(Database& database, const core::EventId& event, std::size_t attempts_max) {
  EventHistory history;
  FLEETHOOK_CHECK(sql::for_each(
      database,
      "SELECT integration, replay, product, kind, status, attempts, version, at, took, test, error FROM outcome WHERE "
      "event = ?1 ORDER BY integration, replay",
      [&](const Statement& row) -> Result<void> {
        Outcome outcome;
        outcome.event = event;
        outcome.integration = sql::number<core::IntegrationNumber>(row, 0);
        outcome.replay = static_cast<std::uint32_t>(row.column_int(1));
        outcome.product = sql::number<core::ProductId>(row, 2);
        outcome.kind = static_cast<core::OutcomeKind>(row.column_int(3));
        outcome.status = static_cast<std::int32_t>(row.column_int(4));
        outcome.attempts = static_cast<std::uint32_t>(row.column_int(5));
        outcome.version = static_cast<std::uint32_t>(row.column_int(6));
        outcome.at = sql::instant(row, 7);
        outcome.took = Duration(row.column_int(8));
        outcome.test = sql::flag(row, 9);
        outcome.error = static_cast<core::ErrorClass>(row.column_int(10));
        history.outcomes.push_back(std::move(outcome));
        return {};
      },
      event));
  FLEETHOOK_CHECK(sql::for_each(
      database,
      "SELECT " FLEETHOOK_EXCHANGE_COLUMNS
      " FROM exchange INDEXED BY exchange_of_event WHERE event_id = ?1 ORDER BY id DESC LIMIT ?2",
      [&](const Statement& row) -> Result<void> {
        history.attempts.push_back(read_exchange(row));
        return {};
      },
      event, attempts_max));
  FLEETHOOK_CHECK(sql::for_each(
      database, "SELECT id, integration, replay FROM dead_letter INDEXED BY dead_letter_of_event WHERE event_id = ?1",
      [&](const Statement& row) -> Result<void> {
        history.letters.push_back({static_cast<std::uint64_t>(row.column_int(0)),
                                   sql::number<core::IntegrationNumber>(row, 1),
                                   static_cast<std::uint32_t>(row.column_int(2))});
        return {};
      },
      event));
  return history;
}

}  // namespace

Result<Attempts> SqliteStore::attempts(const AttemptQuery& query, const AttemptPage& page) {
  return readers_.with([&](Database& database) { return search(database, query, page); });
}

Result<std::optional<Exchange>> SqliteStore::attempt(std::uint64_t id, const AttemptQuery& query) {
  return readers_.with([&](Database& database) -> Result<std::optional<Exchange>> {
    std::optional<Exchange> found;
    FLEETHOOK_CHECK(sql::for_each(
        database, FLEETHOOK_ATTEMPT_SELECT "WHERE id = ?1",
        [&](const Statement& row) -> Result<void> {
          Exchange attempt = read_exchange(row);
          if (query.fits(attempt) && is_theirs(row, query)) found = std::move(attempt);
          return {};
        },
        id));
    return found;
  });
}

Result<EventHistory> SqliteStore::of_event(const core::EventId& event, std::size_t attempts_max) {
  return readers_.with([&](Database& database) { return read_of_event(database, event, attempts_max); });
}

}  // namespace fleethook::store
