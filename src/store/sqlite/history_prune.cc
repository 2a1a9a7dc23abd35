// Old history goes in small steps, so that events that arrive meanwhile are never held up for long.
#include "base/text.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr std::int64_t kRowsPerStep = 500;

// First column of the first row; nullopt when there is none or it is NULL.
template <class... Args>
Result<std::optional<std::int64_t>> first_number(Database& database, const char* text, const Args&... args) {
  FLEETHOOK_TRY(Statement statement, database.prepare(text));
  int position = 0;
  (sql::bind(statement, ++position, args), ...);
  FLEETHOOK_TRY(const bool found, statement.step());
  if (!found || statement.column_is_null(0)) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(statement.column_int(0));
}

// The next few outcomes of an integration; `after_event` moves on to the last one looked at.
Result<void> delete_outcomes(Database& database, std::int64_t integration, std::int64_t& after_event, Instant before, std::int64_t& deleted) {
  FLEETHOOK_TRY(const auto last, first_number(database,
                                              "SELECT max(event) FROM (SELECT event FROM outcome WHERE integration = ?1 AND event > ?2 "
                                              "ORDER BY event LIMIT ?3)",
                                              integration, after_event, kRowsPerStep));
  deleted = 0;
  if (!last) return {};
  FLEETHOOK_CHECK(sql::run(database, "DELETE FROM outcome WHERE integration = ?1 AND event > ?2 AND event <= ?3 AND at < ?4", integration,
                           after_event, *last, before));
  deleted = database.changes();
  after_event = *last;
  return {};
}

Result<void> delete_exchanges(Database& database, std::int64_t& after, Instant before, std::int64_t& deleted) {
  FLEETHOOK_TRY(const auto last, first_number(database, "SELECT max(id) FROM (SELECT id FROM exchange WHERE id > ?1 ORDER BY id LIMIT ?2)",
                                              after, kRowsPerStep));
  deleted = 0;
  if (!last) return {};
  FLEETHOOK_CHECK(sql::run(database, "DELETE FROM exchange WHERE id > ?1 AND id <= ?2 AND at < ?3", after, *last, before));
  deleted = database.changes();
  after = *last;
  return {};
}

Result<void> delete_counters(Database& database, std::int32_t day, std::int64_t& deleted) {
  FLEETHOOK_CHECK(sql::run(database,
                           "DELETE FROM counters WHERE (integration, day, product) IN "
                           "(SELECT integration, day, product FROM counters WHERE day < ?1 LIMIT ?2)",
                           day, kRowsPerStep));
  deleted = database.changes();
  return {};
}

}  // namespace

Result<void> SqliteStore::prune(Instant before, std::int32_t day) {
  day_counters_.drop_before(std::max(day, utc_day(clock_.now()) - 1));
  FLEETHOOK_CHECK(prune_outcomes(before));
  FLEETHOOK_CHECK(prune_exchanges(before));
  return prune_counters(day);
}

// Events rise with time, so within one integration the old outcomes come first, but for those that were retried for days: a step
// that finds nothing old ends the integration's turn.
Result<void> SqliteStore::prune_outcomes(Instant before) {
  std::int64_t integration = 0;
  std::int64_t after_event = -1;
  for (;;) {
    std::int64_t deleted = 0;
    FLEETHOOK_CHECK(writer_.run_and_wait(
        [&](Database& database) { return delete_outcomes(database, integration, after_event, before, deleted); }));
    if (deleted > 0) continue;
    FLEETHOOK_TRY(const auto next, readers_.with([&](Database& database) {
      return first_number(database, "SELECT min(integration) FROM outcome WHERE integration > ?1", integration);
    }));
    if (!next) return {};
    integration = *next;
    after_event = -1;
  }
}

// Rows are kept in the order in which they were recorded, which is nearly the order of their times.
Result<void> SqliteStore::prune_exchanges(Instant before) {
  std::int64_t after = 0;
  std::int64_t deleted = 0;
  do {
    FLEETHOOK_CHECK(writer_.run_and_wait([&](Database& database) { return delete_exchanges(database, after, before, deleted); }));
  } while (deleted > 0);
  return {};
}

Result<void> SqliteStore::prune_counters(std::int32_t day) {
  std::int64_t deleted = 0;
  do {
    FLEETHOOK_CHECK(writer_.run_and_wait([&](Database& database) { return delete_counters(database, day, deleted); }));
  } while (deleted > 0);
  return {};
}

}  // namespace fleethook::store
