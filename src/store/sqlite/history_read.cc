#include <algorithm>
#include <map>
#include <utility>

#include "store/sqlite/counter_rows.h"
#include "store/sqlite/history_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

struct ExchangePlace {
  std::int64_t at, id;
  auto operator<=>(const ExchangePlace&) const = default;
};

// From the index alone.
Result<void> find_newest(Database& database,
                         core::IntegrationNumber integration,
                         std::int64_t product,
                         bool success,
                         std::size_t limit,
                         std::vector<ExchangePlace>& into) {
  return sql::for_each(
      database,
      "SELECT at, id FROM exchange WHERE integration = ?1 AND success = ?2 AND product = ?3 ORDER BY at DESC, id DESC "
      "LIMIT ?4",
      [&](const Statement& row) -> Result<void> {
        into.push_back({row.column_int(0), row.column_int(1)});
        return {};
      },
      integration, success, product, limit);
}

// The newest of each product, then the newest of those: a step in the index for each product, however many rows there
// are.
Result<void> find_newest_of_all(Database& database,
                                core::IntegrationNumber integration,
                                bool success,
                                std::size_t limit,
                                std::vector<ExchangePlace>& into) {
  for (std::int64_t product = -1;;) {
    bool found = false;
    FLEETHOOK_CHECK(sql::for_each(
        database, "SELECT min(product) FROM exchange WHERE integration = ?1 AND success = ?2 AND product > ?3",
        [&](const Statement& row) -> Result<void> {
          found = !row.column_is_null(0);
          product = row.column_int(0);
          return {};
        },
        integration, success, product));
    if (!found) break;
    FLEETHOOK_CHECK(find_newest(database, integration, product, success, limit, into));
  }
  std::ranges::sort(into, std::greater<>());
  if (into.size() > limit) into.resize(limit);
  return {};
}

Result<std::vector<Exchange>> read_exchanges(Database& database, const std::vector<ExchangePlace>& places) {
  std::vector<Exchange> exchanges;
  for (const ExchangePlace& place : places) {
    FLEETHOOK_CHECK(sql::for_each(
        database, "SELECT " FLEETHOOK_EXCHANGE_COLUMNS " FROM exchange WHERE id = ?1",
        [&](const Statement& row) -> Result<void> {
          exchanges.push_back(read_exchange(row));
          return {};
        },
        place.id));
  }
  return exchanges;
}

Counts read_counts(const Statement& row, int column) {
  const auto count = [&](int at) { return static_cast<std::uint64_t>(row.column_int(at)); };
  return {count(column), count(column + 1), count(column + 2), count(column + 3)};
}

// A seek for each hour: the table is ordered by hour first. row(hour, product, version, counts).
template <class Row>
Result<void> read_hours(
    Database& database, core::IntegrationNumber integration, std::int64_t from, std::int64_t to, const Row& row) {
  FLEETHOOK_TRY(const auto first, sql::first_number(database, "SELECT min(hour) FROM hour_counters"));
  FLEETHOOK_TRY(const auto last, sql::first_number(database, "SELECT max(hour) FROM hour_counters"));
  if (!first || !last) return {};
  for (std::int64_t hour = std::max(from, *first); hour <= std::min(to, *last); ++hour) {
    FLEETHOOK_CHECK(sql::for_each(
        database,
        "SELECT product, version, success, error, sleep, cancelled FROM hour_counters WHERE hour = ?1 AND integration "
        "= ?2 "
        "ORDER BY product, version",
        [&](const Statement& read) -> Result<void> {
          row(static_cast<std::int32_t>(hour), sql::number<core::ProductId>(read, 0),
              static_cast<std::uint32_t>(read.column_int(1)), read_counts(read, 2));
          return {};
        },
        hour, integration));
  }
  return {};
}

// Days as rolled up, and what is not yet: row(day, product, version, counts), not in order.
template <class Row>
Result<void> read_days(
    Database& database, core::IntegrationNumber integration, std::int64_t from, std::int64_t to, const Row& row) {
  FLEETHOOK_TRY(const auto first, sql::first_number(database, "SELECT min(day) FROM counters"));
  FLEETHOOK_TRY(const auto last, sql::first_number(database, "SELECT max(day) FROM counters"));
  for (std::int64_t day = std::max(from, first.value_or(1)); day <= std::min(to, last.value_or(0)); ++day) {
    FLEETHOOK_CHECK(sql::for_each(
        database,
        "SELECT product, version, success, error, sleep, cancelled FROM counters WHERE day = ?1 AND integration = ?2",
        [&](const Statement& read) -> Result<void> {
          row(static_cast<std::int32_t>(day), sql::number<core::ProductId>(read, 0),
              static_cast<std::uint32_t>(read.column_int(1)), read_counts(read, 2));
          return {};
        },
        day, integration));
  }
  FLEETHOOK_TRY(const CounterKey mark, read_mark(database));
  const auto behind_mark = [&](std::int32_t hour, core::ProductId product, std::uint32_t version,
                               const Counts& counts) {
    if (CounterKey{hour, integration, product, version} > mark) row(day_of_hour(hour), product, version, counts);
  };
  return read_hours(database, integration, std::max<std::int64_t>(from * 24, mark.hour), to * 24 + 23, behind_mark);
}

