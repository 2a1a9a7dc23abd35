// Deliveries that cannot go now: what a full lane left on disk, retries with their times, what goes one after the other
// for each device, and what is parked. By lane, by time and by placement; where people look for what waits. What an
// owner has in memory or on the wire stays here until it is over. Implementations: with the log, as a Queue.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/moment.h"
#include "base/result.h"
#include "core/ids.h"
#include "core/lane_key.h"
#include "core/pause.h"
#include "queue/deliveries.h"
#include "queue/ordered.h"

namespace fleethook::queue {

// The earliest retry of one placement.
struct PlacementDue {
  core::PlacementKey placement;
  Moment due{};
  bool operator==(const PlacementDue&) const = default;
};

struct LaneState {
  core::LaneId id;
  core::LaneKey key;
  bool has_ready = false;
  std::vector<PlacementDue> retries;  // of each placement that has some, ascending
  std::optional<Moment> next_due() const {
    std::optional<Moment> earliest;
    for (const PlacementDue& one : retries) earliest = std::min(earliest.value_or(one.due), one.due);
    return earliest;
  }
};

// Where a delivery that was never tried stands in its lane.
struct ReadyPlace {
  core::EventSeq event;
  core::IntegrationNumber integration;
  auto operator<=>(const ReadyPlace&) const = default;
};
// Which deliveries of a lane that were never tried are to be loaded.
struct ReadyWish {
  struct One {
    core::PlacementKey placement;
    ReadyPlace after;
    std::size_t limit = 0;  // 0: none of this placement
  };
  ReadyPlace after;             // of all that is wished, nothing stands before this
  std::vector<One> of;          // at most so many of these, behind their own places too
  std::size_t others_each = 0;  // of each placement that is not named above
  std::size_t limit = 0;        // in all
  // The load ends when it has all that was wished of the first in `of`, if there is one: nothing more is looked through
  // for the sake of the others.
  bool for_first = false;
};
struct ReadyFound {
  std::vector<Pending> deliveries;  // by event sequence, then integration
  ReadyPlace upto;                  // all that was wished is among them up to here, but for what is over a limit
  bool all = false;                 // nothing is left to look through
};

// What waits of one placement: all that was accepted and is not acknowledged, requests under way among it.
struct Waiting {
  core::PlacementKey placement;
  std::uint64_t deliveries = 0;
  std::uint64_t parked = 0;  // of them
  bool operator==(const Waiting&) const = default;
};

// What of one placement is parked.
struct Parked {
  std::uint64_t deliveries = 0;
  std::uint64_t left_at = 0;  // another number each time that some have left; 0: none has for a while
  bool operator==(const Parked&) const = default;
};

// A delivery of one event that waits.
struct WaitingDelivery {
  Pending delivery;
  bool parked = false;
};

// How far a search through a lane has come: first through what was never tried, then through retries.
struct SearchPlace {
  bool retries = false;
  core::EventSeq event;
  core::IntegrationNumber integration;
  bool operator==(const SearchPlace&) const = default;
};
struct Found {
  std::vector<Pending> deliveries;
  SearchPlace upto;  // where to go on
  bool all = false;  // nothing is left to look through
};

// What one call of release() brought back.
struct Released {
  std::uint64_t deliveries = 0;
  bool more = false;  // there may be more of this placement
};

// Thread-safe. Callbacks run on a thread of the queue's own: post to a loop at once, do not block. Times are those of
// Log::timeline().
class WaitingRoom {
 public:
  using OnLoaded = std::function<void(Result<std::vector<Pending>>)>;
  using OnReady = std::function<void(Result<ReadyFound>)>;
  using OnReleased = std::function<void(Result<Released>)>;
  using OnDevices = std::function<void(Result<std::vector<Device>>)>;
  using OnFound = std::function<void(Result<Found>)>;
  virtual ~WaitingRoom() = default;

  // Keeps these for later, or parks them, and may let them change their lane on that way. Replaces an earlier retry of
  // the same key, a parked one too. Unknown keys are ignored: an acknowledged one never comes back.
  virtual void retry(std::vector<Retry> retries, OnDone done) = 0;
  // Deliveries of a lane that were never tried. Looks through so many rows at most that other loads are not held up: it
  // may find none and not be at the end.
  virtual void load_ready(core::LaneId lane, ReadyWish wish, OnReady done) = 0;
  // Retries of a placement in a lane, due at or before `until`, earliest first, at most `limit`. What others have there
  // costs it nothing.
  virtual void load_retries(
      core::LaneId lane, const core::PlacementKey& placement, Moment until, std::size_t limit, OnLoaded done) = 0;
  // Of each device its first retries in order of a placement in a lane, at most `each`. In the order of `devices`, then
  // of events. One seek for each, however many wait.
  virtual void load_ordered(core::LaneId lane,
                            const core::PlacementKey& placement,
                            std::vector<Device> devices,
                            std::size_t each,
                            OnLoaded done) = 0;
  // The devices that have retries in order there, from this one on, ascending, at most `limit`. One seek for each.
  virtual void ordered_devices(
      core::LaneId lane, const core::PlacementKey& placement, Device from, std::size_t limit, OnDevices done) = 0;
  // Looks through what waits in a lane and is not parked for deliveries of these integrations (ascending), behind
  // `after`, at most `limit` of them. In the order of events, then integrations, whatever is due. Looks through so many
  // rows at most that other loads are not held up: it may find none and not be at the end.
  virtual void find(core::LaneId lane,
                    SearchPlace after,
                    std::vector<core::IntegrationNumber> of,
                    std::size_t limit,
                    OnFound done) = 0;
  // What is parked of a placement, by event sequence then lane, behind those, at most `limit`.
  virtual void load_parked(const core::PlacementKey& placement,
                           core::EventSeq after_event,
                           core::LaneId after_lane,
                           std::size_t limit,
                           OnLoaded done) = 0;
  // All that waits for one event, in the order of integrations. Blocking; some seeks for each lane, and it never holds
  // up what is delivered.
  virtual Result<std::vector<WaitingDelivery>> waiting_for(core::EventSeq event) = 0;
  // Makes retries of what is parked of a placement, in the order of events, at most `limit` of them, and tells the
  // owners of their lanes: a small transaction. Their progress and version are what they were, their time is the `due`
  // they were parked with (for those parked by append(): at once, the oldest first).
  virtual void release(const core::PlacementKey& placement, std::size_t limit, OnReleased done) = 0;
  // What waits, by placement, ascending; those with none are left out. From memory, as committed: never blocks.
  virtual std::vector<Waiting> waiting() const = 0;
  // Of one placement, without a list of all. Whoever reads a delivery that was appended with or after a parked one
  // reads here that one is parked, or that some have left.
  virtual Parked parked_of(const core::PlacementKey& placement) const = 0;
  // Rises whenever that changes.
  virtual std::uint64_t waiting_revision() const = 0;
  // Every lane with something in it that is not parked. Blocking; quick with any backlog (a few seeks a lane).
  virtual Result<std::vector<LaneState>> lanes() = 0;
  virtual Result<LaneState> lane(core::LaneId id) = 0;
};

}  // namespace fleethook::queue
