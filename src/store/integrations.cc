// The commands that every store has alike, made of the one that each implements.
#include "store/integrations.h"

#include <algorithm>
#include <utility>

#include "store/errors.h"

namespace fleethook::store {
namespace {

std::vector<core::ProductId> normalised(std::vector<core::ProductId> products) {
  std::ranges::sort(products);
  products.erase(std::unique(products.begin(), products.end()), products.end());
  return products;
}

Result<core::IntegrationPtr> only(Result<std::vector<core::IntegrationPtr>> made) {
  if (!made.ok()) return std::move(made).error();
  return made->empty() ? nullptr : made->front();
}

}  // namespace

Result<core::IntegrationPtr> Integrations::create_integration(NewIntegration integration) {
  return only(change_integrations([&](const Catalog&, const Making& making) -> Result<Changes> {
    auto fresh = new_integration(making);
    fresh->scope = integration.scope;
    fresh->user = integration.user;
    fresh->organization = integration.organization;
    fresh->products = normalised(integration.products);
    fresh->created_by = integration.created_by;
    fresh->config = integration.config;
    Changes changes;
    changes.integrations.push_back({std::move(fresh), "created", integration.created_by});
    return changes;
  }));
}

Result<core::IntegrationPtr> Integrations::update_integration(const core::IntegrationId& id, IntegrationEdit edit) {
  core::IntegrationPtr unchanged;
  auto changed = only(change_integrations([&](const Catalog& catalog, const Making& making) -> Result<Changes> {
    const core::IntegrationPtr old = catalog.integration(id);
    if (old == nullptr) return no_such("integration", id.str());
    if (edit.expected_version && *edit.expected_version != old->version) {
      return version_mismatch(old->version, *edit.expected_version);
    }
    auto products = normalised(edit.products);
    if (edit.config == old->config && products == old->products) {
      unchanged = old;
      return Changes();
    }
    auto next = next_version(*old, making);
    next->config = edit.config;
    next->products = std::move(products);
    Changes changes;
    changes.integrations.push_back({std::move(next), "edited", edit.by});
    return changes;
  }));
  return unchanged != nullptr ? unchanged : changed;
}

Result<void> Integrations::delete_integration(const core::IntegrationId& id) {
  auto done = change_integrations([&](const Catalog& catalog, const Making&) -> Result<Changes> {
    const core::IntegrationPtr old = catalog.integration(id);
    if (old == nullptr) return no_such("integration", id.str());
    Changes changes;
    changes.closed.push_back({old->number, {}});
    return changes;
  });
  if (!done.ok()) return std::move(done).error();
  return {};
}

}  // namespace fleethook::store
