// What becomes of deliveries that wait before their turn comes: brings back what is parked of placements that run
// again, ends what waits of those that are gone or were told to end, and lets go by another version what was told to.
// Driven by what the queue holds and what the catalog says, not by commands: so it goes on after a crash, and whether a
// placement was resumed, enabled, lost its product or was deleted makes no difference. What comes back is decided on
// anew by the lanes; what a lane may have in memory is ended or parked by the lane, what is parked here.
//
//   told to go by another version:  its lane --> parked --> here: version and lane of the present --> release() -->
//                                                                                              that lane, as a retry
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "base/loop.h"
#include "core/integration.h"
#include "core/lane_key.h"
#include "delivery/settler.h"
#include "delivery/wish.h"
#include "metrics/registry.h"
#include "queue/log.h"
#include "queue/waiting_room.h"
#include "store/catalogs.h"

namespace fleethook::delivery {

// Lives on its loop; one of an installation. Looks once a second, and goes on at once while there is more. stop() must
// have finished before it is destroyed.
class Releaser {
 public:
  struct Surroundings {
    Loop& loop;
    const queue::Log& log;
    queue::WaitingRoom& waiting_room;
    const store::Catalogs& store;
    Settler& settler;
    metrics::Registry& metrics;
    // To the dispatchers of all loops, on this loop: see Dispatcher::sweep.
    std::function<void(const std::vector<core::IntegrationNumber>&)> sweep;
    // As Surroundings::load_version of delivery, onto this loop.
    std::function<void(
        core::IntegrationNumber, std::uint32_t version, std::function<void(Result<core::IntegrationPtr>)> done)>
        load_version;
    // Where a delivery goes. Never null.
    std::function<core::LanePtr(const core::Integration&, const core::Event&)> lane_of;
  };
  explicit Releaser(Surroundings surroundings);
  ~Releaser();
  Releaser(const Releaser&) = delete;

  void start();
  // One delivery is to end, of each placement, if it is parked: see Lane::cancel().
  void cancel(const Wish& wish);
  // `stopped` runs on the loop when no call of queue or store is under way.
  void stop(std::function<void()> stopped);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::delivery
