#include <utility>

#include "sharing/rules.h"

namespace fleethook::sharing {
namespace {

// The oldest identical integration of the organization that is not on the product yet, if identical ones are grouped.
core::IntegrationPtr to_join(const store::Catalog& catalog, const Creation& creation) {
  const core::Organization* organization = catalog.organization(creation.organization);
  if (!creation.through_product || organization == nullptr || creation.products.size() != 1) return nullptr;
  if (organization->group_identical != core::GroupIdentical::kAuto) return nullptr;
  if (organization->plan == core::Plan::kFree) return nullptr;
  for (const core::IntegrationPtr& candidate :
       catalog.identical(organization->id, core::fingerprint(creation.config, creation.scope))) {
    if (!candidate->on(creation.products.front())) return candidate;
  }
  return nullptr;
}

Result<store::Changes> join(const store::Catalog& catalog,
                            const store::Making& making,
                            const core::Integration& old,
                            core::ProductId product,
                            const store::Actor& by) {
  auto next = store::next_version(old, making);
  adds_product(*next, product);
  FLEETHOOK_CHECK(check_names(catalog, *next));
  store::Changes changes;
  changes.audit.push_back(note(by, *next, "joined", difference(old, *next)));
  changes.integrations.push_back({std::move(next), "joined", by.user});
  return changes;
}

}  // namespace

Result<Created> create(store::Integrations& store, const store::Actor& by, const Creation& creation) {
  Created created;
  FLEETHOOK_TRY(created.integration,
                run(store,
                    [&](const store::Catalog& catalog, const store::Making& making,
                        core::IntegrationPtr&) -> Result<store::Changes> {
                      const core::IntegrationPtr old = to_join(catalog, creation);
                      created.joined = old != nullptr;
                      if (created.joined) return join(catalog, making, *old, creation.products.front(), by);
                      auto fresh = store::new_integration(making);
                      fresh->scope = creation.scope;
                      fresh->user = creation.user;
                      fresh->organization = creation.organization;
                      for (const core::ProductId product : creation.products) adds_product(*fresh, product);
                      fresh->created_by = by.user;
                      fresh->config = creation.config;
                      FLEETHOOK_CHECK(check_names(catalog, *fresh));
                      store::Changes changes;
                      core::Integration nothing;
                      nothing.config.event.clear();
                      changes.audit.push_back(note(by, *fresh, "created", difference(nothing, *fresh)));
                      changes.integrations.push_back({std::move(fresh), "created", by.user});
                      return changes;
                    }));
  return created;
}

}  // namespace fleethook::sharing
