// How what waits in one lane shares it, and when nothing is sent to a receiver that fails. docs/limits.md has the
// numbers.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace fleethook::delivery {

struct FairSettings {
  std::size_t share = 4;  // one placement may have so many times what it leaves of the window, of attempts
  std::uint32_t breaker_failures = 10;                   // of one placement, in a row: then its breaker opens
  Duration breaker_wait_min = std::chrono::seconds(1);   // until one attempt finds out whether it closes,
  Duration breaker_wait_max = std::chrono::seconds(10);  // doubled each time that it does not
  std::size_t breakers_shown_max = 20;                   // of one lane
  // Failing, as people are told: so many attempts of one placement have failed in a row, for so long.
  std::uint32_t failing_attempts = 3;
  Duration failing_after = std::chrono::seconds(10);
};

}  // namespace fleethook::delivery
