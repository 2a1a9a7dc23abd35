// One lane as people see it.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/lane_key.h"
#include "core/pause.h"
#include "delivery/breaker.h"

namespace fleethook::delivery {

// A breaker that is not closed: nothing of the placement is attempted, but now and then one to find out.
struct BreakerView {
  core::PlacementKey placement;
  BreakerState state = BreakerState::kOpen;
  std::string reason;  // of the last failure; secrets masked
  Instant since{};
  Instant next_try_at{};
};

// A value, as of one moment.
struct LaneView {
  core::LaneKey key;
  std::size_t in_memory = 0;  // deliveries of it in memory, those under way included
  std::size_t in_flight = 0;  // attempts under way
  std::size_t connections = 0;
  bool more_on_disk = false;
  std::size_t breakers_open = 0;      // placements whose breaker is not closed
  std::vector<BreakerView> breakers;  // of them, at most Limits::breakers_shown_max
  std::optional<Instant> due_at;      // of the earliest retry; nullopt = none is waiting
};

}  // namespace fleethook::delivery
