#include "store/sqlite/counter_rows.h"

#include "core/device_groups.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

std::int64_t number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

Instant instant_or_none(const Statement& row, int column) {
  return Instant(Duration(row.column_int(column)));
}

CounterChange read_change(const Statement& row) {
  const auto count = [&](int column) { return static_cast<std::uint64_t>(row.column_int(column)); };
  return {{static_cast<std::int32_t>(row.column_int(0)),
           {count(1)},
           {count(2)},
           static_cast<std::uint32_t>(row.column_int(3))},
          {count(4), count(5), count(6), count(7)},
          {instant_or_none(row, 8), instant_or_none(row, 9)}};
}

void bind_counts(Statement& upsert, std::int32_t time, const CounterChange& change) {
  upsert.bind(1, std::int64_t{time})
      .bind(2, number(change.key.integration.value))
      .bind(3, number(change.key.product.value))
      .bind(4, std::int64_t{change.key.version})
      .bind(5, number(change.counts.success))
      .bind(6, number(change.counts.error))
      .bind(7, number(change.counts.sleep))
      .bind(8, number(change.counts.cancelled));
}

// Of placements: the latest times win.
Result<void> add_to_last_outcomes(Database& database, std::span<const CounterChange> changes) {
  FLEETHOOK_TRY(
      Statement upsert,
      database.prepare("INSERT INTO last_outcome(integration, product, success, error) VALUES (?1, ?2, ?3, ?4) "
                       "ON CONFLICT(integration, product) DO UPDATE SET success = max(success, excluded.success), "
                       "error = max(error, excluded.error)"));
  for (const CounterChange& change : changes) {
    if (!change.last.known()) continue;
    upsert.bind(1, number(change.key.integration.value))
        .bind(2, number(change.key.product.value))
        .bind(3, micros(change.last.success))
        .bind(4, micros(change.last.error));
    FLEETHOOK_CHECK(upsert.run());
  }
  return {};
}

Result<void> add_to_days(Database& database, std::span<const CounterChange> changes) {
  FLEETHOOK_TRY(
      Statement upsert,
      database.prepare("INSERT INTO counters(day, integration, product, version, success, error, sleep, cancelled) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
                       "ON CONFLICT(day, integration, product, version) DO UPDATE SET success = success + "
                       "excluded.success, error = error + excluded.error, sleep = sleep + excluded.sleep, "
                       "cancelled = cancelled + excluded.cancelled"));
  for (const CounterChange& change : changes) {
    bind_counts(upsert, day_of_hour(change.key.hour), change);
    FLEETHOOK_CHECK(upsert.run());
  }
  return add_to_last_outcomes(database, changes);
}

void bind_traffic(Statement& statement, const TrafficKey& key, const Counts& counts) {
  statement.bind(1, std::int64_t{key.minute})
      .bind(2, number(key.product.value))
      .bind_text(3, key.kind.firmware_version)
      .bind_text(4, key.kind.os_version)
      .bind_text(5, key.kind.groups)
      .bind(6, number(counts.success))
      .bind(7, number(counts.error))
      .bind(8, number(counts.sleep))
      .bind(9, number(counts.cancelled));
}

}  // namespace

