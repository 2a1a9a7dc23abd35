#include "store/changes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "store/catalog_data.h"
#include "store/draft.h"
#include "store/errors.h"
#include "store/quotas.h"
#include "store/secret_rules.h"
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

// Who has a role through the new owner has no place in the product's own team.
Result<void> move_product(Draft& draft, const core::Product& product) {
  const ProductEntry* there = draft.data().products.find(product.id);
  if (there == nullptr) return no_such("product", std::to_string(product.id.value));
  const OrganizationEntry* organization = draft.data().organizations.find(product.organization);
  const auto has_role = [&](const core::UserId& user) {
    if (organization == nullptr) return user == product.user;
    return std::ranges::find(organization->members, user, &core::Member::user) != organization->members.end();
  };
  const std::vector<core::Member> members = there->members;
  for (const core::Member& member : members) {
    if (has_role(member.user)) draft.put(row::EraseMember{{{}, product.id}, member.user});
  }
  draft.put(row::PutProduct{product});
  return {};
}

void put_integration(Draft& draft, const Changes::Put& put) {
  const core::Integration& fresh = *put.integration;
  const core::IntegrationPtr* found = draft.data().integrations.find(fresh.number);
  const core::IntegrationPtr old = found == nullptr ? nullptr : *found;
  const std::vector<core::ProductId> before = old == nullptr ? std::vector<core::ProductId>() : old->products;
  row::PutIntegration row{put.integration, {}, put.action, put.by, {}, {}, draft.now()};
  // Versions are numbered in the order of their making.
  const std::uint32_t known = old == nullptr ? 0 : old->last_version;
  if (fresh.version > known) row.versions.push_back(fresh.version);
  if (fresh.staged != nullptr && fresh.staged->version > known) row.versions.push_back(fresh.staged->version);
  std::ranges::set_difference(fresh.products, before, std::back_inserter(row.joined));
  std::ranges::set_difference(before, fresh.products, std::back_inserter(row.left));
  draft.put(std::move(row));
}

// Of the placement as it was: what hung on it has gone with it.
void carry(Draft& draft, const Changes::Carrying& one, core::IntegrationNumber to) {
  const Catalog& before = draft.base();
  if (const core::Paused* paused = before.data().pauses.find(core::PlacementKey{one.from, one.product}))
    draft.put(row::PutPause{{to, one.product}, *paused});
  if (const Variables* variables = before.variables(VariablesOwner::of(one.from, one.product)))
    draft.put(row::PutVariables{VariablesOwner::of(to, one.product), *variables});
}

}  // namespace

Result<std::vector<core::IntegrationPtr>> change_integrations(Draft& draft, const Rule& rule) {
  std::vector<core::IntegrationPtr> made;
  const Instant now = draft.now();
  FLEETHOOK_TRY(Changes changes, rule(draft.base(), Making{now, draft.random()}));
  if (changes.empty()) return made;
  FLEETHOOK_CHECK(check_changes(draft.data(), changes, draft.limits()));
  for (const core::Product& product : changes.products) FLEETHOOK_CHECK(move_product(draft, product));
  for (const Changes::Closing& one : changes.closed) draft.put(row::CloseIntegration{one.number, one.merged_into, now});
  for (const Changes::Put& put : changes.integrations) {
    if (put.integration->number.is_none()) {
      FLEETHOOK_TRY(put.integration->number, draft.numbers().next_integration());
    }
    put.integration->settle();
    put_integration(draft, put);
    made.push_back(put.integration);
  }
  for (const Changes::Carrying& one : changes.carried) carry(draft, one, made[one.to]->number);
  for (const core::ProductId id : changes.deleted_products) draft.put(row::EraseProduct{id, now});
  draft.note(audit_of_selections(draft.base().data(), changes, now));
  const Actor by = changes.audit.empty() ? Actor() : changes.audit.front().by;
  for (AuditEntry& entry : changes.audit) {
    entry.at = now;
    draft.note(std::move(entry));
  }
  draft.end_lost_ground(by);  // products moved or went
  return made;
}

}  // namespace fleethook::store
