// How much of a lane one integration may use at once: its concurrency and its rate. Deliveries over them wait here for
// their turn, so that they never stand before those of others; what finds no place here goes back to disk, with the
// time at which its turn will probably come.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "delivery/delivery.h"

namespace fleethook::delivery {

// One per lane; lives on its loop. Pure: the time is handed in.
class Quotas {
 public:
  // Of one integration; nullopt: none.
  struct Limits {
    std::optional<std::uint32_t> concurrency;
    std::optional<double> rate;  // a second
  };
  explicit Quotas(std::size_t waiting_max) : waiting_max_(waiting_max) {}

  // Whether an attempt of `integration` may start now. `under_way` counts those that are, and is asked once when an
  // integration's quota begins. Every attempt that does start is told, every end of one too.
  template <class UnderWay>
  bool admits(core::IntegrationNumber integration, const Limits& limits, Steady now, const UnderWay& under_way) {
    if (!limits.concurrency && !limits.rate && quotas_.empty()) return true;  // as nearly always
    return admits_limited(integration, limits, now, [&] { return under_way(integration); });
  }
  void started(core::IntegrationNumber integration, Steady now);
  void ended(core::IntegrationNumber integration, Duration took);
  void called_off(core::IntegrationNumber integration);  // it ended, and nothing was sent

  // Keeps one that was not admitted. False: there is no place, and it is the caller's to put off.
  bool keep(Delivery& delivery);
  // When one that found no place should come back. Each call promises another time.
  Duration put_off(core::IntegrationNumber integration, Steady now);
  // The first whose turn has come: it is admitted now.
  std::optional<Delivery> next(Steady now);
  // When the turn of the next comes by its rate; nullopt: none waits, or the end of an attempt is what it waits for.
  std::optional<Steady> next_time() const;
  // Takes out what waits and `ends`.
  template <class Ends>
  std::vector<Delivery> take(const Ends& ends) {
    std::vector<Delivery> taken;
    for (auto& [key, quota] : quotas_) {
      const auto over = std::stable_partition(quota.waiting.begin(), quota.waiting.end(),
                                              [&](const Delivery& one) { return !ends(one); });
      if (over == quota.waiting.end()) continue;
      taken.insert(taken.end(), std::make_move_iterator(over), std::make_move_iterator(quota.waiting.end()));
      quota.waiting.erase(over, quota.waiting.end());
      settle(key, quota);
    }
    waiting_ -= taken.size();
    return taken;
  }
  std::size_t waiting() const { return waiting_; }
  bool empty() const { return quotas_.empty(); }
  // Forgets quotas that nothing depends on any more.
  void tidy(Steady now);

 private:
  struct Quota {
    std::optional<std::uint32_t> concurrency;
    Duration interval{};  // between starts; zero: no rate
    std::size_t under_way = 0;
    Steady free_at{};                                // when the rate lets the next one start
    Duration took = std::chrono::milliseconds(200);  // by an attempt, averaged
    Steady promised{};                               // to the last one put off
    std::deque<Delivery> waiting;
    std::optional<Steady> turn;  // where it stands in turns_
  };

  template <class UnderWay>
  bool admits_limited(core::IntegrationNumber integration,
                      const Limits& limits,
                      Steady now,
                      const UnderWay& under_way) {
    auto found = quotas_.find(integration.value);
    if (found == quotas_.end()) {
      if (!limits.concurrency && !limits.rate) return true;
      found = quotas_.emplace(integration.value, Quota{}).first;
      found->second.under_way = under_way();
    }
    set_limits(found->first, found->second, limits);
    return is_open(found->second) && found->second.free_at <= now;
  }
  static bool is_open(const Quota& quota) { return !quota.concurrency || quota.under_way < *quota.concurrency; }
  void set_limits(std::uint64_t key, Quota& quota, const Limits& limits);
  void settle(std::uint64_t key, Quota& quota);

  const std::size_t waiting_max_;
  std::unordered_map<std::uint64_t, Quota> quotas_;   // by number of the integration; those with a limit
  std::set<std::pair<Steady, std::uint64_t>> turns_;  // of quotas with somebody waiting for nothing but the time
  std::size_t waiting_ = 0;
};

}  // namespace fleethook::delivery
