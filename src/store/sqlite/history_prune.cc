// Old history goes in small steps, so that events that arrive meanwhile are never held up for long.
#include <algorithm>
#include <limits>

#include "base/text.h"
#include "store/sqlite/counter_rows.h"
#include "store/sqlite/outage_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr std::int64_t kRowsPerStep = 500;

// A way through a table, from its oldest rows on.
struct Walk {
  std::int64_t after = -1;   // the last row looked at
  core::EventId event;       // the same of what is named by an event
  std::int64_t deleted = 0;  // in this step
  bool over = false;         // no row is left, or what follows is young
};
// Rows of the log stand in about the order of their times, since clocks are set: after so many steps without an old one
// there is none.
constexpr int kStepsAhead = 20;

// An outcome is no older than its event, and events are in the order of their times: a step whose events are all young
// is the last. Without this the many late outcomes of events that had waited would hide what is old behind them.
Result<void> delete_outcomes(Database& database, Walk& walk, Instant before) {
  core::EventId last;  // none: no row is left
  FLEETHOOK_CHECK(sql::for_each(
      database, "SELECT max(event) FROM (SELECT event FROM outcome WHERE event > ?1 ORDER BY event LIMIT ?2)",
      [&](const Statement& row) -> Result<void> {
        last = sql::id<core::EventId>(row, 0);
        return {};
      },
      walk.event, kRowsPerStep));
  walk.deleted = 0;
  walk.over = last.is_none();
  if (walk.over) return {};
  FLEETHOOK_TRY(const auto published,
                sql::first_number(database, "SELECT min(at - took) FROM outcome WHERE event > ?1 AND event <= ?2",
                                  walk.event, last));
  walk.over = published && *published >= micros(before);
  FLEETHOOK_CHECK(
      sql::run(database, "DELETE FROM outcome WHERE event > ?1 AND event <= ?2 AND at < ?3", walk.event, last, before));
  walk.deleted = database.changes();
  walk.event = last;
  return {};
}

// What was recorded under numbers of the queue; see the migration.
Result<void> delete_numbered_outcomes(Database& database, Walk& walk, Instant before) {
  FLEETHOOK_TRY(const auto last,
                sql::first_number(database,
                                  "SELECT max(event) FROM (SELECT event FROM numbered_outcome WHERE event > ?1 "
                                  "ORDER BY event LIMIT ?2)",
                                  walk.after, kRowsPerStep));
  walk.deleted = 0;
  walk.over = !last;
  if (!last) return {};
  FLEETHOOK_TRY(
      const auto published,
      sql::first_number(database, "SELECT min(at - took) FROM numbered_outcome WHERE event > ?1 AND event <= ?2",
                        walk.after, *last));
  walk.over = published && *published >= micros(before);
  FLEETHOOK_CHECK(sql::run(database, "DELETE FROM numbered_outcome WHERE event > ?1 AND event <= ?2 AND at < ?3",
                           walk.after, *last, before));
  walk.deleted = database.changes();
  walk.after = *last;
  return {};
}

// Of a table with `id` and `at`. Both texts are literals.
Result<void> delete_old(Database& database, const char* next, const char* remove, Walk& walk, Instant before) {
  FLEETHOOK_TRY(const auto last, sql::first_number(database, next, walk.after, kRowsPerStep));
  walk.deleted = 0;
  walk.over = !last;
  if (!last) return {};
  FLEETHOOK_CHECK(sql::run(database, remove, walk.after, *last, before));
  walk.deleted = database.changes();
  walk.after = *last;
  return {};
}

Result<void> delete_exchanges(Database& database, Walk& walk, Instant before) {
  return delete_old(database, "SELECT max(id) FROM (SELECT id FROM exchange WHERE id > ?1 ORDER BY id LIMIT ?2)",
                    "DELETE FROM exchange WHERE id > ?1 AND id <= ?2 AND at < ?3", walk, before);
}

Result<void> delete_dead_letters(Database& database, Walk& walk, Instant before) {
  return delete_old(database, "SELECT max(id) FROM (SELECT id FROM dead_letter WHERE id > ?1 ORDER BY id LIMIT ?2)",
                    "DELETE FROM dead_letter WHERE id > ?1 AND id <= ?2 AND at < ?3", walk, before);
}

using DeleteRows = Result<void> (*)(Database&, Walk&, Instant before);
Result<void> walk_through(sqlite::GroupWriter& writer, DeleteRows step, Instant before, int steps_ahead) {
  Walk walk;
  for (int steps_without = 0; !walk.over && steps_without < steps_ahead;) {
    FLEETHOOK_CHECK(
        writer.run_and_wait([&](Database& database) { return step(database, walk, before); }, nullptr, "prune"));
    steps_without = walk.deleted > 0 ? 0 : steps_without + 1;
  }
  return {};
}

