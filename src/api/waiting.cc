#include "api/waiting.h"

#include <algorithm>

namespace fleethook::api {
namespace {

Waits waits(const store::Catalog& catalog, const queue::Waiting& of) {
  const bool runs = catalog.standing(of.placement) == core::Standing::kRunning;
  return {of.deliveries, runs ? 0 : of.deliveries};
}

}  // namespace

std::span<const queue::Waiting> waiting_of(const std::vector<queue::Waiting>& waiting,
                                           core::IntegrationNumber integration) {
  const auto found = std::ranges::equal_range(waiting, integration, {},
                                              [](const queue::Waiting& one) { return one.placement.integration; });
  return {found.begin(), found.end()};
}

Waits waits_on(const std::vector<queue::Waiting>& waiting,
               const store::Catalog& catalog,
               const core::PlacementKey& placement) {
  const auto found = std::ranges::lower_bound(waiting, placement, {}, &queue::Waiting::placement);
  if (found == waiting.end() || found->placement != placement) return {};
  return waits(catalog, *found);
}

Waits waits_of(const std::vector<queue::Waiting>& waiting,
               const store::Catalog& catalog,
               core::IntegrationNumber integration) {
  Waits sum;
  for (const queue::Waiting& one : waiting_of(waiting, integration)) {
    const Waits there = waits(catalog, one);
    sum.waiting += there.waiting;
    sum.held += there.held;
  }
  return sum;
}

void put_waits(json::Object& into, const Waits& waits) {
  into.set("waiting", waits.waiting);
  into.set("held", waits.held);
}

std::uint64_t cancelled_with(const queue::WaitingRoom& waiting_room,
                             const store::Catalog& catalog,
                             const std::vector<core::IntegrationNumber>& integrations) {
  std::uint64_t sum = 0;
  const std::vector<queue::Waiting> waiting = waiting_room.waiting();
  for (const core::IntegrationNumber integration : integrations) {
    for (const queue::Waiting& one : waiting_of(waiting, integration)) {
      if (catalog.standing(one.placement) == core::Standing::kGone) sum += one.deliveries;
    }
  }
  return sum;
}

}  // namespace fleethook::api
