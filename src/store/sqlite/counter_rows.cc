#include "store/sqlite/counter_rows.h"

#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

std::int64_t number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

CounterChange read_change(const Statement& row) {
  const auto count = [&](int column) { return static_cast<std::uint64_t>(row.column_int(column)); };
  return {{static_cast<std::int32_t>(row.column_int(0)),
           {count(1)},
           {count(2)},
           static_cast<std::uint32_t>(row.column_int(3))},
          {count(4), count(5), count(6)}};
}

Result<void> add(Statement& upsert, std::int32_t time, const CounterChange& change) {
  upsert.bind(1, std::int64_t{time})
      .bind(2, number(change.key.integration.value))
      .bind(3, number(change.key.product.value))
      .bind(4, std::int64_t{change.key.version})
      .bind(5, number(change.counts.success))
      .bind(6, number(change.counts.error))
      .bind(7, number(change.counts.sleep));
  return upsert.run();
}

Result<void> add_to_days(Database& database, std::span<const CounterChange> changes) {
  FLEETHOOK_TRY(Statement upsert,
                database.prepare("INSERT INTO counters(day, integration, product, version, success, error, sleep) "
                                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                                 "ON CONFLICT(day, integration, product, version) DO UPDATE SET success = success + "
                                 "excluded.success, error = error + excluded.error, sleep = sleep + excluded.sleep"));
  for (const CounterChange& change : changes) FLEETHOOK_CHECK(add(upsert, day_of_hour(change.key.hour), change));
  return {};
}

Result<bool> add_to_row(Statement& update, const TrafficChange& change, Database& database) {
  update.bind(1, std::int64_t{change.minute})
      .bind(2, number(change.product.value))
      .bind_text(3, change.firmware)
      .bind(4, number(change.counts.success))
      .bind(5, number(change.counts.error))
      .bind(6, number(change.counts.sleep));
  FLEETHOOK_CHECK(update.run());
  return database.changes() > 0;
}

}  // namespace

Result<CounterKey> read_mark(Database& database) {
  CounterKey mark;
  FLEETHOOK_CHECK(sql::for_each(database, "SELECT hour, integration, product, version, 0, 0, 0 FROM rollup",
                                [&](const Statement& row) -> Result<void> {
                                  mark = read_change(row).key;
                                  return {};
                                }));
  return mark;
}

Result<void> add_to_counters(Database& database, std::span<const CounterChange> changes) {
  if (changes.empty()) return {};
  FLEETHOOK_TRY(
      Statement upsert,
      database.prepare("INSERT INTO hour_counters(hour, integration, product, version, success, error, sleep) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                       "ON CONFLICT(hour, integration, product, version) DO UPDATE SET success = success + "
                       "excluded.success, error = error + excluded.error, sleep = sleep + excluded.sleep"));
  for (const CounterChange& change : changes) FLEETHOOK_CHECK(add(upsert, change.key.hour, change));
  FLEETHOOK_TRY(const CounterKey mark, read_mark(database));
  std::size_t before_mark = 0;
  while (before_mark < changes.size() && changes[before_mark].key <= mark) ++before_mark;
  return add_to_days(database, changes.first(before_mark));
}

Result<void> add_to_traffic(Database& database, std::span<const TrafficChange> changes, const Limits& limits) {
  if (changes.empty()) return {};
  FLEETHOOK_TRY(Statement update,
                database.prepare("UPDATE traffic SET success = success + ?4, error = error + ?5, sleep = sleep + ?6 "
                                 "WHERE minute = ?1 AND product = ?2 AND firmware = ?3"));
  // Only for the first of a minute: whether there is room for one more is counted then.
  FLEETHOOK_TRY(
      Statement insert,
      database.prepare("INSERT INTO traffic(minute, product, firmware, success, error, sleep) VALUES (?1, ?2, CASE "
                       "WHEN (SELECT count(*) FROM traffic WHERE minute = ?1 AND product = ?2 AND firmware <> 'other') "
                       "< ?7 THEN ?3 ELSE 'other' END, ?4, ?5, ?6) ON CONFLICT(minute, product, firmware) DO UPDATE "
                       "SET success = success + excluded.success, error = error + excluded.error, sleep = sleep + "
                       "excluded.sleep"));
  insert.bind(7, number(limits.traffic_firmwares_max));
  for (const TrafficChange& change : changes) {
    FLEETHOOK_TRY(const bool added, add_to_row(update, change, database));
    if (!added) FLEETHOOK_CHECK(add_to_row(insert, change, database));
  }
  return {};
}

Result<std::size_t> roll_up(Database& database, std::int32_t hour, std::size_t rows) {
  FLEETHOOK_TRY(const CounterKey mark, read_mark(database));
  std::vector<CounterChange> changes;
  FLEETHOOK_CHECK(sql::for_each(
      database,
      "SELECT hour, integration, product, version, success, error, sleep FROM hour_counters WHERE hour < ?5 AND "
      "(hour, integration, product, version) > (?1, ?2, ?3, ?4) ORDER BY hour, integration, product, version LIMIT ?6",
      [&](const Statement& row) -> Result<void> {
        changes.push_back(read_change(row));
        return {};
      },
      mark.hour, mark.integration.value, mark.product.value, mark.version, hour, rows));
  if (changes.empty()) return std::size_t{0};
  FLEETHOOK_CHECK(add_to_days(database, changes));
  const CounterKey& last = changes.back().key;
  FLEETHOOK_CHECK(sql::run(database, "UPDATE rollup SET hour = ?1, integration = ?2, product = ?3, version = ?4",
                           last.hour, last.integration.value, last.product.value, last.version));
  return changes.size();
}

}  // namespace fleethook::store
