// Rows of the counters: by hour as they are written, by day as they are rolled up, and traffic by minute.
//
// An outcome is counted in one row of `hour_counters`. Hours that are over are added to `counters` (days) in small
// steps; `rollup` marks how far that has come: what stands at or before the mark is in both tables, what stands behind
// it in hour_counters only. An outcome that comes for a row before the mark goes into both, so both are exact at every
// commit. The same goes for the times of the last outcomes, which stand beside the counters of an hour and are added to
// `last_outcome`, a row for each placement: a start reads that, and no history.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "sqlite/database.h"
#include "store/history.h"

namespace fleethook::store {

// In the order of hour_counters.
struct CounterKey {
  std::int32_t hour = -1;
  core::IntegrationNumber integration;
  core::ProductId product;
  std::uint32_t version = 0;
  auto operator<=>(const CounterKey&) const = default;
};
inline std::int32_t day_of_hour(std::int32_t hour) {
  return (hour >= 0 ? hour : hour - 23) / 24;
}

// What a batch adds to one row of hour_counters.
struct CounterChange {
  CounterKey key;
  Counts counts;
  LastOutcomes last = {};
  void add(const CounterChange& other) { counts += other.counts, last += other.last; }
};
// What devices' traffic is told apart by. Views of texts that somebody else keeps.
struct DeviceKind {
  std::string_view firmware_version, os_version, groups;
  auto operator<=>(const DeviceKind&) const = default;
  // Traits that are too long count as kOtherKind.
  static DeviceKind of(const core::DeviceTraits& traits, const Limits& limits);
  bool fits(const TrafficFilter& filter) const;
};
// In the order of traffic.
struct TrafficKey {
  std::int32_t minute = 0;
  core::ProductId product;
  DeviceKind kind;
  auto operator<=>(const TrafficKey&) const = default;
};
// What a batch adds to one row of traffic.
struct TrafficChange {
  TrafficKey key;
  Counts counts;
  void add(const TrafficChange& other) { counts += other.counts; }
};

// All of these run inside a transaction of the caller's. The key of the last hour row that has been added to its day; a
// default one when none has.
Result<CounterKey> read_mark(sqlite::Database& database);
// Changes ascending by key.
Result<void> add_to_counters(sqlite::Database& database, std::span<const CounterChange> changes);
// last(integration, product, times) for every placement of which any is known; some may come twice.
Result<void> read_last_outcomes(
    sqlite::Database& database,
    const std::function<void(core::IntegrationNumber, core::ProductId, const LastOutcomes&)>& last);
// At most so many kinds of devices apart in one minute as `limits` says.
Result<void> add_to_traffic(sqlite::Database& database, std::span<const TrafficChange> changes, const Limits& limits);
// Adds up to `rows` more rows of hours before `hour` to their days. How many it added: fewer than `rows` at the end.
Result<std::size_t> roll_up(sqlite::Database& database, std::int32_t hour, std::size_t rows);

}  // namespace fleethook::store