Result<CounterKey> read_mark(Database& database) {
  CounterKey mark;
  FLEETHOOK_CHECK(sql::for_each(database, "SELECT hour, integration, product, version, 0, 0, 0, 0, 0, 0 FROM rollup",
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
      database.prepare(
          "INSERT INTO hour_counters(hour, integration, product, version, success, error, sleep, "
          "cancelled, last_success, last_error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
          "ON CONFLICT(hour, integration, product, version) DO UPDATE SET success = success + "
          "excluded.success, error = error + excluded.error, sleep = sleep + excluded.sleep, "
          "cancelled = cancelled + excluded.cancelled, last_success = max(last_success, excluded.last_success), "
          "last_error = max(last_error, excluded.last_error)"));
  for (const CounterChange& change : changes) {
    bind_counts(upsert, change.key.hour, change);
    upsert.bind(9, micros(change.last.success)).bind(10, micros(change.last.error));
    FLEETHOOK_CHECK(upsert.run());
  }
  FLEETHOOK_TRY(const CounterKey mark, read_mark(database));
  std::size_t before_mark = 0;
  while (before_mark < changes.size() && changes[before_mark].key <= mark) ++before_mark;
  return add_to_days(database, changes.first(before_mark));
}

Result<void> read_last_outcomes(
    Database& database,
    const std::function<void(core::IntegrationNumber, core::ProductId, const LastOutcomes&)>& last) {
  const auto row = [&](const Statement& read) -> Result<void> {
    last(sql::number<core::IntegrationNumber>(read, 0), sql::number<core::ProductId>(read, 1),
         {instant_or_none(read, 2), instant_or_none(read, 3)});
    return {};
  };
  FLEETHOOK_CHECK(sql::for_each(database, "SELECT integration, product, success, error FROM last_outcome", row));
  FLEETHOOK_TRY(const CounterKey mark, read_mark(database));
  return sql::for_each(
      database,
      "SELECT integration, product, last_success, last_error FROM hour_counters "
      "WHERE (hour, integration, product, version) > (?1, ?2, ?3, ?4) AND last_success + last_error > 0",
      row, mark.hour, mark.integration.value, mark.product.value, mark.version);
}

DeviceKind DeviceKind::of(const core::DeviceTraits& traits, const Limits& limits) {
  const auto counted = [](const std::string& text, std::size_t bytes_max) {
    return text.size() > bytes_max ? kOtherKind : std::string_view(text);
  };
  const std::size_t groups_bytes_max = limits.groups_per_device_max * (limits.group_name_bytes_max + 1);
  return {counted(traits.firmware_version, limits.firmware_version_bytes_max),
          counted(traits.os_version, limits.firmware_version_bytes_max), counted(traits.groups, groups_bytes_max)};
}

bool DeviceKind::fits(const TrafficFilter& filter) const {
  return (!filter.firmware_version || *filter.firmware_version == firmware_version) &&
         (!filter.os_version || *filter.os_version == os_version) &&
         (!filter.group || core::names_group(groups, *filter.group));
}

Result<void> add_to_traffic(Database& database, std::span<const TrafficChange> changes, const Limits& limits) {
  if (changes.empty()) return {};
  FLEETHOOK_TRY(
      Statement update,
      database.prepare("UPDATE traffic SET success = success + ?6, error = error + ?7, sleep = sleep + ?8, "
                       "cancelled = cancelled + ?9 "
                       "WHERE minute = ?1 AND product = ?2 AND firmware = ?3 AND os = ?4 AND device_groups = ?5"));
  // Only for the first of a minute: whether there is room for one more is counted then.
  FLEETHOOK_TRY(Statement kinds, database.prepare("SELECT count(*) FROM traffic WHERE minute = ?1 AND product = ?2 AND "
                                                  "(firmware, os, device_groups) <> (?3, ?3, ?3)"));
  FLEETHOOK_TRY(Statement insert,
                database.prepare(
                    "INSERT INTO traffic(minute, product, firmware, os, device_groups, success, error, "
                    "sleep, cancelled) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET success = "
                    "success + excluded.success, error = error + excluded.error, sleep = sleep + "
                    "excluded.sleep, cancelled = cancelled + excluded.cancelled"));
  for (const TrafficChange& change : changes) {
    bind_traffic(update, change.key, change.counts);
    FLEETHOOK_CHECK(update.run());
    if (database.changes() > 0) continue;
    TrafficKey key = change.key;
    kinds.bind(1, std::int64_t{key.minute}).bind(2, number(key.product.value)).bind_text(3, kOtherKind);
    FLEETHOOK_CHECK(kinds.step());
    const bool room = kinds.column_int(0) < number(limits.traffic_kinds_max);
    kinds.reset();
    if (!room) key.kind = {kOtherKind, kOtherKind, kOtherKind};
    bind_traffic(insert, key, change.counts);
    FLEETHOOK_CHECK(insert.run());
  }
  return {};
}

Result<std::size_t> roll_up(Database& database, std::int32_t hour, std::size_t rows) {
  FLEETHOOK_TRY(const CounterKey mark, read_mark(database));
  std::vector<CounterChange> changes;
  FLEETHOOK_CHECK(sql::for_each(
      database,
      "SELECT hour, integration, product, version, success, error, sleep, cancelled, last_success, last_error FROM "
      "hour_counters "
      "WHERE hour < ?5 AND (hour, integration, product, version) > (?1, ?2, ?3, ?4) ORDER BY hour, integration, "
      "product, version LIMIT ?6",
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
