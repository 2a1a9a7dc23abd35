#include "store/sqlite/day_counters.h"

#include <algorithm>

#include "store/sqlite/sql.h"

namespace fleethook::store {

Result<void> DayCounters::load(sqlite::Database& database, std::int32_t first_day) {
  const std::lock_guard lock(mutex_);
  first_day_ = first_day;
  days_.clear();
  const auto count = [](const sqlite::Statement& row, int column) {
    return static_cast<std::uint64_t>(row.column_int(column));
  };
  FLEETHOOK_CHECK(sql::for_each(
      database, "SELECT day, integration, product, success, error, sleep FROM counters WHERE day >= ?1",
      [&](const sqlite::Statement& row) -> Result<void> {
        add_locked({count(row, 1)}, {count(row, 2)}, static_cast<std::int32_t>(row.column_int(0)),
                   {count(row, 3), count(row, 4), count(row, 5)});
        return {};
      },
      first_day));
  FLEETHOOK_TRY(const CounterKey mark, read_mark(database));
  return sql::for_each(
      database,
      "SELECT hour, integration, product, success, error, sleep FROM hour_counters WHERE hour >= ?5 AND "
      "(hour, integration, product, version) > (?1, ?2, ?3, ?4)",
      [&](const sqlite::Statement& row) -> Result<void> {
        add_locked({count(row, 1)}, {count(row, 2)}, day_of_hour(static_cast<std::int32_t>(row.column_int(0))),
                   {count(row, 3), count(row, 4), count(row, 5)});
        return {};
      },
      mark.hour, mark.integration.value, mark.product.value, mark.version, std::int64_t{first_day} * 24);
}

void DayCounters::add(std::span<const CounterChange> changes) {
  const std::lock_guard lock(mutex_);
  for (const CounterChange& change : changes) {
    const std::int32_t day = day_of_hour(change.key.hour);
    if (day >= first_day_) add_locked(change.key.integration, change.key.product, day, change.counts);
  }
}

void DayCounters::add_locked(core::IntegrationNumber integration,
                             core::ProductId product,
                             std::int32_t day,
                             const Counts& counts) {
  OfProducts& products = days_[day][integration];
  const auto at = std::ranges::lower_bound(products, product, {}, [](const auto& entry) { return entry.first; });
  if (at != products.end() && at->first == product) {
    at->second += counts;
  } else {
    products.insert(at, {product, counts});
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
