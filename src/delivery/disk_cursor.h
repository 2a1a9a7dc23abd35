// Which never-tried deliveries of a lane are in memory and which are only on disk, so that none is lost and none is
// taken twice. A lane gets them in two ways: offered right after their commit, while there is room ("direct"), or
// loaded from the queue in order of their position. Offers may come late and out of order, because several loops
// commit; loads see everything committed before they began.
//
// All positions are in one of these: taken directly; in an interval that loads have covered (an offer from there is an
// echo: ignore it); or, while something waits on disk, above cursor() (an offer from there will be loaded). A late
// offer from below that is in no covered interval is new, and has to be taken even if there is no room, since no load
// will bring it.
#pragma once
#include <compare>
#include <cstdint>
#include <deque>

#include "core/ids.h"

namespace fleethook::delivery {

// Where a delivery stands in its lane.
struct Position {
  core::EventSeq event;
  core::IntegrationNumber integration;
  auto operator<=>(const Position&) const = default;
};

// A value.
class DiskCursor {
 public:
  // At start: something committed before this process waits on disk.
  void found_on_disk() { waiting_ = true; }
  // A delivery was just committed. True: take it into memory. False: it is there already, or a load will bring it.
  bool offer(Position at, bool has_room);
  // Whether something is on disk only.
  bool waiting() const { return waiting_; }
  // Loads start after this position.
  Position cursor() const { return cursor_; }

  void load_started() { offered_during_load_ = {}; }
  // The load has brought everything from cursor() to `last` (== cursor() if it brought nothing), and `all` there was
  // when it began.
  void load_ended(Position last, bool all);

 private:
  static constexpr std::size_t kCoveredMax = 64;  // more than ever matter: offers come late by moments
  struct Covered {
    Position after, upto;
  };
  bool is_covered(Position at) const;

  bool waiting_ = false;
  Position direct_;  // the highest taken directly
  Position cursor_;
  Position began_;                // where the present time of waiting began: loads have covered (began_, cursor_] of it
  Position offered_during_load_;  // the highest left to a load since the present one began
  std::deque<Covered> covered_;   // by earlier times of waiting, ascending
};

}  // namespace fleethook::delivery
