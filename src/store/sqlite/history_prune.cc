// Old history goes in small steps, so that events that arrive meanwhile are never held up for long.
#include <algorithm>

#include "base/text.h"
#include "store/sqlite/counter_rows.h"
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

Result<void> delete_last_outcomes(Database& database, std::int64_t& after, Instant before, bool& more) {
  FLEETHOOK_TRY(
      const auto last,
      sql::first_number(database,
                        "SELECT max(integration) FROM (SELECT integration FROM last_outcome WHERE integration > ?1 "
                        "ORDER BY integration LIMIT ?2)",
                        after, kRowsPerStep));
  more = last.has_value();
  if (!last) return {};
  FLEETHOOK_CHECK(sql::run(
      database, "DELETE FROM last_outcome WHERE integration > ?1 AND integration <= ?2 AND max(success, error) < ?3",
      after, *last, before));
  after = *last;
  return {};
}

Result<void> delete_counters(Database& database, std::int32_t day, std::int64_t& deleted) {
  FLEETHOOK_CHECK(sql::run(database,
                           "DELETE FROM counters WHERE (day, integration, product, version) IN (SELECT day, "
                           "integration, product, version FROM counters WHERE day < ?1 ORDER BY day LIMIT ?2)",
                           day, kRowsPerStep));
  deleted = database.changes();
  return {};
}

Result<void> delete_hours(Database& database, std::int32_t hour, std::int64_t& deleted) {
  // What stands before the mark is in its day; the rest must first get there.
  FLEETHOOK_TRY(const CounterKey mark, read_mark(database));
  FLEETHOOK_CHECK(sql::run(database,
                           "DELETE FROM hour_counters WHERE (hour, integration, product, version) IN (SELECT hour, "
                           "integration, product, version FROM hour_counters WHERE hour < ?5 AND (hour, integration, "
                           "product, version) <= (?1, ?2, ?3, ?4) ORDER BY hour LIMIT ?6)",
                           mark.hour, mark.integration.value, mark.product.value, mark.version, hour, kRowsPerStep));
  deleted = database.changes();
  return {};
}

Result<void> delete_traffic(Database& database, std::int32_t minute, std::int64_t& deleted) {
  FLEETHOOK_CHECK(sql::run(
      database,
      "DELETE FROM traffic WHERE (minute, product, firmware, os, device_groups) IN "
      "(SELECT minute, product, firmware, os, device_groups FROM traffic WHERE minute < ?1 ORDER BY minute LIMIT ?2)",
      minute, kRowsPerStep));
  deleted = database.changes();
  return {};
}

}  // namespace

Result<void> SqliteStore::prune(Instant before, std::int32_t day, Instant fine) {
  day_counters_.drop_before(std::max(day, utc_day(clock_.now()) - 1), before);
  FLEETHOOK_CHECK(prune_outcomes(before));
  FLEETHOOK_CHECK(prune_exchanges(before));
  FLEETHOOK_CHECK(roll_up_counters());
  FLEETHOOK_CHECK(prune_last_outcomes(before));
  FLEETHOOK_CHECK(prune_step_by_step(
      [day](Database& database, std::int64_t& deleted) { return delete_counters(database, day, deleted); }));
  FLEETHOOK_CHECK(prune_step_by_step(
      [fine](Database& database, std::int64_t& deleted) { return delete_hours(database, hour_of(fine), deleted); }));
  return prune_step_by_step(
      [fine](Database& database, std::int64_t& deleted) { return delete_traffic(database, minute_of(fine), deleted); });
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

Result<void> SqliteStore::prune_last_outcomes(Instant before) {
  std::int64_t after = -1;
  bool more = true;
  while (more) {
    FLEETHOOK_CHECK(
        writer_.run_and_wait([&](Database& database) { return delete_last_outcomes(database, after, before, more); }));
  }
  return {};
}

// Hours that are over. The one under way changes with every batch: it would be added twice an hour for nothing.
Result<void> SqliteStore::roll_up_counters() {
  const std::int32_t hour = hour_of(clock_.now());
  std::size_t added = 0;
  do {
    FLEETHOOK_CHECK(writer_.run_and_wait([&](Database& database) -> Result<void> {
      FLEETHOOK_TRY(added, roll_up(database, hour, kRowsPerStep));
      return {};
    }));
  } while (added == kRowsPerStep);
  return {};
}

// step(database, deleted) until it finds nothing more.
Result<void> SqliteStore::prune_step_by_step(const std::function<Result<void>(Database&, std::int64_t&)>& step) {
  std::int64_t deleted = 0;
  do {
    FLEETHOOK_CHECK(writer_.run_and_wait([&](Database& database) { return step(database, deleted); }));
  } while (deleted > 0);
  return {};
}

}  // namespace fleethook::store
