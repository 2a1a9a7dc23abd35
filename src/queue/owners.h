// Who delivers what. Lanes fall into a fixed number of shards by their name, and a shard has one owner at a time: all
// that is to be attempted in its lanes is offered to the owner and to nobody else.
//
//   own() --> found(what waits there) --> offered(a commit) --> offered(the next one) ... --> disown()
//                                         brought_back(by a release) in between
//
// What was offered stays on disk until it is acknowledged, so whoever owns the shard next finds it.
#pragma once
#include <array>
#include <bitset>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "core/ids.h"

namespace fleethook::queue {

struct Accepted;
struct LaneState;

// Many more than any machine has cores, so that each gets about as many.
inline constexpr std::size_t kShards = 256;
using Shards = std::bitset<kShards>;
inline std::size_t shard_of(core::LaneId lane) {
  return lane.value % kShards;
}
// Those of one of `owners` owners, of which each has about as many.
Shards shards_of(std::size_t owner, std::size_t owners);

// Events that were committed together, in their order. Null: none were.
using Batch = std::shared_ptr<const std::vector<Accepted>>;

// Called on a thread of the queue's own, in the order of commits: post to a loop at once, do not block. What is of
// other shards is passed over.
class Owner {
 public:
  // First and once for each own(): the lanes with something in them that is not parked.
  virtual void found(const std::vector<LaneState>& lanes) = 0;
  virtual void offered(const Batch& committed) = 0;
  // What WaitingRoom::release() brought back: each with the earliest of those in `retries`.
  virtual void brought_back(const std::vector<LaneState>& lanes) = 0;

 protected:
  ~Owner() = default;
};

struct Claim {
  Shards shards;
  Owner* owner = nullptr;
};

// For implementations of Queue. Thread-safe.
class Owners {
 public:
  // In place of whoever owned them, after each was told what waits there. To be called where no commit can come in
  // between `lanes` and this.
  void own(const std::vector<Claim>& claims, const std::vector<LaneState>& lanes);
  // Once it has returned the owner hears nothing more.
  void disown(Owner& owner);
  void offer(const Batch& committed);
  void bring_back(const std::vector<LaneState>& lanes);

 private:
  template <class Tell>
  void tell(const Shards& wanted, Tell tell);

  std::mutex mutex_;
  std::array<Owner*, kShards> owner_of_{};  // guarded by mutex_
};

}  // namespace fleethook::queue
