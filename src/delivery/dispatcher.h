// Gets committed events to their receivers. One dispatcher per loop; it owns the lanes of its shards and everything in
// them: connections, the window of deliveries in memory, retries to come. What does not fit
// the window waits on disk and is loaded when there is room, so a dead receiver costs disk, not memory, and never
// another lane's time.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "delivery/lane_view.h"
#include "delivery/surroundings.h"
#include "delivery/test_result.h"
#include "delivery/wish.h"

namespace fleethook::delivery {

// Lives on its loop. stop() must have finished before it is destroyed.
class Dispatcher {
 public:
  explicit Dispatcher(Surroundings surroundings);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;

  // To its shards, for Log::own(). Its owner may be called from any thread, and passes over what is of other shards.
  queue::Claim claim();
  // Something that waits of these integrations (ascending) is to end, or to go by another version: it ends or is
  // parked, in memory and on disk.
  void sweep(const std::vector<core::IntegrationNumber>& of);
  // See Lane. A lane of another dispatcher is passed over.
  void try_now(const Wish& wish);
  void cancel(const Wish& wish);
  // One real attempt now, outside the queue: no retries; counted and logged as an outcome of `event.product`.
  void test(core::IntegrationPtr integration, core::Event event, std::function<void(TestResult)> done);
  // Gives its shards up, starts nothing new, gives attempts under way until `deadline`, then cuts them (they stay in
  // the queue). `stopped` runs on the loop when the last one and its record are done.
  void stop(Deadline deadline, std::function<void()> stopped);

  // Closes up to `most` connections to receivers that rest: their files are needed elsewhere.
  void give_up_idle(std::size_t most);

  struct Stats {
    std::size_t lanes = 0, in_flight = 0, in_memory = 0, connections = 0;
    std::size_t unrecorded = 0;        // once stopped: deliveries whose results did not get to disk in time
    std::size_t breakers_open = 0;     // placements in lanes
    std::size_t devices_in_order = 0;  // of those whose order is kept: that something waits of
  };
  Stats stats() const;
  // At most `limit` of its lanes, those with the most deliveries in memory first.
  std::vector<LaneView> lanes(std::size_t limit) const;
  // What its lanes know of single placements.
  std::vector<LineView> lines(const LineQuery& query) const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fleethook::delivery
