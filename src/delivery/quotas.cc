#include "delivery/quotas.h"

#include <algorithm>

namespace fleethook::delivery {
namespace {

// Timers fire a little late. What a start lost by that is given to the next one, so that the rate is reached; what was
// lost by having nothing to do is not.
constexpr Duration kLate = std::chrono::milliseconds(10);
// However many wait: a limit that was raised is felt within this time.
constexpr Duration kPutOffMax = std::chrono::hours(1);
constexpr Duration kTurnMin = std::chrono::milliseconds(1);

}  // namespace

void Quotas::set_limits(std::uint64_t key, Quota& quota, const Limits& limits) {
  quota.concurrency = limits.concurrency;
  quota.interval = limits.rate ? Duration(static_cast<Duration::rep>(1e6 / *limits.rate)) : Duration::zero();
  if (quota.interval == Duration::zero()) quota.free_at = {};
  settle(key, quota);
}

// Where it stands among those that wait for the time.
void Quotas::settle(std::uint64_t key, Quota& quota) {
  std::optional<Steady> turn;
  if (!quota.waiting.empty() && is_open(quota)) turn = quota.free_at;
  if (turn == quota.turn) return;
  if (quota.turn) turns_.erase({*quota.turn, key});
  if (turn) turns_.emplace(*turn, key);
  quota.turn = turn;
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
  settle(found->first, quota);
}

void Quotas::ended(core::IntegrationNumber integration, Duration took) {
  if (quotas_.empty()) return;
  const auto found = quotas_.find(integration.value);
  if (found == quotas_.end()) return;
  Quota& quota = found->second;
  if (quota.under_way > 0) --quota.under_way;
  quota.took = (quota.took * 7 + took) / 8;
  settle(found->first, quota);
}

void Quotas::called_off(core::IntegrationNumber integration) {
  const auto found = quotas_.find(integration.value);
  if (found == quotas_.end()) return;
  if (found->second.under_way > 0) --found->second.under_way;
  settle(found->first, found->second);
}

bool Quotas::keep(Delivery& delivery) {
  if (waiting_ >= waiting_max_) return false;
  const auto found = quotas_.find(delivery.integration->number.value);
  if (found == quotas_.end()) return false;
  ++waiting_;
  found->second.waiting.push_back(std::move(delivery));
  settle(found->first, found->second);
  return true;
}

// One after the other, as fast as they are likely to be sent.
Duration Quotas::put_off(core::IntegrationNumber integration, Steady now) {
  const auto found = quotas_.find(integration.value);
  if (found == quotas_.end()) return kTurnMin;
  Quota& quota = found->second;
  Duration turn = std::max(quota.interval, kTurnMin);
  if (quota.concurrency) turn = std::max<Duration>(turn, quota.took / *quota.concurrency);
  const Steady behind_those_here = now + turn * static_cast<Duration::rep>(quota.waiting.size());
  quota.promised = std::min(std::max(quota.promised, behind_those_here) + turn, now + kPutOffMax);
  return quota.promised - now;
}

std::optional<Delivery> Quotas::next(Steady now) {
  if (turns_.empty() || turns_.begin()->first > now) return std::nullopt;
  const std::uint64_t key = turns_.begin()->second;
  Quota& quota = quotas_.at(key);
  std::optional<Delivery> first(std::move(quota.waiting.front()));
  quota.waiting.pop_front();
  --waiting_;
  settle(key, quota);
  return first;
}

std::optional<Steady> Quotas::next_time() const {
  if (turns_.empty()) return std::nullopt;
  return turns_.begin()->first;
}

void Quotas::tidy(Steady now) {
  std::erase_if(quotas_, [&](const auto& one) {
    const Quota& quota = one.second;
    return quota.waiting.empty() && quota.under_way == 0 && quota.free_at <= now && quota.promised <= now;
  });
}

}  // namespace fleethook::delivery
