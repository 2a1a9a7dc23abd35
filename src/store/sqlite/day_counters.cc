#include "store/sqlite/day_counters.h"

#include <algorithm>

#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

// How many integrations are looked up before the writer may have the lock.
constexpr std::size_t kAtOnce = 512;

// `of_products` is ascending by product.
template <class Numbers>
void add_to(std::vector<std::pair<core::ProductId, Numbers>>& of_products,
            core::ProductId product,
            const Numbers& numbers) {
  const auto at = std::ranges::lower_bound(of_products, product, {}, [](const auto& entry) { return entry.first; });
  if (at != of_products.end() && at->first == product) {
    at->second += numbers;
  } else {
    of_products.insert(at, {product, numbers});
  }
}

}  // namespace

Result<void> DayCounters::load(sqlite::Database& database, std::int32_t first_day) {
  const std::lock_guard lock(mutex_);
  first_day_ = first_day;
  days_.clear();
  last_.clear();
  const auto count = [](const sqlite::Statement& row, int column) {
    return static_cast<std::uint64_t>(row.column_int(column));
  };
  FLEETHOOK_CHECK(sql::for_each(
      database, "SELECT day, integration, product, success, error, sleep, cancelled FROM counters WHERE day >= ?1",
      [&](const sqlite::Statement& row) -> Result<void> {
        add_locked({count(row, 1)}, {count(row, 2)}, static_cast<std::int32_t>(row.column_int(0)),
                   {count(row, 3), count(row, 4), count(row, 5), count(row, 6)});
        return {};
      },
      first_day));
  FLEETHOOK_CHECK(
      read_last_outcomes(database, [this](core::IntegrationNumber integration, core::ProductId product,
                                          const LastOutcomes& last) { add_last_locked(integration, product, last); }));
  FLEETHOOK_TRY(const CounterKey mark, read_mark(database));
  return sql::for_each(
      database,
      "SELECT hour, integration, product, success, error, sleep, cancelled FROM hour_counters WHERE hour >= ?5 AND "
      "(hour, integration, product, version) > (?1, ?2, ?3, ?4)",
      [&](const sqlite::Statement& row) -> Result<void> {
        add_locked({count(row, 1)}, {count(row, 2)}, day_of_hour(static_cast<std::int32_t>(row.column_int(0))),
                   {count(row, 3), count(row, 4), count(row, 5), count(row, 6)});
        return {};
      },
      mark.hour, mark.integration.value, mark.product.value, mark.version, std::int64_t{first_day} * 24);
}

void DayCounters::add(std::span<const CounterChange> changes) {
  const std::lock_guard lock(mutex_);
  if (!changes.empty()) ++revision_;
  for (const CounterChange& change : changes) {
    if (change.last.known()) add_last_locked(change.key.integration, change.key.product, change.last);
    const std::int32_t day = day_of_hour(change.key.hour);
    if (day >= first_day_) add_locked(change.key.integration, change.key.product, day, change.counts);
  }
}

void DayCounters::add_locked(core::IntegrationNumber integration,
                             core::ProductId product,
                             std::int32_t day,
                             const Counts& counts) {
  add_to(days_[day][integration], product, counts);
}

void DayCounters::add_last_locked(core::IntegrationNumber integration,
                                  core::ProductId product,
                                  const LastOutcomes& last) {
  add_to(last_[integration], product, last);
}

void DayCounters::drop_before(std::int32_t first_day, Instant outcomes_from) {
  std::map<std::int32_t, OfDay> dropped;  // freed after the lock: a day may have a hundred thousand entries
  const std::lock_guard lock(mutex_);
  for (auto of = last_.begin(); of != last_.end();) {
    std::erase_if(of->second, [&](const auto& entry) {
      return std::max(entry.second.success, entry.second.error) < outcomes_from;
    });
    of = of->second.empty() ? last_.erase(of) : std::next(of);
  }
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

std::vector<PlacementNumbers> DayCounters::numbers(std::span<const core::IntegrationNumber> integrations,
                                                   std::int32_t day) const {
  std::vector<PlacementNumbers> numbers;
  numbers.reserve(integrations.size());
  while (!integrations.empty()) {
    const auto some = integrations.first(std::min(integrations.size(), kAtOnce));
    integrations = integrations.subspan(some.size());
    const std::lock_guard lock(mutex_);
    const auto of_day = days_.find(day);
    for (const core::IntegrationNumber integration : some) {
      append_locked(integration, of_day == days_.end() ? nullptr : &of_day->second, numbers);
    }
  }
  return numbers;
}

// Two lists by product, merged into one.
void DayCounters::append_locked(core::IntegrationNumber integration,
                                const OfDay* of_day,
                                std::vector<PlacementNumbers>& numbers) const {
  const auto last = last_.find(integration);
  const std::size_t begin = numbers.size();
  if (last != last_.end()) {
    for (const auto& [product, times] : last->second) numbers.push_back({integration, product, {}, times});
  }
  if (of_day == nullptr) return;
  const auto counted = of_day->find(integration);
  if (counted == of_day->end()) return;
  for (const auto& [product, counts] : counted->second) {
    auto at = numbers.begin() + static_cast<std::ptrdiff_t>(begin);
    while (at != numbers.end() && at->product < product) ++at;
    if (at == numbers.end() || at->product != product) at = numbers.insert(at, {integration, product, {}, {}});
    at->today = counts;
  }
}

std::uint64_t DayCounters::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

}  // namespace fleethook::store
