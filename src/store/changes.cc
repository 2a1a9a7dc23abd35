#include "store/changes.h"

#include <utility>

#include "store/catalog_data.h"
#include "store/catalog_editor.h"
#include "store/errors.h"
#include "store/quotas.h"
#include "store/secret_scope.h"

namespace fleethook::store {

std::shared_ptr<core::Integration> new_integration(const Making& making) {
  auto fresh = std::make_shared<core::Integration>();
  fresh->id = core::IntegrationId::make(making.now, making.random);
  fresh->created_at = fresh->updated_at = making.now;
  return fresh;
}

std::shared_ptr<core::Integration> next_version(const core::Integration& old, const Making& making) {
  auto next = std::make_shared<core::Integration>(old);
  next->version = ++next->last_version;
  next->updated_at = making.now;
  return next;
}

namespace {

// As it will be.
const core::Product* product_after(const Catalog::Data& data, const Changes& changes, core::ProductId id) {
  for (const core::Product& product : changes.products) {
    if (product.id == id) return &product;
  }
  const ProductEntry* entry = data.products.find(id);
  return entry == nullptr ? nullptr : &entry->product;
}

// The owner exists, and the product set is one that an integration of this scope can have.
Result<void> check_owner(const Catalog::Data& data, const Changes& changes, const core::Integration& integration) {
  const bool of_organization = integration.scope == core::Scope::kOrganization;
  if (of_organization ? !data.organizations.contains(integration.organization)
                      : data.person(integration.user) == nullptr) {
    return of_organization ? no_such("organization", integration.organization.str())
                           : no_such("user", integration.user.str());
  }
  if (integration.scope == core::Scope::kSandbox) {
    return integration.products.empty() ? Result<void>()
                                        : Error::field("product_ids", "a sandbox integration has no products");
  }
  if (integration.products.empty()) return Error::field("product_ids", "expected at least one product");
  if (!of_organization && integration.products.size() > 1) {
    return Error::field("product_ids", "an integration outside an organization runs on one product");
  }
  for (const core::ProductId id : integration.products) {
    const core::Product* product = product_after(data, changes, id);
    const bool owned =
        product != nullptr && (of_organization ? product->organization == integration.organization
                                               : product->organization.is_none() && product->user == integration.user);
    if (!owned) return no_such("product", std::to_string(id.value) + " of this owner");
  }
  return {};
}

std::vector<VariablesPtr> carried_variables(const Catalog::Data& data, const Changes& changes) {
  std::vector<VariablesPtr> carried;
  for (const Changes::Carrying& one : changes.carried) {
    const auto* placements = data.placement_variables.find(one.from);
    const auto found = placements == nullptr ? decltype(placements->begin()){} : placements->find(one.product);
    carried.push_back(placements == nullptr || found == placements->end() ? nullptr : found->second);
  }
  return carried;
}

}  // namespace

Result<void> check_changes(const Catalog::Data& data, const Changes& changes, const Limits& limits) {
  for (const core::Product& product : changes.products) {
    if (product.organization.is_none() && data.person(product.user) == nullptr)
      return no_such("user", product.user.str());
    FLEETHOOK_CHECK(check_product_quota(data, product.organization, product.user, limits));
  }
  for (const Changes::Put& put : changes.integrations) FLEETHOOK_CHECK(check_owner(data, changes, *put.integration));
  FLEETHOOK_CHECK(check_secret_use(data, changes, limits));
  return check_integration_quotas(data, changes, limits);
}

void put_changes(CatalogEditor& editor, const Changes& changes, Instant now) {
  // Before they go: ended placements take their pauses along.
  std::vector<std::pair<const Changes::Carrying*, core::Paused>> pauses;
  for (const Changes::Carrying& one : changes.carried) {
    const core::Paused* paused = editor.data().pauses.find(core::PlacementKey{one.from, one.product});
    if (paused != nullptr) pauses.emplace_back(&one, *paused);
  }
  const auto variables = carried_variables(editor.data(), changes);  // before what they hang on goes
  for (const core::Product& product : changes.products) editor.put_product(product);
  for (const Changes::Closing& closing : changes.closed) {
    if (closing.merged_into.is_none()) {
      editor.erase_integration(closing.number);
      continue;
    }
    auto closed = std::make_shared<core::Integration>(**editor.data().integrations.find(closing.number));
    closed->merged_into = closing.merged_into;
    closed->closed_at = now;
    closed->settle(&closed->fingerprint);
    editor.erase_integration(closing.number);
    editor.put_closed(std::move(closed));
  }
  for (const Changes::Put& put : changes.integrations) {
    editor.put_integration(put.integration);
  }
  for (const auto& [carrying, paused] : pauses) {
    editor.put_pause({changes.integrations[carrying->to].integration->number, carrying->product}, paused);
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const Changes::Carrying& one = changes.carried[i];
    if (variables[i] == nullptr) continue;
    editor.put_variables(VariablesOwner::of(changes.integrations[one.to].integration->number, one.product),
                         *variables[i]);
  }
  for (const core::ProductId product : changes.deleted_products) editor.erase_product(product);
}

}  // namespace fleethook::store
