// Time that goes on evenly, within a run of the server and from one run to the next, whatever is done to the wall
// clock. For what lasts beyond a run: when something is due, how old it is. Who makes it: queue/timeline.h.
#pragma once
#include <chrono>
#include <string>

#include "base/clock.h"

namespace fleethook {

struct MomentTag {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MomentTag, Duration>;
  static constexpr bool is_steady = true;
};
// Microseconds. Near the wall clock's number where nobody ever set that, and no more than near: not for people.
using Moment = MomentTag::time_point;

// For how long the machine has been up, and the name of this time of being up; "" when it has none. Two of one name
// tell how much time lies between them, processes that ended and the wall clock notwithstanding.
struct Uptime {
  std::string name;
  Duration since{};
};
// Of this machine.
Uptime machine_uptime();

}  // namespace fleethook
