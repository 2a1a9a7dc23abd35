#include "store/outages.h"

#include <algorithm>

namespace fleethook::store {

bool OutageQuery::fits(const Outage& one) const {
  return (integrations.empty() || std::ranges::find(integrations, one.placement.integration) != integrations.end()) &&
         (!product || *product == one.placement.product) && (!lasting || !one.ended_at) &&
         (behind == 0 || one.id < behind);
}

std::vector<Outage> OpenOutages::of(const core::PlacementKey& placement) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(placement);
  return found == open_.end() ? std::vector<Outage>() : found->second;
}

bool OpenOutages::any(const core::PlacementKey& placement) const {
  const std::lock_guard lock(mutex_);
  return open_.contains(placement);
}

std::vector<Outage> OpenOutages::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Outage> all;
  for (const auto& [placement, some] : open_) all.insert(all.end(), some.begin(), some.end());
  return all;
}

bool OpenOutages::is_new(const Outage& begun) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(begun.placement);
  return found == open_.end() || (found->second.size() < kOfPlacementMax &&
                                  std::ranges::find(found->second, begun.lane, &Outage::lane) == found->second.end());
}

void OpenOutages::apply(const std::vector<Outage>& recorded) {
  if (recorded.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (const Outage& one : recorded) {
      if (one.is_end()) {
        const auto found = open_.find(one.placement);
        if (found == open_.end()) continue;
        std::erase_if(found->second, [&](const Outage& open) { return open.is_ended_by(one); });
        if (found->second.empty()) open_.erase(found);
        continue;
      }
      std::vector<Outage>& open = open_[one.placement];
      const auto same = std::ranges::find(open, one.lane, &Outage::lane);
      if (same == open.end()) {
        if (open.size() < kOfPlacementMax) open.push_back(one);
        continue;
      }
      same->failures += one.failures;
      same->version = one.version;
      same->status = one.status;
      same->error_class = one.error_class;
      same->error = one.error;
    }
  }
  revision_.fetch_add(1, std::memory_order_release);
}

}  // namespace fleethook::store