// Of a table with `stored`; see the migration. Texts are literals.
struct Stored {
  const char* first;
  const char* last;
  const char* remove;
};
constexpr Stored kExchanges{"SELECT stored FROM exchange ORDER BY id LIMIT 1",
                            "SELECT stored FROM exchange ORDER BY id DESC LIMIT 1",
                            "DELETE FROM exchange WHERE id IN"
                            " (SELECT id FROM exchange WHERE stored < ?1 ORDER BY id LIMIT ?2)"};
constexpr Stored kDeadLetters{"SELECT stored FROM dead_letter ORDER BY id LIMIT 1",
                              "SELECT stored FROM dead_letter ORDER BY id DESC LIMIT 1",
                              "DELETE FROM dead_letter WHERE id IN"
                              " (SELECT id FROM dead_letter WHERE stored < ?1 ORDER BY id LIMIT ?2)"};
constexpr std::int64_t kWholeRowsPerStep = 100;  // each of tens of kilobytes

// `left`: bytes that are kept after the step.
Result<void> delete_over(
    Database& database, const Stored& table, std::int64_t most, std::int64_t& left, std::int64_t& deleted) {
  deleted = 0;
  FLEETHOOK_TRY(const auto first, sql::first_number(database, table.first));
  FLEETHOOK_TRY(const auto last, sql::first_number(database, table.last));
  left = first && last ? *last - *first : 0;
  if (left <= most) return {};
  FLEETHOOK_CHECK(sql::run(database, table.remove, *last - most, kWholeRowsPerStep));
  deleted = database.changes();
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
  FLEETHOOK_CHECK(walk_through(writer_, delete_outcomes, before, std::numeric_limits<int>::max()));
  FLEETHOOK_CHECK(walk_through(writer_, delete_numbered_outcomes, before, std::numeric_limits<int>::max()));
  FLEETHOOK_CHECK(walk_through(writer_, delete_exchanges, before, kStepsAhead));
  FLEETHOOK_CHECK(walk_through(writer_, delete_dead_letters, before, kStepsAhead));
  FLEETHOOK_CHECK(prune_step(
      [before](Database& database) { return sql::run(database, "DELETE FROM replay WHERE ended_at < ?1", before); }));
  FLEETHOOK_CHECK(prune_step([before](Database& database) { return prune_outages(database, before); }));
  FLEETHOOK_CHECK(roll_up_counters());
  FLEETHOOK_CHECK(prune_last_outcomes(before));
  FLEETHOOK_CHECK(prune_step_by_step(
      [day](Database& database, std::int64_t& deleted) { return delete_counters(database, day, deleted); }));
  FLEETHOOK_CHECK(prune_step_by_step(
      [fine](Database& database, std::int64_t& deleted) { return delete_hours(database, hour_of(fine), deleted); }));
  return prune_step_by_step(
      [fine](Database& database, std::int64_t& deleted) { return delete_traffic(database, minute_of(fine), deleted); });
}

Result<HistoryBytes> SqliteStore::prune_to(HistoryBytes most) {
  const auto prune_table = [&](const Stored& table, std::uint64_t bytes) -> Result<std::uint64_t> {
    const auto limit = static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, INT64_MAX));
    std::int64_t left = 0;
    FLEETHOOK_CHECK(prune_step_by_step(
        [&](Database& database, std::int64_t& deleted) { return delete_over(database, table, limit, left, deleted); }));
    return static_cast<std::uint64_t>(std::max<std::int64_t>(left, 0));
  };
  HistoryBytes left;
  FLEETHOOK_TRY(left.exchanges, prune_table(kExchanges, most.exchanges));
  FLEETHOOK_TRY(left.dead_letters, prune_table(kDeadLetters, most.dead_letters));
  return left;
}

Result<void> SqliteStore::prune_step(const std::function<Result<void>(Database&)>& step) {
  return writer_.run_and_wait(step, nullptr, "prune");
}

Result<void> SqliteStore::prune_last_outcomes(Instant before) {
  std::int64_t after = -1;
  bool more = true;
  while (more) {
    FLEETHOOK_CHECK(
        prune_step([&](Database& database) { return delete_last_outcomes(database, after, before, more); }));
  }
  return {};
}

// Hours that are over. The one under way changes with every batch: it would be added twice an hour for nothing.
Result<void> SqliteStore::roll_up_counters() {
  const std::int32_t hour = hour_of(clock_.now());
  std::size_t added = 0;
  do {
    FLEETHOOK_CHECK(prune_step([&](Database& database) -> Result<void> {
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
    FLEETHOOK_CHECK(prune_step([&](Database& database) { return step(database, deleted); }));
  } while (deleted > 0);
  return {};
}

}  // namespace fleethook::store
