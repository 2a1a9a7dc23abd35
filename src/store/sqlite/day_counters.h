// The counters of the last days in memory, as committed: lists of thousands of integrations show them without touching
// the disk.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"
#include "store/sqlite/counter_rows.h"

namespace fleethook::store {

// Thread-safe. Memory: one entry for each placement that had traffic on one of the days.
class DayCounters {
 public:
  using OfProducts = std::vector<std::pair<core::ProductId, Counts>>;

  // Reads the counters of `first_day` and later; from then on those days are answered from here.
  Result<void> load(sqlite::Database& database, std::int32_t first_day);
  // After a commit.
  void add(std::span<const CounterChange> changes);
  // Forgets days before `first_day`.
  void drop_before(std::int32_t first_day);
  // Ascending by product; nullopt when the day is not kept here.
  std::optional<OfProducts> of(core::IntegrationNumber integration, std::int32_t day) const;

 private:
  using OfDay = std::unordered_map<core::IntegrationNumber, OfProducts>;
  void add_locked(core::IntegrationNumber integration, core::ProductId product, std::int32_t day, const Counts& counts);

  mutable std::mutex mutex_;
  std::map<std::int32_t, OfDay> days_;  // guarded by mutex_
  std::int32_t first_day_ = 0;          // guarded by mutex_
};

}  // namespace fleethook::store
