// Old history goes in small steps, so that events that arrive meanwhile are never held up for long.
#include "base/text.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr std::int64_t kRowsPerStep = 500;

// Both look at the next few rows; `after` moves on to the last one looked at.
Result<void> delete_outcomes(Database& database, std::int64_t& after, Instant before, std::int64_t& deleted) {
  FLEETHOOK_TRY(
      const auto last,
      sql::first_number(database,
                        "SELECT max(event) FROM (SELECT event FROM outcome WHERE event > ?1 ORDER BY event LIMIT ?2)",
                        after, kRowsPerStep));
  deleted = 0;
  if (!last) return {};
  FLEETHOOK_CHECK(
      sql::run(database, "DELETE FROM outcome WHERE event > ?1 AND event <= ?2 AND at < ?3", after, *last, before));
  deleted = database.changes();
  after = *last;
  return {};
}

Result<void> delete_exchanges(Database& database, std::int64_t& after, Instant before, std::int64_t& deleted) {
  FLEETHOOK_TRY(
      const auto last,
      sql::first_number(database, "SELECT max(id) FROM (SELECT id FROM exchange WHERE id > ?1 ORDER BY id LIMIT ?2)",
                        after, kRowsPerStep));
  deleted = 0;
  if (!last) return {};
  FLEETHOOK_CHECK(
      sql::run(database, "DELETE FROM exchange WHERE id > ?1 AND id <= ?2 AND at < ?3", after, *last, before));
  deleted = database.changes();
  after = *last;
  return {};
}

Result<void> delete_counters(Database& database, std::int32_t day, std::int64_t& deleted) {
  FLEETHOOK_CHECK(sql::run(database,
                           "DELETE FROM counters WHERE (day, integration, product) IN "
                           "(SELECT day, integration, product FROM counters WHERE day < ?1 ORDER BY day LIMIT ?2)",
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

// Rows stand in the order of their events, or of their recording, which is nearly the order of their times (a delivery
// may be retried for days): a step that finds nothing old is the end. What it leaves behind goes next time.
Result<void> SqliteStore::prune_outcomes(Instant before) {
  std::int64_t after = -1;
  std::int64_t deleted = 0;
  do {
    FLEETHOOK_CHECK(
        writer_.run_and_wait([&](Database& database) { return delete_outcomes(database, after, before, deleted); }));
  } while (deleted > 0);
  return {};
}

Result<void> SqliteStore::prune_exchanges(Instant before) {
  std::int64_t after = 0;
  std::int64_t deleted = 0;
  do {
    FLEETHOOK_CHECK(
        writer_.run_and_wait([&](Database& database) { return delete_exchanges(database, after, before, deleted); }));
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