Result<std::vector<DayCounts>> days_of(Database& database,
                                       core::IntegrationNumber integration,
                                       std::int32_t from,
                                       std::int32_t to) {
  std::map<std::pair<std::int32_t, core::ProductId>, Counts> sums;
  FLEETHOOK_CHECK(read_days(database, integration, from, to,
                            [&](std::int32_t day, core::ProductId product, std::uint32_t, const Counts& counts) {
                              sums[{day, product}] += counts;
                            }));
  std::vector<DayCounts> days;
  for (const auto& [of, counts] : sums) days.push_back({of.second, of.first, counts});
  return days;
}

}  // namespace

Result<std::vector<DayCounts>> SqliteStore::counters(core::IntegrationNumber integration,
                                                     std::int32_t from,
                                                     std::int32_t to) {
  return readers_.with([&](Database& database) { return days_of(database, integration, from, to); });
}

Result<std::vector<std::vector<DayCounts>>> SqliteStore::counters_of_many(
    std::span<const core::IntegrationNumber> integrations, std::int32_t from, std::int32_t to) {
  return readers_.with([&](Database& database) -> Result<std::vector<std::vector<DayCounts>>> {
    std::vector<std::vector<DayCounts>> all;
    for (const core::IntegrationNumber integration : integrations) {
      FLEETHOOK_TRY(all.emplace_back(), days_of(database, integration, from, to));
    }
    return all;
  });
}

Result<std::vector<HourCounts>> SqliteStore::hour_counters(core::IntegrationNumber integration,
                                                           std::int32_t from,
                                                           std::int32_t to) {
  return readers_.with([&](Database& database) -> Result<std::vector<HourCounts>> {
    std::vector<HourCounts> hours;
    FLEETHOOK_CHECK(read_hours(database, integration, from, to,
                               [&](std::int32_t hour, core::ProductId product, std::uint32_t, const Counts& counts) {
                                 const bool same =
                                     !hours.empty() && hours.back().hour == hour && hours.back().product == product;
                                 if (!same) hours.push_back({product, hour, {}});
                                 hours.back().counts += counts;
                               }));
    return hours;
  });
}

Result<std::vector<VersionCounts>> SqliteStore::version_counters(core::IntegrationNumber integration) {
  return readers_.with([&](Database& database) -> Result<std::vector<VersionCounts>> {
    std::map<std::pair<std::uint32_t, core::ProductId>, Counts> sums;
    constexpr std::int32_t kLastDay = 10'000'000;
    FLEETHOOK_CHECK(read_days(database, integration, 0, kLastDay,
                              [&](std::int32_t, core::ProductId product, std::uint32_t version, const Counts& counts) {
                                if (version != 0)
                                  sums[{version, product}] += counts;  // 0: counted before versions were
                              }));
    std::vector<VersionCounts> versions;
    for (const auto& [of, counts] : sums) versions.push_back({of.first, of.second, counts});
    return versions;
  });
}

// A seek for each minute: the table is ordered by minute first.
Result<std::vector<MinuteCounts>> SqliteStore::traffic(core::ProductId product,
                                                       std::int32_t from,
                                                       std::int32_t to,
                                                       const TrafficFilter& filter) {
  return readers_.with([&](Database& database) -> Result<std::vector<MinuteCounts>> {
    std::vector<MinuteCounts> minutes;
    FLEETHOOK_TRY(const auto first, sql::first_number(database, "SELECT min(minute) FROM traffic"));
    FLEETHOOK_TRY(const auto last, sql::first_number(database, "SELECT max(minute) FROM traffic"));
    if (!first || !last) return minutes;
    for (std::int64_t minute = std::max<std::int64_t>(from, *first); minute <= std::min<std::int64_t>(to, *last);
         ++minute) {
      MinuteCounts sum{static_cast<std::int32_t>(minute), {}};
      FLEETHOOK_CHECK(sql::for_each(
          database,
          "SELECT firmware, os, device_groups, success, error, sleep, cancelled FROM traffic WHERE minute = ?1 AND "
          "product = ?2",
          [&](const Statement& row) -> Result<void> {
            const DeviceKind kind{row.column_text(0), row.column_text(1), row.column_text(2)};
            if (kind.fits(filter)) sum.counts += read_counts(row, 3);
            return {};
          },
          minute, product));
      if (sum.counts != Counts{}) minutes.push_back(sum);
    }
    return minutes;
  });
}

std::vector<std::pair<core::ProductId, Counts>> SqliteStore::counters_of_day(core::IntegrationNumber integration,
                                                                             std::int32_t day) {
  if (auto kept = day_counters_.of(integration, day)) return *std::move(kept);
  std::vector<std::pair<core::ProductId, Counts>> products;
  if (const auto read = counters(integration, day, day)) {
    for (const DayCounts& counts : *read) products.emplace_back(counts.product, counts.counts);
  }
  return products;
}

Result<std::vector<Exchange>> SqliteStore::exchanges(core::IntegrationNumber integration,
                                                     core::ProductId product,
                                                     bool success,
                                                     std::size_t limit) {
  return readers_.with([&](Database& database) -> Result<std::vector<Exchange>> {
    std::vector<ExchangePlace> places;
    FLEETHOOK_CHECK(product.is_none() ? find_newest_of_all(database, integration, success, limit, places)
                                      : find_newest(database, integration, static_cast<std::int64_t>(product.value),
                                                    success, limit, places));
    return read_exchanges(database, places);
  });
}

}  // namespace fleethook::store
