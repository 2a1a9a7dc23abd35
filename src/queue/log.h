// What was accepted, in its order: events, on disk before their publishers hear of it, and offered to whoever owns the
// lanes of their deliveries. Knows nothing of due times, of the windows of lanes, or of why something waits: that is
// queue/waiting_room.h. Implementations: with the waiting room, as a Queue.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "queue/deliveries.h"
#include "queue/event_search.h"
#include "queue/idempotency.h"
#include "queue/owners.h"
#include "queue/timeline.h"

namespace fleethook::queue {

// What became of append_once().
struct Once {
  std::optional<Note> earlier;  // set: its request came before, and nothing was appended
  Batch events;                 // else: as append() gives them
};

// Thread-safe. Callbacks run on a thread of the queue's own: post to a loop at once, do not block.
class Log {
 public:
  using OnAppended = std::function<void(Result<Batch>)>;
  using OnOnce = std::function<void(Result<Once>)>;
  virtual ~Log() = default;

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
  // An event that is still kept, by its id. Blocking. kNotFound when it was pruned, or never was. Its place is looked
  // up by the time in the id and what the wall clock showed when: an event that waited longer than some seconds for the
  // disk is not found.
  virtual Result<Kept> event(const core::EventId& id) = 0;
  // Events that are still kept, newest first unless the page says otherwise. Blocking; never holds up what is
  // delivered. What narrows by device, product, owner, time, or to replays of one event, passes over most of what does
  // not fit.
  virtual Result<FoundEvents> search(const EventQuery& query, const EventPage& page) = 0;
  // Drops, from the oldest on, what is `old` (Timeline::older_than), and those by which the kept ones exceed
  // `bytes_max` (their texts and 64 bytes each). One that a delivery still waits for stays, counts for nothing from
  // then on, and goes with the first call after its last delivery. In small steps, so that appends are never held up
  // for long.
  virtual void prune(const Timeline::Older& old, std::uint64_t bytes_max, OnDone done) = 0;
  // In which times are said here, and in the waiting room.
  virtual const Timeline& timeline() const = 0;
};

}  // namespace fleethook::queue
