// Brings back what is parked of placements that are not held (any more). Driven by what the queue holds and what the
// catalog says, not by commands: so it goes on after a crash, and whether a placement was resumed, is skipped now, lost
// its product or was deleted makes no difference. What comes back is decided on anew by the lanes.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "base/loop.h"
#include "queue/queue.h"
#include "store/store.h"

namespace fleethook::delivery {

// Lives on its loop; one of an installation. Looks once a second, and goes on at once while there is more. stop() must
// have finished before it is destroyed.
class Releaser {
 public:
  // To the dispatchers of all loops, on this loop.
  using OnReleased = std::function<void(const std::vector<queue::LaneState>&)>;
  Releaser(Loop& loop, queue::Queue& queue, const store::Store& store, OnReleased released);
  ~Releaser();
  Releaser(const Releaser&) = delete;

  void start();
  // `stopped` runs on the loop when no call of the queue is under way.
  void stop(std::function<void()> stopped);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::delivery
