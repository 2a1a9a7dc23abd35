// Which never-tried deliveries of a lane are in memory and which are only on disk, so that none is lost and none is
// taken twice. A lane gets them in two ways: offered right after their commit, while there is room ("direct"), or
// loaded from the queue. Both come in the order of their position. Loads see everything committed before they
// began, so they may be ahead of the offers.
//
//   taken directly, or brought by loads | what is offered next
//                        direct, cursor ^
//
// An offer from below that mark is an echo of what a load has brought. One from above is taken, or, while something
// waits on disk, left to the loads.
#pragma once
#include <compare>
#include <cstdint>

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
  bool waiting_ = false;
  Position direct_;  // the highest taken directly
  Position cursor_;
  Position offered_during_load_;  // the highest left to a load since the present one began
};

}  // namespace fleethook::delivery
