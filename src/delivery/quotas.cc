#include "delivery/quotas.h"

#include <algorithm>

namespace fleethook::delivery {
namespace {

// Timers fire a little late. What a start lost by that is given to the next one, so that the rate is reached; what was
// lost by having nothing to do is not.
constexpr Duration kLate = std::chrono::milliseconds(10);

}  // namespace

Quotas::Answer Quotas::ask(Quota& quota, const Limits& limits, Steady now) {
  quota.concurrency = limits.concurrency;
  quota.interval = limits.rate ? Duration(static_cast<Duration::rep>(1e6 / *limits.rate)) : Duration::zero();
  if (quota.interval == Duration::zero()) quota.free_at = {};
  if (quota.concurrency && quota.under_way >= *quota.concurrency) return {.may = false};
  if (quota.free_at > now) return {.may = false, .from = quota.free_at};
  return {};
}

void Quotas::wait_for_end(const core::PlacementKey& placement) {
  std::vector<core::PlacementKey>& waiting = quotas_.at(placement.integration.value).waiting;
  if (std::ranges::find(waiting, placement) == waiting.end()) waiting.push_back(placement);
}

void Quotas::started(core::IntegrationNumber integration, Steady now) {
  if (quotas_.empty()) return;
  const auto found = quotas_.find(integration.value);
  if (found == quotas_.end()) return;
  Quota& quota = found->second;
  ++quota.under_way;
  if (quota.interval > Duration::zero()) {
    quota.free_at = (now - quota.free_at <= kLate ? quota.free_at : now) + quota.interval;
  }
}

std::vector<core::PlacementKey> Quotas::ended(core::IntegrationNumber integration) {
  if (quotas_.empty()) return {};
  const auto found = quotas_.find(integration.value);
  if (found == quotas_.end()) return {};
  if (found->second.under_way > 0) --found->second.under_way;
  return std::exchange(found->second.waiting, {});
}

void Quotas::tidy(Steady now) {
  std::erase_if(quotas_, [&](const auto& one) {
    const Quota& quota = one.second;
    return quota.waiting.empty() && quota.under_way == 0 && quota.free_at <= now;
  });
}

}  // namespace fleethook::delivery
