// How the paused placements of an integration are shown.
#pragma once
#include <vector>

#include "core/integration.h"
#include "json/value.h"
#include "queue/waiting_room.h"
#include "store/catalog.h"

namespace fleethook::api {

// [{product_id, mode, since, by, waiting}] of the placements that are paused, of `only` or (nullptr) of all; product_id
// null is the sandbox. `waiting` is the number of deliveries that wait for a resumption, from WaitingRoom::waiting().
json::Array paused_placements(const core::Integration& integration,
                              const store::Catalog& catalog,
                              const std::vector<queue::Waiting>& waiting,
                              const core::Product* only);

}  // namespace fleethook::api
