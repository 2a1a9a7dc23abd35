// What becomes of deliveries that wait before their turn comes: brings back what is parked of placements that run
// again, and ends what waits of those that are gone or were told to end. Driven by what the queue holds and what the
// catalog says, not by commands: so it goes on after a crash, and whether a placement was resumed, enabled, lost its
// product or was deleted makes no difference. What comes back is decided on anew by the lanes; what a lane may have in
// memory is ended by the lane, what is parked here.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "base/loop.h"
#include "delivery/settler.h"
#include "metrics/registry.h"
#include "queue/waiting_room.h"
#include "store/catalogs.h"

namespace fleethook::delivery {

// Lives on its loop; one of an installation. Looks once a second, and goes on at once while there is more. stop() must
// have finished before it is destroyed.
class Releaser {
 public:
  struct Surroundings {
    Loop& loop;
    queue::WaitingRoom& waiting_room;
    const store::Catalogs& store;
    Settler& settler;
    metrics::Registry& metrics;
    // To the dispatchers of all loops, on this loop: see Dispatcher::end.
    std::function<void(const std::vector<core::IntegrationNumber>&)> end;
  };
  explicit Releaser(Surroundings surroundings);
  ~Releaser();
  Releaser(const Releaser&) = delete;

  void start();
  // `stopped` runs on the loop when no call of queue or store is under way.
  void stop(std::function<void()> stopped);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::delivery
