#include <utility>

#include "sharing/rules.h"
#include "store/errors.h"

namespace fleethook::sharing {
namespace {

// The sets as `products` says, with what leaving products had on their own dropped.
Result<void> set_products(core::Integration& next, std::vector<core::ProductId> products) {
  if (products.empty() && next.scope != core::Scope::kSandbox) {
    Error error =
        Error::field("product_ids", "select at least one product; to stop an integration, disable or delete it");
    error.code = "last_product";
    return error;
  }
  std::ranges::sort(products);
  const std::vector<core::ProductId> before = next.products;
  for (const core::ProductId id : before) {
    if (!std::ranges::binary_search(products, id)) take_out(next, id);
  }
  for (const core::ProductId id : products) adds_product(next, id);
  return {};
}

// The next version with `next`'s contents, or `old` when they are the same.
Result<store::Changes> replace(const store::Catalog& catalog,
                               const store::Actor& by,
                               const core::IntegrationPtr& old,
                               std::shared_ptr<core::Integration> next,
                               std::string_view action,
                               core::IntegrationPtr& unchanged) {
  json::Object diff = difference(*old, *next);
  if (diff.empty()) {
    unchanged = old;
    return store::Changes();
  }
  if (next->config != old->config) FLEETHOOK_CHECK(check_not_staged(*old));
  FLEETHOOK_CHECK(check_names(catalog, *next));
  store::Changes changes;
  changes.audit.push_back(note(by, *next, action, std::move(diff)));
  for (const core::ProductId id : old->products) {
    if (!next->on(id)) changes.audit.back().products.push_back(id);
  }
  changes.integrations.push_back({std::move(next), std::string(action), by.user});
  return changes;
}

}  // namespace

Result<core::IntegrationPtr> edit(store::Integrations& store,
                                  const Request& request,
                                  const Target& target,
                                  const Edit& edit) {
  return run(store,
             [&](const store::Catalog& catalog, const store::Making& making,
                 core::IntegrationPtr& unchanged) -> Result<store::Changes> {
               FLEETHOOK_TRY(const core::IntegrationPtr old, find_for_all(catalog, request, target));
               auto next = store::next_version(*old, making);
               if (edit.config) {
                 FLEETHOOK_TRY(next->config, edit.config(old->config));
               }
               if (edit.products) {
                 FLEETHOOK_TRY(auto products, edit.products(*old));
                 FLEETHOOK_CHECK(set_products(*next, std::move(products)));
               }
               return replace(catalog, request.by, old, std::move(next), "edited", unchanged);
             });
}

Result<core::IntegrationPtr> rollback(store::Integrations& store,
                                      const Request& request,
                                      const Target& target,
                                      std::uint32_t version) {
  const core::IntegrationPtr now = store.catalog()->integration(target.id);
  if (now == nullptr) return find(*store.catalog(), request, target);
  // A version never changes, so it can be read before the step.
  auto wanted = store.integration_version(now->number, version);
  if (!wanted.ok()) {
    if (wanted.error().fault != Fault::kNotFound) return wanted;
    return Error::field("to", "expected one of the integration's versions, 1 to " + std::to_string(now->last_version));
  }
  return run(store,
             [&](const store::Catalog& catalog, const store::Making& making,
                 core::IntegrationPtr& unchanged) -> Result<store::Changes> {
               FLEETHOOK_TRY(const core::IntegrationPtr old, find_for_all(catalog, request, target));
               FLEETHOOK_CHECK(check_not_staged(*old));
               auto next = store::next_version(*old, making);
               next->config = (*wanted)->config;
               next->overrides.clear();
               for (const core::Override& one : (*wanted)->overrides) {
                 if (next->on(one.product)) next->overrides.push_back(one);
               }
               return replace(catalog, request.by, old, std::move(next), "rolled_back", unchanged);
             });
}

Result<core::IntegrationPtr> set_override(store::Integrations& store,
                                          const Request& request,
                                          const Target& target,
                                          core::ProductId product,
                                          const json::Object& settings) {
  return run(store,
             [&](const store::Catalog& catalog, const store::Making& making,
                 core::IntegrationPtr& unchanged) -> Result<store::Changes> {
               FLEETHOOK_TRY(const core::IntegrationPtr old, find(catalog, request, target));
               if (!old->on(product)) {
                 return store::no_such("product", std::to_string(product.value) + " among those of this integration");
               }
               auto next = store::next_version(*old, making);
               FLEETHOOK_TRY(auto normalised, core::read_override(settings, old->config, old->scope));
               set_override_of(*next, product, std::move(normalised));
               if (next->overrides != old->overrides) FLEETHOOK_CHECK(check_not_staged(*old));
               return replace(catalog, request.by, old, std::move(next), "override_set", unchanged);
             });
}

Result<void> remove(store::Integrations& store, const Request& request, const Target& target) {
  auto done = store.change_integrations(
      [&](const store::Catalog& catalog, const store::Making& making) -> Result<store::Changes> {
        FLEETHOOK_TRY(const core::IntegrationPtr old, find(catalog, request, target));
        store::Changes changes;
        if (!target.product.is_none() && old->shared()) {
          auto next = store::next_version(*old, making);
          take_out(*next, target.product);
          changes.audit.push_back(note(request.by, *next, "product_removed", difference(*old, *next), target.product));
          changes.integrations.push_back({std::move(next), "product_removed", request.by.user});
        } else {
          changes.audit.push_back(note(request.by, *old, "deleted"));
          changes.closed.push_back({old->number, {}});
        }
        return changes;
      });
  if (!done.ok()) return std::move(done).error();
  return {};
}

}  // namespace fleethook::sharing
