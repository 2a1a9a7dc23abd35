// Where the deliveries of an event go, found before they are committed.
#pragma once
#include <cstddef>

#include "base/limits.h"
#include "core/event.h"
#include "core/integration.h"
#include "core/lane_key.h"
#include "core/work_budget.h"
#include "store/catalog.h"

namespace fleethook::ingest {

// For so many events of one request to us. A part of what one request from us may take: somebody waits for the answer.
core::WorkBudget work_for_lanes(std::size_t events, const Limits& limits);
// Never null: where the URL cannot be rendered for the event the delivery exists all the same, in the lane without a
// host, so that its failure is counted and logged like any other. Also when it takes too much work to look for its lane
// here: then it goes from that one, on a connection that is not kept.
core::LanePtr lane_of(const store::Catalog& catalog,
                      const core::Integration& integration,
                      const core::Event& event,
                      core::WorkBudget& work);

}  // namespace fleethook::ingest
