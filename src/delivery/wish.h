// Which of the deliveries that wait a person means.
#pragma once
#include <algorithm>
#include <optional>
#include <vector>

#include "core/ids.h"
#include "core/pause.h"

namespace fleethook::delivery {

// All that waits of some placements; or in one lane, which is all to one destination; or one delivery there.
struct Wish {
  std::vector<core::PlacementKey> placements = {};  // ascending; empty: whichever are in `lane`
  std::optional<core::LaneId> lane = {};            // nullopt: in all lanes. Never of one delivery
  std::optional<core::EventSeq> event = {};         // the delivery of this event, of each of `placements`

  bool means(core::LaneId one) const { return !lane || *lane == one; }
  bool means(const core::PlacementKey& one) const {
    return placements.empty() ? lane.has_value() : std::ranges::binary_search(placements, one);
  }
};

}  // namespace fleethook::delivery
