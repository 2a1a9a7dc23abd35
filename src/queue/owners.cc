#include "queue/owners.h"

#include <algorithm>
#include <iterator>

#include "queue/queue.h"

namespace fleethook::queue {

Shards shards_of(std::size_t owner, std::size_t owners) {
  Shards shards;
  for (std::size_t shard = owner; shard < kShards; shard += owners) shards.set(shard);
  return shards;
}

void Owners::own(const std::vector<Claim>& claims, const std::vector<LaneState>& lanes) {
  const std::lock_guard lock(mutex_);
  for (const Claim& claim : claims) {
    std::vector<LaneState> found;
    std::ranges::copy_if(lanes, std::back_inserter(found),
                         [&claim](const LaneState& lane) { return claim.shards.test(shard_of(lane.id)); });
    claim.owner->found(found);
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      if (claim.shards.test(shard)) owner_of_[shard] = claim.owner;
    }
  }
}

void Owners::disown(Owner& owner) {
  const std::lock_guard lock(mutex_);
  std::ranges::replace(owner_of_, &owner, nullptr);
}

// Each owner of one of them once.
template <class Tell>
void Owners::tell(const Shards& wanted, Tell tell) {
  if (wanted.none()) return;
  const std::lock_guard lock(mutex_);
  std::vector<Owner*> told;
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    Owner* const owner = wanted.test(shard) ? owner_of_[shard] : nullptr;
    if (owner == nullptr || std::ranges::find(told, owner) != told.end()) continue;
    told.push_back(owner);
    tell(*owner);
  }
}

void Owners::offer(const Batch& committed) {
  Shards wanted;
  for (const Accepted& accepted : *committed) {
    for (const NewDelivery& delivery : accepted.deliveries) {
      if (!delivery.parked) wanted.set(shard_of(delivery.lane->id));
    }
  }
  tell(wanted, [&committed](Owner& owner) { owner.offered(committed); });
}

void Owners::bring_back(const std::vector<LaneState>& lanes) {
  Shards wanted;
  for (const LaneState& lane : lanes) wanted.set(shard_of(lane.id));
  tell(wanted, [&lanes](Owner& owner) { owner.brought_back(lanes); });
}

}  // namespace fleethook::queue
