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

Result<void> set_pause(Draft& draft,
                       const core::IntegrationId& id,
                       const std::vector<core::ProductId>& products,
                       core::Pause pause,
                       core::EventSeq newest,
                       const Actor& by) {
  const Catalog::Data& data = draft.data();
  FLEETHOOK_TRY(const core::Integration* integration, placed(data, id, products));
  AuditEntry entry =
      note(*integration, by, pause == core::Pause::kRunning ? "integration.resumed" : "integration.paused");
  entry.at = draft.now();
  bool changed = false;
  for (const core::ProductId product : products) {
    const core::PlacementKey placement{integration->number, product};
    const core::Paused* old = data.pauses.find(placement);
    const core::Pause before = old == nullptr ? core::Pause::kRunning : old->mode;
    if (before == pause) continue;  // also one that is named twice
    changed = true;
    if (!product.is_none()) entry.products.push_back(product);
    put_change(entry.diff, product.is_none() ? "pause" : "pause." + std::to_string(product.value),
               core::to_text(before), core::to_text(pause));
    draft.put(row::PutPause{placement, {pause, draft.now(), by.user, by.name, newest}});
  }
  if (changed) draft.note(std::move(entry));
  return {};
}

Result<void> drop_waiting(Draft& draft,
                          const core::IntegrationId& id,
                          const std::vector<core::ProductId>& products,
                          core::EventSeq newest,
                          const Actor& by) {
  FLEETHOOK_TRY(const core::Integration* integration, placed(draft.data(), id, products));
  AuditEntry entry = note(*integration, by, "integration.waiting_dropped");
  entry.at = draft.now();
  for (const core::ProductId product : products) {
    if (!product.is_none()) entry.products.push_back(product);
    const core::PlacementKey placement{integration->number, product};
    // Of two commands at once the one that read its number first may come last: it takes nothing back.
    const core::Dropped* old = draft.data().dropped.find(placement);
    const core::EventSeq upto = old == nullptr ? newest : std::max(newest, old->newest.value_or(core::EventSeq{}));
    draft.put(row::PutDropped{placement, {draft.now(), upto}});
  }
  draft.note(std::move(entry));
  return {};
}

Result<void> move_waiting(Draft& draft,
                          const core::IntegrationId& id,
                          const std::vector<core::ProductId>& products,
                          core::EventSeq newest,
                          const Actor& by) {
  FLEETHOOK_TRY(const core::Integration* integration, placed(draft.data(), id, products));
  AuditEntry entry = note(*integration, by, "integration.waiting_moved");
  entry.at = draft.now();
  const core::IntegrationPtr present = *draft.data().integrations.find(integration->number);
  for (const core::ProductId product : products) {
    if (!product.is_none()) entry.products.push_back(product);
    const core::PlacementKey placement{integration->number, product};
    const std::uint32_t version = core::Integration::running_on(present, product)->version;
    const core::Moved* old = draft.data().moved.find(placement);
    // As above.
    const core::EventSeq upto = old == nullptr ? newest : std::max(newest, old->newest);
    draft.put(row::PutMoved{placement, {version, draft.now(), upto}});
    entry.diff.set(product.is_none() ? "version" : "version." + std::to_string(product.value),
                   json::Object{{"to", version}});
  }
  draft.note(std::move(entry));
  return {};
}

}  // namespace fleethook::store
