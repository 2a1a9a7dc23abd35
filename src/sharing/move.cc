#include <set>
#include <utility>

#include "sharing/rules.h"
#include "store/errors.h"

namespace fleethook::sharing {
namespace {

// One product on its way to another owner.
class Move {
 public:
  Move(const store::Catalog& catalog, const store::Making& making, const store::Actor& by, core::Product moved)
      : catalog_(catalog), making_(making), by_(by), moved_(std::move(moved)) {}

  Result<store::Changes> changes() {
    store::AuditEntry entry;
    entry.by = by_;
    entry.organization = moved_.organization;
    if (entry.organization.is_none()) entry.owner = moved_.user;
    entry.products = {moved_.id};
    entry.action = "product.moved";
    entry.target = std::to_string(moved_.id.value);
    entry.target_name = moved_.slug;
    const core::Product& before = *catalog_.product(moved_.id);
    store::put_change(entry.diff, "organization", slug_of(before.organization), slug_of(moved_.organization));
    changes_.audit.push_back(std::move(entry));
    changes_.products.push_back(moved_);
    for (const core::IntegrationPtr& integration : catalog_.integrations_of(moved_.id)) {
      FLEETHOOK_CHECK(take_along(*integration));
    }
    return std::move(changes_);
  }

 private:
  json::Value slug_of(const core::OrganizationId& id) const {
    const core::Organization* organization = catalog_.organization(id);
    return organization == nullptr ? json::Value() : json::Value(organization->slug);
  }

  core::Scope scope() const {
    return moved_.organization.is_none() ? core::Scope::kProduct : core::Scope::kOrganization;
  }

  Result<void> take_along(const core::Integration& old) {
    const core::IntegrationConfig config = in_effect(old, moved_.id);
    if (old.shared()) leave_behind(old);
    if (const core::IntegrationPtr joined = to_join(config)) return join(old, *joined);
    if (old.shared()) return copy(old, config);
    auto next = store::next_version(old, making_);
    next->config = config;
    next->overrides.clear();
    next->staged.reset();
    return put(old, std::move(next), "moved");
  }

  void leave_behind(const core::Integration& old) {
    auto remains = store::next_version(old, making_);
    take_out(*remains, moved_.id);
    changes_.audit.push_back(note(by_, *remains, "product_moved_away", difference(old, *remains), moved_.id));
    changes_.integrations.push_back({std::move(remains), "product_moved_away", by_.user});
  }

  // Each integration over there is joined once at most: a second identical one fires on its own, as it did.
  core::IntegrationPtr to_join(const core::IntegrationConfig& config) {
    const core::Organization* organization = catalog_.organization(moved_.organization);
    if (organization == nullptr || organization->group_identical != core::GroupIdentical::kAuto ||
        organization->plan == core::Plan::kFree) {
      return nullptr;
    }
    const auto fingerprint = core::fingerprint(config, core::Scope::kOrganization);
    for (const core::IntegrationPtr& candidate : catalog_.identical(organization->id, fingerprint)) {
      if (joined_.insert(candidate->number).second) return candidate;
    }
    return nullptr;
  }

  Result<void> join(const core::Integration& old, const core::Integration& there) {
    auto next = store::next_version(there, making_);
    adds_product(*next, moved_.id);
    FLEETHOOK_CHECK(check(*next, old.number));
    changes_.audit.push_back(note(by_, *next, "joined", difference(there, *next)));
    if (!old.shared()) changes_.closed.push_back({old.number, there.id});
    changes_.carried.push_back({old.number, changes_.integrations.size(), moved_.id});
    changes_.integrations.push_back({std::move(next), "joined", by_.user});
    return {};
  }

  Result<void> copy(const core::Integration& old, const core::IntegrationConfig& config) {
    auto fresh = store::new_integration(making_);
    fresh->config = config;
    fresh->products = {moved_.id};
    fresh->created_by = by_.user;
    fresh->separated_from = old.id;
    changes_.carried.push_back({old.number, changes_.integrations.size(), moved_.id});
    return put(old, std::move(fresh), "taken_along");
  }

  Result<void> put(const core::Integration& old, std::shared_ptr<core::Integration> next, const char* action) {
    next->scope = scope();
    next->organization = moved_.organization;
    next->user = moved_.organization.is_none() ? moved_.user : core::UserId();
    FLEETHOOK_CHECK(check(*next, old.number));
    changes_.audit.push_back(note(by_, *next, action));
    changes_.integrations.push_back({std::move(next), action, by_.user});
    return {};
  }

  // A move takes nothing away silently: what would render as nothing over there stops it.
  Result<void> check(const core::Integration& next, core::IntegrationNumber from) const {
    auto checked = check_names(catalog_, next, {from, moved_.id});
    if (checked.ok()) return {};
    return refused("missing_names", "the integration " + next.id.str() +
                                        " would lack secrets or variables there: " + checked.error().message);
  }

  const store::Catalog& catalog_;
  const store::Making& making_;
  const store::Actor& by_;
  const core::Product moved_;
  store::Changes changes_;
  std::set<core::IntegrationNumber> joined_;
};

Result<void> done(Result<std::vector<core::IntegrationPtr>> result) {
  if (!result.ok()) return std::move(result).error();
  return {};
}

}  // namespace

Result<void> move_product(store::Integrations& store,
                          const store::Actor& by,
                          core::ProductId product,
                          const core::OrganizationId& organization,
                          const core::UserId& user) {
  return done(store.change_integrations(
      [&](const store::Catalog& catalog, const store::Making& making) -> Result<store::Changes> {
        const core::Product* found = catalog.product(product);
        if (found == nullptr) return store::no_such("product", std::to_string(product.value));
        core::Product moved = *found;
        moved.organization = organization;
        if (organization.is_none()) moved.user = user;
        const bool stays = moved.organization == found->organization && moved.user == found->user;
        if (stays) return store::Changes();
        return Move(catalog, making, by, std::move(moved)).changes();
      }));
}

Result<void> delete_product(store::Integrations& store, const store::Actor& by, core::ProductId product) {
  return done(store.change_integrations(
      [&](const store::Catalog& catalog, const store::Making& making) -> Result<store::Changes> {
        const core::Product* found = catalog.product(product);
        if (found == nullptr) return store::no_such("product", std::to_string(product.value));
        store::Changes changes;
        store::AuditEntry entry;
        entry.by = by;
        entry.organization = found->organization;
        if (entry.organization.is_none()) entry.owner = found->user;
        entry.products = {product};
        entry.action = "product.deleted";
        entry.target = std::to_string(product.value);
        entry.target_name = found->slug;
        changes.audit.push_back(std::move(entry));
        for (const core::IntegrationPtr& integration : catalog.integrations_of(product)) {
          if (!integration->shared()) {
            changes.audit.push_back(note(by, *integration, "deleted"));
            changes.closed.push_back({integration->number, {}});
            continue;
          }
          auto next = store::next_version(*integration, making);
          take_out(*next, product);
          changes.audit.push_back(note(by, *next, "product_removed", difference(*integration, *next), product));
          changes.integrations.push_back({std::move(next), "product_removed", by.user});
        }
        changes.deleted_products.push_back(product);
        return changes;
      }));
}

}  // namespace fleethook::sharing
