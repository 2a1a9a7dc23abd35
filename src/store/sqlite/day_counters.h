// What lists show of placements, in memory, as committed: the counters of the last days and when the last outcomes
// were. Thousands of integrations are shown without touching the disk.
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

// Thread-safe. Memory: one entry for each placement that had traffic on one of the days, and one for each whose last
// outcome is known.
class DayCounters {
 public:
  using OfProducts = std::vector<std::pair<core::ProductId, Counts>>;

  // `revision`: where numbers_revision() begins; past all that were before this start.
  explicit DayCounters(std::uint64_t revision) : revision_(revision) {}
  // Reads the counters of `first_day` and later; from then on those days are answered from here.
  Result<void> load(sqlite::Database& database, std::int32_t first_day);
  // After a commit.
  void add(std::span<const CounterChange> changes);
  // Forgets days before `first_day`, and placements whose last outcome was before `outcomes_from`.
  void drop_before(std::int32_t first_day, Instant outcomes_from);
  // Ascending by product; nullopt when the day is not kept here.
  std::optional<OfProducts> of(core::IntegrationNumber integration, std::int32_t day) const;
  // See History::numbers.
  std::vector<PlacementNumbers> numbers(std::span<const core::IntegrationNumber> integrations, std::int32_t day) const;
  std::uint64_t revision() const;

 private:
  using LastOfProducts = std::vector<std::pair<core::ProductId, LastOutcomes>>;
  using OfDay = std::unordered_map<core::IntegrationNumber, OfProducts>;
  void add_locked(core::IntegrationNumber integration, core::ProductId product, std::int32_t day, const Counts& counts);
  void add_last_locked(core::IntegrationNumber integration, core::ProductId product, const LastOutcomes& last);
  void append_locked(core::IntegrationNumber integration,
                     const OfDay* of_day,
                     std::vector<PlacementNumbers>& numbers) const;

  mutable std::mutex mutex_;
  std::map<std::int32_t, OfDay> days_;                                // guarded by mutex_
  std::unordered_map<core::IntegrationNumber, LastOfProducts> last_;  // guarded by mutex_
  std::int32_t first_day_ = 0;                                        // guarded by mutex_
  std::uint64_t revision_;                                            // guarded by mutex_
};

}  // namespace fleethook::store
