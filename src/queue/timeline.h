// The queue's own time: what is due and how old something is are said in it. It goes on evenly, whatever is done to the
// wall clock, and from one run of the server to the next:
//
//   run 1  |----------->|  off  |---------> run 2
//          steady clock    |    from where it was, and on by the time off: exactly while the machine stays up. After a
//                          |    start of the machine only the wall clock can tell, which may have been set meanwhile:
//                          |    `now` believes it for an hour at most, `sure` not at all.
//
// What is due is compared with now(), what ends by its age with sure(): being late by an outage is no harm, ending
// something because of a clock is.
//
// Marks tell how this time, the wall clock and the numbers of events belong together. There is one every some seconds
// while events come and after each step of the wall clock; of old ones fewer stay, so that there are some hundred.
#pragma once
#include <mutex>
#include <optional>
#include <vector>

#include "base/moment.h"
#include "core/ids.h"

namespace fleethook::queue {

struct TimeMark {
  Moment at{};              // of sure()
  Instant wall{};           // what the wall clock showed
  core::EventSeq last{};    // the newest event that was accepted by then
  bool after_step = false;  // the wall clock was set since the mark before
  bool operator==(const TimeMark&) const = default;
};

// Where the timeline stood, and by what to find out how far it is now.
struct TimeAnchor {
  Moment at{};         // of sure()
  Duration guessed{};  // by how much now() is ahead
  Instant wall{};
  Uptime uptime;
};

// Thread-safe.
class Timeline {
 public:
  static constexpr Duration kGuessMax = std::chrono::hours(1);
  static constexpr Duration kMarkEvery = std::chrono::seconds(10);
  // What is no step of the wall clock, but its being drawn slowly to the right time.
  static constexpr Duration kStepMin = std::chrono::seconds(1);
  static constexpr std::size_t kMarksMax = 4096;

  // Goes on from `anchor`. Without one it begins: at what the wall clock shows or, if that is earlier, at `newest`,
  // when the newest event was published: data of before there was a timeline keeps its meaning. `last` is that event.
  // `clock` outlives the timeline.
  Timeline(const Clock& clock,
           const std::optional<TimeAnchor>& anchor,
           const Uptime& uptime,
           std::vector<TimeMark> marks,
           Instant newest,
           core::EventSeq last);
  explicit Timeline(const Clock& clock) : Timeline(clock, std::nullopt, {}, {}, {}, {}) {}
  Timeline(const Timeline&) = delete;

  Moment sure() const { return began_ + (clock_.steady() - steady_); }
  Moment now() const { return sure() + guessed_; }
  // For the next run.
  TimeAnchor anchor() const;

  // When an event was accepted: at the latest then, and not much earlier. Older ones than all marks by what the wall
  // clock had showed, Event::accepted_at().
  Moment accepted(core::EventSeq event, Instant accepted_at) const;
  // What is older than `age`: all up to this number that were accepted before this.
  struct Older {
    core::EventSeq upto;
    Instant accepted_before;
  };
  Older older_than(Duration age) const;
  // What the wall clock showed then.
  Instant wall_before(Duration age) const;
  // Where an event may be that was accepted when the wall clock showed `wall`, nearly: behind `after`, up to `upto`,
  // the newest first. In one that is not in order the times of events go back and forth.
  struct Stretch {
    core::EventSeq after, upto;
    bool in_order = true;
  };
  std::vector<Stretch> accepted_about(Instant wall) const;

  // The mark of this moment, if it is time for one: something was accepted, or the wall clock was set.
  std::optional<TimeMark> next_mark(core::EventSeq last) const;
  // It is on disk. Those that it makes superfluous are forgotten: what stays is marks().
  void add(const TimeMark& mark);
  std::vector<TimeMark> marks() const;

 private:
  bool was_set_since(const TimeMark& mark, Moment at, Instant wall) const;
  void thin();
  std::vector<TimeMark>::const_iterator last_before(Moment at) const;

  const Clock& clock_;
  const Steady steady_;
  const Uptime uptime_;  // at steady_
  Moment began_{};
  Duration guessed_{};
  mutable std::mutex mutex_;
  std::vector<TimeMark> marks_;  // guarded by mutex_; by time, never empty
};

}  // namespace fleethook::queue
