// How much waits of integrations: accepted, and without an end yet.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/integration.h"
#include "json/value.h"
#include "queue/waiting_room.h"
#include "store/catalog.h"

namespace fleethook::api {

struct Waits {
  std::uint64_t waiting = 0;
  std::uint64_t held = 0;  // of them, until their placement runs again
};
// From WaitingRoom::waiting(), once for a whole list: all placements of an integration, products that left among them.
std::span<const queue::Waiting> waiting_of(const std::vector<queue::Waiting>& waiting,
                                           core::IntegrationNumber integration);
Waits waits_on(const std::vector<queue::Waiting>& waiting,
               const store::Catalog& catalog,
               const core::PlacementKey& placement);
Waits waits_of(const std::vector<queue::Waiting>& waiting,
               const store::Catalog& catalog,
               core::IntegrationNumber integration);
// "waiting" and "held".
void put_waits(json::Object& into, const Waits& waits);
// Of those that the catalog no longer has: what their end cancels.
std::uint64_t cancelled_with(const queue::WaitingRoom& waiting_room,
                             const store::Catalog& catalog,
                             const std::vector<core::IntegrationNumber>& integrations);

}  // namespace fleethook::api
