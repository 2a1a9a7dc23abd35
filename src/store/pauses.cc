#include "store/pauses.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/errors.h"

namespace fleethook::store {
namespace {

// The integration, which runs on all of these.
Result<const core::Integration*> placed(const Catalog::Data& data,
                                        const core::IntegrationId& id,
                                        const std::vector<core::ProductId>& products) {
  const core::IntegrationNumber* number = data.integration_numbers.find(id);
  if (number == nullptr) return no_such("integration", id.str());
  const core::Integration* integration = data.integrations.find(*number)->get();
  for (const core::ProductId product : products) {
    if (has_placement(*integration, product)) continue;
    return no_such("integration",
                   id.str() + (product.is_none() ? " of a sandbox" : " on product " + std::to_string(product.value)));
  }
  return integration;
}

AuditEntry note(const core::Integration& integration, const Actor& by, std::string action) {
  AuditEntry entry;
  entry.by = by;
  entry.organization = integration.organization;
  if (integration.organization.is_none()) entry.owner = integration.user;
  entry.action = std::move(action);
  entry.target = integration.id.str();
  entry.target_name = integration.config.name.value_or(core::default_name(integration.config));
  return entry;
}

}  // namespace

Result<PauseChange> plan_pause(const Catalog::Data& data,
                               const core::IntegrationId& id,
                               const std::vector<core::ProductId>& products,
                               core::Pause pause,
                               const Actor& by,
                               Instant now) {
  FLEETHOOK_TRY(const core::Integration* integration, placed(data, id, products));
  PauseChange change;
  change.paused = {pause, now, by.user, by.name};
  change.entry = note(*integration, by, pause == core::Pause::kRunning ? "integration.resumed" : "integration.paused");
  for (const core::ProductId product : products) {
    const core::PlacementKey placement{integration->number, product};
    const core::Paused* old = data.pauses.find(placement);
    const core::Pause before = old == nullptr ? core::Pause::kRunning : old->mode;
    if (before == pause || std::ranges::find(change.placements, placement) != change.placements.end()) continue;
    change.placements.push_back(placement);
    if (!product.is_none()) change.entry.products.push_back(product);
    put_change(change.entry.diff, product.is_none() ? "pause" : "pause." + std::to_string(product.value),
               core::to_text(before), core::to_text(pause));
  }
  return change;
}

void apply(const PauseChange& change, CatalogEditor& editor) {
  for (const core::PlacementKey& placement : change.placements) {
    if (change.paused.mode == core::Pause::kRunning) {
      editor.erase_pause(placement);
    } else {
      editor.put_pause(placement, change.paused);
    }
  }
}

Result<DropChange> plan_drop(const Catalog::Data& data,
                             const core::IntegrationId& id,
                             const std::vector<core::ProductId>& products,
                             const Actor& by) {
  FLEETHOOK_TRY(const core::Integration* integration, placed(data, id, products));
  DropChange change;
  change.entry = note(*integration, by, "integration.waiting_dropped");
  for (const core::ProductId product : products) {
    change.placements.push_back({integration->number, product});
    if (!product.is_none()) change.entry.products.push_back(product);
  }
  return change;
}

}  // namespace fleethook::store
