// Replays: deliveries that were given up are made again, or events of a time range are delivered again, whatever came
// of them. What was asked for, how far it has come, and what came of it. A replay walks through the dead letters, or
// through the log of events, from the oldest on, as they were when it was made: those that come later are none of it.
//
//   running <--> paused        by a person
//      |            |
//      |            +--> cancelled        what was accepted again goes on; the rest stays as it is
//      +--> done, cancelled, failed       done: all was accepted again, and has ended
//
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/ids.h"
#include "json/value.h"
#include "store/audit.h"
#include "store/dead_letters.h"
#include "store/history.h"

namespace fleethook::store {

enum class ReplayState : std::uint8_t { kRunning, kPaused, kDone, kCancelled };
std::string_view to_text(ReplayState state);

// What is replayed, and how.
struct ReplayPlan {
  DeadLetterQuery query;           // its owner is whose the replay is
  std::vector<std::uint64_t> ids;  // of the letters, ascending; empty: all that the query fits
  core::IntegrationNumber to;      // all of them to this one; none: each to its own
  bool same_version = false;       // by the version that they were attempted with; else by the one that runs now
  std::uint32_t per_second = 100;
  // Set: it takes events of the log up to this one, in place of letters. Then `query` says which by product, device,
  // name, text and time, and `to` is the integration whose they are to be.
  std::optional<core::EventSeq> events_upto = {};

  bool takes(const DeadLetter& letter) const;
};
json::Object to_json(const ReplayPlan& plan);
// kCorrupt unless it is one of to_json().
Result<ReplayPlan> plan_of_json(const json::Value& value);

struct Replay {
  std::uint32_t number = 0;  // from 1; Event::replay of what it brings
  ReplayPlan plan;
  Actor by;
  Instant created_at{};
  std::optional<Instant> ended_at;
  ReplayState state = ReplayState::kRunning;
  std::uint64_t upto = 0;     // no letter of a higher id is of it
  std::uint64_t behind = 0;   // it has come so far: id of a letter, or number of an event
  std::uint64_t found = 0;    // letters or events that it was to take when it was made
  std::uint64_t placed = 0;   // accepted again
  std::uint64_t skipped = 0;  // could not be: nothing is there (any more) that would take them
  Counts ended;               // of those placed
  bool walked = false;        // there is nothing more to take
  std::uint64_t waiting() const { return placed - std::min(placed, ended.all()); }
};

// A part of the walk that is done.
struct ReplayStep {
  std::uint32_t number = 0;
  std::uint64_t from = 0, to = 0;  // behind `from`, up to `to`
  std::uint64_t placed = 0, skipped = 0;
  std::vector<std::uint64_t> taken;  // letters that were placed
  bool last = false;
};

// For implementations: whose it is, as one text ("" = of nobody); whether a person may bring a replay there, and what
// that is called in the audit log.
std::string owner_key(const DeadLetterQuery& query);
Result<void> check_may_become(const Replay& replay, ReplayState state);
const char* audit_action(ReplayState state);

// Thread-safe. All of them block until committed: API pool only.
class Replays {
 public:
  virtual ~Replays() = default;
  // Of what is there now. With an audit entry, as those below.
  virtual Result<Replay> create_replay(ReplayPlan plan, std::uint64_t found, const Actor& by) = 0;
  // Of the plan's owner, newest first, at most `limit`; none of both: of everybody. Those that ended before the history
  // that is kept are gone.
  virtual Result<std::vector<Replay>> replays(const DeadLetterQuery& owner, std::size_t limit) = 0;
  virtual Result<Replay> replay(std::uint32_t number) = 0;  // kNotFound
  virtual Result<std::vector<Replay>> running_replays() = 0;
  // To kRunning, kPaused or kCancelled. kConflict when it has ended; the same state again is no error.
  virtual Result<Replay> set_replay(std::uint32_t number, ReplayState state, const Actor& by) = 0;
  // A step that does not begin where the replay stands was noted before, and changes nothing.
  virtual Result<void> note_replay_step(const ReplayStep& step) = 0;
  // Done, once it has walked and all has ended.
  virtual Result<void> end_replay(std::uint32_t number) = 0;
};

}  // namespace fleethook::store
