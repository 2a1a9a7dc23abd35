#include "store/quotas.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/catalog_data.h"

namespace fleethook::store {
namespace {

Error over(std::string message) {
  return {Fault::kInvalid, std::move(message), "quota"};
}

// An organization, or else a user with sandbox and own products.
using Owner = std::pair<core::OrganizationId, core::UserId>;

Owner owner_of(const core::Integration& integration) {
  const bool of_organization = !integration.organization.is_none();
  return {integration.organization, of_organization ? core::UserId() : integration.user};
}

std::size_t integrations_of(const Catalog::Data& data, const Owner& owner) {
  if (!owner.first.is_none()) {
    const OrganizationEntry* entry = data.organizations.find(owner.first);
    return entry == nullptr ? 0 : entry->integrations.size();
  }
  const UserEntry* entry = data.users.find(owner.second);
  if (entry == nullptr) return 0;
  std::size_t count = entry->integrations.size();
  for (const core::ProductId id : entry->products) {
    if (const ProductEntry* product = data.products.find(id)) count += product->integrations.size();
  }
  return count;
}

const core::IntegrationPtr* before(const Catalog::Data& data, const Changes::Put& put) {
  return put.integration->number.is_none() ? nullptr : data.integrations.find(put.integration->number);
}

Result<void> check_owned(const Catalog::Data& data, const Changes& changes, const Limits& limits) {
  std::map<Owner, std::ptrdiff_t> more;
  for (const Changes::Closing& closing : changes.closed) {
    if (const core::IntegrationPtr* old = data.integrations.find(closing.number)) --more[owner_of(**old)];
  }
  for (const Changes::Put& put : changes.integrations) {
    ++more[owner_of(*put.integration)];
    if (const core::IntegrationPtr* old = before(data, put)) --more[owner_of(**old)];
  }
  for (const auto& [owner, count] : more) {
    if (count <= 0 ||
        integrations_of(data, owner) + static_cast<std::size_t>(count) <= limits.integrations_per_owner_max)
      continue;
    const std::string most = std::to_string(limits.integrations_per_owner_max);
    return over(owner.first.is_none()
                    ? "a user has at most " + most + " integrations, in the sandbox and in own products"
                    : "an organization has at most " + most + " integrations");
  }
  return {};
}

// Where integrations fire: a product, or (none) the sandbox of a user. What fires there is followed through the
// changes, on copies that share what they do not touch.
class Firing {
 public:
  Firing(const Catalog::Data& data, const Limits& limits) : data_(data), limits_(limits) {}

  void remove(const core::IntegrationPtr& integration) {
    for_each_place(integration, [](Place& place, const core::IntegrationPtr& running) {
      place.after = place.after.without(running->config.event, running);
    });
  }
  void add(const core::IntegrationPtr& integration) {
    for_each_place(integration, [](Place& place, const core::IntegrationPtr& running) {
      place.after = place.after.with(running->config.event, running);
      place.added.push_back(running->config.event);
    });
  }
  Result<void> result() const {
    for (const auto& [where, place] : places_) {
      for (const std::string& event : place.added) {
        const std::size_t count = place.after.most_matched(event);
        if (count <= limits_.integrations_per_event_max || count <= place.before.most_matched(event)) continue;
        Error error = over("event: one event fires at most " + std::to_string(limits_.integrations_per_event_max) +
                           " integrations " + name_of(where) + ", and events that begin with '" + event +
                           "' fire as many already");
        error.violations.push_back({"event", "too many integrations for events that begin so"});
        return error;
      }
    }
    return {};
  }

 private:
  using Where = std::pair<core::ProductId, core::UserId>;
  struct Place {
    Triggers before, after;
    std::vector<std::string> added;
  };

  template <class Do>
  void for_each_place(const core::IntegrationPtr& integration, Do&& act) {
    const auto at = [&](const Where& where, const core::IntegrationPtr& running) {
      if (!running->config.disabled) act(place(where), running);
    };
    if (integration->scope == core::Scope::kSandbox) at({{}, integration->user}, integration);
    for (const core::ProductId id : integration->products) at({id, {}}, core::Integration::running_on(integration, id));
  }
  Place& place(const Where& where) {
    const auto [found, fresh] = places_.try_emplace(where);
    if (!fresh) return found->second;
    if (const ProductEntry* product = data_.products.find(where.first)) found->second.before = product->triggers;
    if (const UserEntry* user = data_.users.find(where.second)) found->second.before = user->triggers;
    found->second.after = found->second.before;
    return found->second;
  }
  std::string name_of(const Where& where) const {
    const ProductEntry* product = data_.products.find(where.first);
    return product == nullptr ? "in a sandbox" : "on the product " + product->product.slug;
  }

  const Catalog::Data& data_;
  const Limits& limits_;
  std::map<Where, Place> places_;
};

// Whether it may fire where it did not before, or by other names.
bool fires_differently(const core::Integration& old, const core::Integration& next) {
  if (!old.overrides.empty() || !next.overrides.empty() || old.staged != next.staged) return true;
  return old.config.event != next.config.event || old.config.disabled != next.config.disabled ||
         old.products != next.products || old.user != next.user;
}

Result<void> check_fired(const Catalog::Data& data, const Changes& changes, const Limits& limits) {
  Firing firing(data, limits);
  for (const Changes::Closing& closing : changes.closed) {
    if (const core::IntegrationPtr* old = data.integrations.find(closing.number)) firing.remove(*old);
  }
  for (const Changes::Put& put : changes.integrations) {
    const core::IntegrationPtr* old = before(data, put);
    if (old != nullptr && !fires_differently(**old, *put.integration)) continue;
    if (old != nullptr) firing.remove(*old);
    auto settled = std::make_shared<core::Integration>(*put.integration);
    settled->settle(&put.integration->fingerprint);
    firing.add(std::move(settled));
  }
  return firing.result();
}

}  // namespace

Result<void> check_organization_quota(const Catalog::Data& data, const core::UserId& owner, const Limits& limits) {
  const UserEntry* entry = data.users.find(owner);
  if (entry == nullptr || entry->user.administrator) return {};
  const auto owned = std::ranges::count_if(entry->organizations, [&](const core::OrganizationId& id) {
    const OrganizationEntry* organization = data.organizations.find(id);
    return organization != nullptr && std::ranges::any_of(organization->members, [&](const core::Member& member) {
             return member.user == owner && member.role == core::Role::kOwner;
           });
  });
  if (static_cast<std::size_t>(owned) < limits.organizations_per_user_max) return {};
  return over("a user owns at most " + std::to_string(limits.organizations_per_user_max) + " organizations");
}

Result<void> check_product_quota(const Catalog::Data& data,
                                 const core::OrganizationId& organization,
                                 const core::UserId& user,
                                 const Limits& limits) {
  const OrganizationEntry* of_organization = data.organizations.find(organization);
  const UserEntry* of_user = data.users.find(user);
  const std::size_t count = of_organization != nullptr ? of_organization->products.size()
                            : of_user != nullptr       ? of_user->products.size()
                                                       : 0;
  if (count < limits.products_per_owner_max) return {};
  return over(std::string(of_organization != nullptr ? "an organization" : "a user") + " has at most " +
              std::to_string(limits.products_per_owner_max) + " products");
}

Result<void> check_integration_quotas(const Catalog::Data& data, const Changes& changes, const Limits& limits) {
  FLEETHOOK_CHECK(check_owned(data, changes, limits));
  return check_fired(data, changes, limits);
}

}  // namespace fleethook::store
