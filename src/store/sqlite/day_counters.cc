#include "store/sqlite/day_counters.h"

#include <algorithm>

#include "store/sqlite/sql.h"

namespace fleethook::store {

Result<void> DayCounters::load(sqlite::Database& database, std::int32_t first_day) {
  const std::lock_guard lock(mutex_);
  first_day_ = first_day;
  days_.clear();
  return sql::for_each(
      database, "SELECT integration, product, day, success, error, sleep FROM counters WHERE day >= ?1",
      [&](const sqlite::Statement& row) -> Result<void> {
        const auto count = [&](int column) { return static_cast<std::uint64_t>(row.column_int(column)); };
        add_locked(
            {{count(0)}, {count(1)}, static_cast<std::int32_t>(row.column_int(2)), {count(3), count(4), count(5)}});
        return {};
      },
      first_day);
}

void DayCounters::add(std::span<const CounterChange> changes) {
  const std::lock_guard lock(mutex_);
  for (const CounterChange& change : changes) {
    if (change.day >= first_day_) add_locked(change);
  }
}

void DayCounters::add_locked(const CounterChange& change) {
  OfProducts& products = days_[change.day][change.integration];
  const auto at = std::ranges::lower_bound(products, change.product, {}, [](const auto& entry) { return entry.first; });
  if (at != products.end() && at->first == change.product) {
    at->second += change.counts;
  } else {
    products.insert(at, {change.product, change.counts});
  }
}

void DayCounters::drop_before(std::int32_t first_day) {
  std::map<std::int32_t, OfDay> dropped;  // freed after the lock: a day may have a hundred thousand entries
  const std::lock_guard lock(mutex_);
  if (first_day <= first_day_) return;
  first_day_ = first_day;
  while (!days_.empty() && days_.begin()->first < first_day) dropped.insert(days_.extract(days_.begin()));
}

std::optional<DayCounters::OfProducts> DayCounters::of(core::IntegrationNumber integration, std::int32_t day) const {
  const std::lock_guard lock(mutex_);
  if (day < first_day_) return std::nullopt;
  const auto of_day = days_.find(day);
  if (of_day == days_.end()) return OfProducts();
  const auto found = of_day->second.find(integration);
  return found == of_day->second.end() ? OfProducts() : found->second;
}

}  // namespace fleethook::store
