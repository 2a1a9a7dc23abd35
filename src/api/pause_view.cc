#include "api/pause_view.h"

#include <algorithm>

#include "base/text.h"

namespace fleethook::api {
namespace {

std::uint64_t waiting_on(const std::vector<queue::Waiting>& waiting, const core::PlacementKey& placement) {
  const auto found = std::ranges::lower_bound(waiting, placement, {}, &queue::Waiting::placement);
  return found == waiting.end() || found->placement != placement ? 0 : found->deliveries;
}

}  // namespace

json::Array paused_placements(const core::Integration& integration,
                              const store::Catalog& catalog,
                              const std::vector<queue::Waiting>& waiting,
                              const core::Product* only) {
  std::vector<core::ProductId> products = integration.products;
  if (only != nullptr) products = {only->id};
  if (products.empty()) products = {core::ProductId{}};
  json::Array list;
  for (const core::ProductId product : products) {
    const core::Paused* paused = catalog.paused(integration.number, product);
    if (paused == nullptr) continue;
    list.emplace_back(json::Object{{"product_id", product.is_none() ? json::Value() : json::Value(product.value)},
                                   {"mode", core::to_text(paused->mode)},
                                   {"since", to_iso8601(paused->since)},
                                   {"by", paused->by_name},
                                   {"waiting", waiting_on(waiting, {integration.number, product})}});
  }
  return list;
}

}  // namespace fleethook::api
