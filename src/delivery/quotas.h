// How much of a lane one integration may use at once, on all its products: its concurrency and its rate. What is over
// them stays where it is, in the lines of its placements, until its turn comes; the lines of others go on.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/pause.h"

namespace fleethook::delivery {

// One per lane; lives on its loop. Pure: the time is handed in.
class Quotas {
 public:
  // Of one integration; nullopt: none.
  struct Limits {
    std::optional<std::uint32_t> concurrency;
    std::optional<double> rate;  // a second
  };
  // Whether one more may start.
  struct Answer {
    bool may = true;
    std::optional<Steady> from{};  // when not: by its rate it may then; nullopt: an attempt of it has to end first
  };

  // `under_way` counts the attempts of the integration that are, and is asked once when its quota begins. Every attempt
  // that does start is told, every end of one too.
  template <class UnderWay>
  Answer ask(core::IntegrationNumber integration, const Limits& limits, Steady now, const UnderWay& under_way) {
    if (!limits.concurrency && !limits.rate && quotas_.empty()) return {};  // as nearly always
    auto found = quotas_.find(integration.value);
    if (found == quotas_.end()) {
      if (!limits.concurrency && !limits.rate) return {};
      found = quotas_.emplace(integration.value, Quota{}).first;
      found->second.under_way = under_way(integration);
    }
    return ask(found->second, limits, now);
  }
  // `placement` waits for the end of an attempt of its integration.
  void wait_for_end(const core::PlacementKey& placement);
  void started(core::IntegrationNumber integration, Steady now);
  // Gives the placements that waited for it.
  std::vector<core::PlacementKey> ended(core::IntegrationNumber integration);
  bool empty() const { return quotas_.empty(); }
  // Forgets quotas that nothing depends on any more.
  void tidy(Steady now);

 private:
  struct Quota {
    std::optional<std::uint32_t> concurrency;
    Duration interval{};  // between starts; zero: no rate
    std::size_t under_way = 0;
    Steady free_at{};  // when the rate lets the next one start
    std::vector<core::PlacementKey> waiting;
  };
  static Answer ask(Quota& quota, const Limits& limits, Steady now);

  std::unordered_map<std::uint64_t, Quota> quotas_;  // by number of the integration; those with a limit
};

}  // namespace fleethook::delivery
