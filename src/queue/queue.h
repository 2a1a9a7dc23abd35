// What is still to be done, and what may be replayed: accepted events and their deliveries. An event is on disk before
// its publisher hears of it; a delivery stays until it is acknowledged. Implementations: queue/sqlite; held by
// queue/queue_contract.h.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "core/event.h"
#include "core/integration.h"
#include "core/lane_key.h"
#include "core/pause.h"
#include "queue/idempotency.h"
#include "queue/ordered.h"
#include "queue/owners.h"
#include "queue/timeline.h"

namespace fleethook::queue {

// One event for one placement.
struct NewDelivery {
  core::IntegrationPtr integration;
  core::LanePtr lane;
  bool parked = false;  // its placement is held: it waits for release(), and no lane hears of it
};
struct Accepted {
  core::EventPtr event;
  core::EventSeq seq;  // filled by append()
  std::vector<NewDelivery> deliveries;
};

// Names one delivery. Unique.
struct DeliveryKey {
  core::LaneId lane;
  core::EventSeq event;
  core::IntegrationNumber integration;
  // Of its placement. No part of the name: whoever acknowledges and knows it spares the queue a look.
  core::ProductId product{};
  auto operator<=>(const DeliveryKey& other) const {
    return std::tie(lane, event, integration) <=> std::tie(other.lane, other.event, other.integration);
  }
  bool operator==(const DeliveryKey& other) const { return (*this <=> other) == 0; }
};

// How far a delivery has come; zero for one that was never tried.
struct Progress {
  std::uint32_t attempts = 0;
  std::uint32_t sent = 0;     // attempts that were really sent
  Moment first_attempt_at{};  // of Timeline::sure()
  bool operator==(const Progress&) const = default;
};

// A delivery read back from disk.
struct Pending {
  DeliveryKey key;
  core::EventPtr event;
  std::uint32_t version = 1;  // of the integration's configuration
  Progress progress;
  std::optional<Moment> due;  // set for retries
  core::ProductId product{};  // of its placement; none: the sandbox
};

struct Retry {
  DeliveryKey key;
  std::uint32_t version = 1;
  Progress progress;
  Moment due{};  // of Timeline::now()
  // Set: it is parked. It waits for release() of its placement, and only then for `due`.
  std::optional<core::PlacementKey> parked{};
};

struct PlacementHash {
  std::size_t operator()(const core::PlacementKey& key) const noexcept {
    return std::hash<std::uint64_t>()((key.integration.value * 0x9E3779B97F4A7C15ULL) ^ key.product.value);
  }
};

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

// Of one moment, but for `last`.
struct QueueStats {
  std::uint64_t events = 0;   // kept
  std::uint64_t ready = 0;    // deliveries waiting for their first attempt
  std::uint64_t retries = 0;  // deliveries waiting for another one, or brought back by release()
  std::uint64_t parked = 0;   // deliveries of held placements
  // Deliveries that were ever made: those that wait, and all that are over. Where an earlier version has not counted
  // them, since then.
  std::uint64_t created = 0;
  core::EventSeq last{};  // the newest event that was ever kept; 0 = there was none
  std::uint64_t waiting() const { return ready + retries + parked; }
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

// What became of append_once().
struct Once {
  std::optional<Note> earlier;  // set: its request came before, and nothing was appended
  Batch events;                 // else: as append() gives them
};

// Thread-safe. Callbacks run on a thread of the queue's own: post to a loop at once, do not block. After a crash
// everything appended and not acknowledged is still there (with the progress last written).
class Queue {
 public:
  using OnAppended = std::function<void(Result<Batch>)>;
  using OnOnce = std::function<void(Result<Once>)>;
  using OnDone = std::function<void(Result<void>)>;
  using OnLoaded = std::function<void(Result<std::vector<Pending>>)>;
  using OnReady = std::function<void(Result<ReadyFound>)>;
  using OnReleased = std::function<void(Result<Released>)>;
  using OnDevices = std::function<void(Result<std::vector<Device>>)>;
  using OnFound = std::function<void(Result<Found>)>;
  virtual ~Queue() = default;

  // From now on each owner is offered what is to be attempted in its shards: see queue/owners.h. Blocking; quick with
  // any backlog (a few seeks a lane). When it fails they own nothing.
  virtual Result<void> own(std::vector<Claim> claims) = 0;
  // Once it has returned the owner hears nothing more.
  virtual void disown(Owner& owner) = 0;

  // All or nothing, in order; sequence numbers rise in the order of calls. Answered after the commit is on disk, before
  // anything of it is offered.
  virtual void append(std::vector<Accepted> events, OnAppended done) = 0;
  // As append(), but for a request that may come again: in one transaction with its note, and only if no note of its
  // key is kept at `note.at`. kOverloaded when no more notes are kept. `events` may be empty.
  virtual void append_once(Note note, std::vector<Accepted> events, OnOnce done) = 0;
  // Done with these, wherever they wait and whatever the outcome: they are never delivered again. Unknown keys are
  // ignored.
  virtual void ack(std::vector<DeliveryKey> keys, OnDone done) = 0;
  // Keeps these for later, or parks them. Replaces an earlier retry of the same key, a parked one too. Unknown keys are
  // ignored: an acknowledged one never comes back.
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
  // An event that is still kept, by its id. Blocking. kNotFound when it was pruned, or never was. Its place is looked
  // up by the time in the id and what the wall clock showed when: an event that waited longer than some seconds for the
  // disk is not found.
  virtual Result<core::EventPtr> event(const core::EventId& id) = 0;
  // Drops, from the oldest on, what is `old` (Timeline::older_than), and those by which the kept ones exceed
  // `bytes_max` (their texts and 64 bytes each). One that a delivery still waits for stays, counts for nothing from
  // then on, and goes with the first call after its last delivery. In small steps, so that appends are never held up
  // for long.
  virtual void prune(const Timeline::Older& old, std::uint64_t bytes_max, OnDone done) = 0;
  // In which the times of this interface are said.
  virtual const Timeline& timeline() const = 0;
  virtual QueueStats stats() const = 0;
  // Why the last write failed; "" when it succeeded.
  virtual std::string trouble() const = 0;
};

}  // namespace fleethook::queue
