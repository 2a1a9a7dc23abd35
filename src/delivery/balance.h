// What became of all deliveries that an installation ever made. The one place that says what adds up:
//
//   created = success + error + sleep + cancelled + waiting + held
//
// Dead letters are no further term: they are those of error and cancelled of which the event is kept.
#pragma once
#include <cstdint>

#include "store/history.h"

namespace fleethook::delivery {

// Since the installation began to count them, through restarts. A test of an integration is created and ended at once.
struct Balance {
  std::uint64_t created = 0;
  store::Counts ended;        // by outcome
  std::uint64_t waiting = 0;  // never tried, under way, or for another attempt
  std::uint64_t held = 0;     // until their placement is resumed
  bool adds_up() const { return created == ended.all() + waiting + held; }
  bool operator==(const Balance&) const = default;
};

}  // namespace fleethook::delivery
