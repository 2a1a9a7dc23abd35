// One lane as people see it.
#pragma once
#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "core/lane_key.h"

namespace fleethook::delivery {

// A value, as of one moment.
struct LaneView {
  core::LaneKey key;
  std::size_t in_memory = 0;  // deliveries of it in memory, those under way included
  std::size_t in_flight = 0;  // attempts under way
  std::size_t connections = 0;
  bool more_on_disk = false;
  std::optional<Instant> due_at;  // of the earliest retry; nullopt = none is waiting
};

}  // namespace fleethook::delivery
