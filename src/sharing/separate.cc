#include <utility>

#include "sharing/rules.h"

namespace fleethook::sharing {
Result<Separated> separate(store::Integrations& store,
                           const Request& request,
                           const Target& target,
                           const MakeConfig& config) {
  auto made = store.change_integrations(
      [&](const store::Catalog& catalog, const store::Making& making) -> Result<store::Changes> {
        FLEETHOOK_TRY(const core::IntegrationPtr old, find(catalog, request, target));
        if (!old->shared()) {
          return refused("not_shared",
                         "this integration runs on this product only; edit it, there is nothing to separate from");
        }
        auto copy = store::new_integration(making);
        FLEETHOOK_TRY(copy->config, config(in_effect(*old, target.product)));
        if (core::fingerprint(copy->config, old->scope) == old->fingerprint) {
          return refused("nothing_changed",
                         "at least one field must change to separate an integration; a changed name is enough");
        }
        copy->scope = old->scope;
        copy->user = old->user;
        copy->organization = old->organization;
        copy->products = {target.product};
        copy->created_by = request.by.user;
        copy->separated_from = old->id;

        FLEETHOOK_CHECK(check_names(catalog, *copy, {old->number, target.product}));

        auto remains = store::next_version(*old, making);
        take_out(*remains, target.product);
        store::Changes changes;
        json::Object diff = core::config_diff(old->config, copy->config, old->scope);
        store::put_change(diff, "separated_from", nullptr, old->id.str());
        changes.audit.push_back(note(request.by, *copy, "separated", std::move(diff)));
        changes.audit.push_back(
            note(request.by, *remains, "product_separated", difference(*old, *remains), target.product));
        changes.integrations.push_back({std::move(copy), "separated", request.by.user});
        changes.integrations.push_back({std::move(remains), "product_separated", request.by.user});
        changes.carried.push_back({old->number, 0, target.product});
        return changes;
      });
  if (!made.ok()) return std::move(made).error();
  return Separated{made->at(0), made->at(1)};
}

}  // namespace fleethook::sharing
