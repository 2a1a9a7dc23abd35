#include "base/clock.h"

namespace fleethook {

Instant SystemClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

Steady SystemClock::steady() const {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Steady(std::chrono::duration_cast<Duration>(since));
}

}  // namespace fleethook
