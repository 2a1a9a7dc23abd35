// Lanes, and what they hold of single placements, as people see them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ids.h"
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

// What a lane knows of one placement.
struct LineView {
  core::PlacementKey placement;
  core::LaneId lane;
  std::string destination;        // for people: https://example.com, or a mask; "": nothing was attempted yet
  std::size_t in_memory = 0;      // deliveries, those under way included
  std::size_t in_flight = 0;      // attempts under way
  bool more_on_disk = false;      // something waits that is not in memory
  bool failing = false;           // see condition.h
  std::uint64_t failures = 0;     // in a row, since that was told last
  std::optional<Instant> due_at;  // of the earliest retry that is known
  BreakerState breaker = BreakerState::kClosed;
  std::string reason;     // why it is not closed
  Instant since{};        // when it is not closed: of its state,
  Instant next_try_at{};  // and of the attempt that finds out
};
// Which of them.
struct LineQuery {
  std::string owner;                             // of LaneKey
  std::vector<core::PlacementKey> placements{};  // ascending; empty: all
  std::size_t limit = 1000;
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
