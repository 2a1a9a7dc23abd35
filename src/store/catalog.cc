#include "store/catalog.h"

#include <algorithm>
#include <tuple>

#include "store/catalog_data.h"

namespace fleethook::store {
namespace {

// An entry by its other name, in two steps.
template <class Entries, class Index, class Name>
auto find_through(const Entries& entries, const Index& index, const Name& name) {
  const auto* id = index.find(name);
  return id == nullptr ? nullptr : entries.find(*id);
}

std::vector<core::IntegrationPtr> sorted(const IntegrationSet& set) {
  std::vector<core::IntegrationPtr> list;
  list.reserve(set.size());
  set.for_each([&](core::IntegrationNumber, const core::IntegrationPtr& integration) { list.push_back(integration); });
  std::ranges::sort(list, {}, [](const core::IntegrationPtr& integration) { return integration->number; });
  return list;
}

std::vector<const core::Device*> sorted(const CowSet<core::DeviceId>& set, const Catalog::Data& data) {
  std::vector<const core::Device*> list;
  list.reserve(set.size());
  set.for_each([&](const core::DeviceId& id, Nothing) { list.push_back(data.devices.find(id)); });
  std::ranges::sort(list, {}, [](const core::Device* device) { return device->id; });
  return list;
}

std::vector<const core::Product*> listed(const std::vector<core::ProductId>& ids, const Catalog::Data& data) {
  std::vector<const core::Product*> list;
  list.reserve(ids.size());
  for (const core::ProductId id : ids) list.push_back(&data.products.find(id)->product);
  return list;
}

core::Role role_among(const std::vector<core::Member>& members, const core::UserId& user) {
  const auto at = std::ranges::lower_bound(members, user, {}, &core::Member::user);
  return at == members.end() || at->user != user ? core::Role::kNone : at->role;
}

std::vector<const core::User*> listed(const CowSet<core::UserId>& ids, const Catalog::Data& data) {
  std::vector<const core::User*> list;
  list.reserve(ids.size());
  ids.for_each([&](const core::UserId& id, Nothing) { list.push_back(&data.users.find(id)->user); });
  std::ranges::sort(list, {}, [](const core::User* user) { return user->id; });
  return list;
}

}  // namespace

Catalog::Catalog() : data_(std::make_shared<const Data>()) {}
Catalog::Catalog(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
Catalog::~Catalog() = default;

std::uint64_t Catalog::revision() const {
  return data_->revision;
}

const core::User* Catalog::user(const core::UserId& id) const {
  const UserEntry* entry = data_->users.find(id);
  return entry == nullptr ? nullptr : &entry->user;
}

const core::User* Catalog::user_by_name(std::string_view username) const {
  const UserEntry* entry = find_through(data_->users, data_->usernames, username);
  return entry == nullptr ? nullptr : &entry->user;
}

const core::AccessToken* Catalog::token(const crypto::Digest& digest) const {
  return data_->tokens.find(digest);
}

std::vector<const core::AccessToken*> Catalog::tokens_of(const core::UserId& user) const {
  std::vector<const core::AccessToken*> list;
  const UserEntry* entry = data_->users.find(user);
  if (entry == nullptr) return list;
  list.reserve(entry->tokens.size());
  entry->tokens.for_each([&](const crypto::Digest& digest, Nothing) { list.push_back(data_->tokens.find(digest)); });
  std::ranges::sort(list, [](const core::AccessToken* a, const core::AccessToken* b) {
    return std::tie(b->created_at, b->digest) < std::tie(a->created_at, a->digest);
  });
  return list;
}

std::size_t Catalog::open_sessions(Instant now, Duration session_idle_max) const {
  std::size_t open = 0;
  data_->tokens.for_each([&](const crypto::Digest&, const core::AccessToken& token) {
    open += token.kind == core::TokenKind::kSession && !core::has_ended(token, now, session_idle_max) ? 1 : 0;
  });
  return open;
}

std::vector<const core::User*> Catalog::people() const {
  std::vector<const core::User*> list;
  data_->users.for_each([&](const core::UserId&, const UserEntry& entry) {
    if (!entry.user.api) list.push_back(&entry.user);
  });
  std::ranges::sort(list, {}, &core::User::username);
  return list;
}

const core::Organization* Catalog::organization(const core::OrganizationId& id) const {
  const OrganizationEntry* entry = data_->organizations.find(id);
  return entry == nullptr ? nullptr : &entry->organization;
}

const core::Organization* Catalog::organization_by_slug(std::string_view slug) const {
  const OrganizationEntry* entry = find_through(data_->organizations, data_->organization_slugs, slug);
  return entry == nullptr ? nullptr : &entry->organization;
}

const core::Product* Catalog::product(core::ProductId id) const {
  const ProductEntry* entry = data_->products.find(id);
  return entry == nullptr ? nullptr : &entry->product;
}

const core::Product* Catalog::product_by_slug(std::string_view slug) const {
  const ProductEntry* entry = find_through(data_->products, data_->product_slugs, slug);
  return entry == nullptr ? nullptr : &entry->product;
}

const core::Device* Catalog::device(const core::DeviceId& id) const {
  return data_->devices.find(id);
}

const core::Device* Catalog::own_device(const core::DeviceId& id) const {
  return data_->own_devices.find(id);
}

const core::Device* Catalog::device_of(const core::UserId& user, const core::DeviceId& id) const {
  const core::Device* in_product = device(id);
  if (in_product != nullptr && (user.is_none() || in_product->owner != user)) in_product = nullptr;
  if (in_product != nullptr && in_product->owner_agreed) return in_product;
  const core::Device* own = own_device(id);
  return own != nullptr && own->owner == user ? own : in_product;
}

std::size_t Catalog::device_count(core::ProductId product) const {
  const ProductEntry* entry = data_->products.find(product);
  return entry == nullptr ? 0 : entry->devices.size();
}

std::vector<const core::Organization*> Catalog::organizations_of(const core::UserId& member) const {
  std::vector<const core::Organization*> list;
  const UserEntry* entry = data_->users.find(member);
  if (entry == nullptr) return list;
  for (const core::OrganizationId& id : entry->organizations) list.push_back(organization(id));
  return list;
}

std::vector<const core::Organization*> Catalog::organizations() const {
  std::vector<const OrganizationEntry*> entries;
  entries.reserve(data_->organizations.size());
  data_->organizations.for_each([&](const auto&, const OrganizationEntry& entry) { entries.push_back(&entry); });
  std::ranges::sort(entries, {}, &OrganizationEntry::order);
  std::vector<const core::Organization*> list;
  list.reserve(entries.size());
  for (const OrganizationEntry* entry : entries) list.push_back(&entry->organization);
  return list;
}

std::vector<const core::Product*> Catalog::products_of(const core::OrganizationId& organization) const {
  const OrganizationEntry* entry = data_->organizations.find(organization);
  return entry == nullptr ? std::vector<const core::Product*>() : listed(entry->products, *data_);
}

std::vector<const core::Product*> Catalog::products_of(const core::UserId& user) const {
  const UserEntry* entry = data_->users.find(user);
  return entry == nullptr ? std::vector<const core::Product*>() : listed(entry->products, *data_);
}

std::vector<const core::Product*> Catalog::products_joined_by(const core::UserId& user) const {
  const UserEntry* entry = data_->users.find(user);
  return entry == nullptr ? std::vector<const core::Product*>() : listed(entry->joined_products, *data_);
}

std::vector<const core::Device*> Catalog::devices_of(core::ProductId product) const {
  const ProductEntry* entry = data_->products.find(product);
  return entry == nullptr ? std::vector<const core::Device*>() : sorted(entry->devices, *data_);
}

std::vector<const core::Device*> Catalog::devices_of(const core::UserId& owner) const {
  std::vector<const core::Device*> list;
  const UserEntry* entry = data_->users.find(owner);
  if (entry == nullptr) return list;
  const auto add = [&](const core::DeviceId& id, Nothing) { list.push_back(device_of(owner, id)); };
  entry->devices.for_each(add);
  entry->own_devices.for_each(add);
  std::ranges::sort(list, {}, [](const core::Device* device) { return device->id; });
  list.erase(std::ranges::unique(list).begin(), list.end());
  return list;
}

std::vector<DeviceGroup> Catalog::groups_of(core::ProductId product) const {
  std::vector<DeviceGroup> groups;
  const ProductEntry* entry = data_->products.find(product);
  if (entry == nullptr) return groups;
  entry->groups.for_each([&](const std::string& name, std::size_t devices) { groups.push_back({name, devices}); });
  std::ranges::sort(groups, {}, &DeviceGroup::name);
  return groups;
}

core::Role Catalog::role_in(const core::OrganizationId& organization, const core::UserId& user) const {
  const OrganizationEntry* entry = data_->organizations.find(organization);
  return entry == nullptr ? core::Role::kNone : role_among(entry->members, user);
}

core::Role Catalog::role_on(core::ProductId product, const core::UserId& user) const {
  const ProductEntry* entry = data_->products.find(product);
  if (entry == nullptr || user.is_none()) return core::Role::kNone;
  const core::OrganizationId& organization = entry->product.organization;
  if (organization.is_none() && entry->product.user == user) return core::Role::kOwner;
  return std::max(role_in(organization, user), role_among(entry->members, user));
}

std::vector<core::Member> Catalog::team_of(const core::OrganizationId& organization) const {
  const OrganizationEntry* entry = data_->organizations.find(organization);
  return entry == nullptr ? std::vector<core::Member>() : entry->members;
}

std::vector<core::Member> Catalog::team_of(core::ProductId product) const {
  const ProductEntry* entry = data_->products.find(product);
  return entry == nullptr ? std::vector<core::Member>() : entry->members;
}

std::vector<const core::User*> Catalog::api_users_of(const core::OrganizationId& organization) const {
  const OrganizationEntry* entry = data_->organizations.find(organization);
  return entry == nullptr ? std::vector<const core::User*>() : listed(entry->api_users, *data_);
}

std::vector<const core::User*> Catalog::api_users_of(core::ProductId product) const {
  const ProductEntry* entry = data_->products.find(product);
  return entry == nullptr ? std::vector<const core::User*>() : listed(entry->api_users, *data_);
}

core::IntegrationPtr Catalog::integration(const core::IntegrationId& id) const {
  const core::IntegrationPtr* integration = find_through(data_->integrations, data_->integration_numbers, id);
  return integration == nullptr ? nullptr : *integration;
}

core::IntegrationPtr Catalog::integration(core::IntegrationNumber number) const {
  const core::IntegrationPtr* integration = data_->integrations.find(number);
  return integration == nullptr ? nullptr : *integration;
}

std::vector<core::IntegrationPtr> Catalog::integrations_of(core::ProductId product) const {
  const ProductEntry* entry = data_->products.find(product);
  return entry == nullptr ? std::vector<core::IntegrationPtr>() : sorted(entry->integrations);
}

std::vector<core::IntegrationPtr> Catalog::integrations_of(const core::OrganizationId& organization) const {
  const OrganizationEntry* entry = data_->organizations.find(organization);
  return entry == nullptr ? std::vector<core::IntegrationPtr>() : sorted(entry->integrations);
}

std::vector<core::IntegrationPtr> Catalog::sandbox_integrations_of(const core::UserId& user) const {
  const UserEntry* entry = data_->users.find(user);
  return entry == nullptr ? std::vector<core::IntegrationPtr>() : sorted(entry->integrations);
}

std::size_t Catalog::integration_count() const {
  return data_->integrations.size();
}

Catalog::Sizes Catalog::sizes() const {
  return {data_->users.size(), data_->organizations.size(), data_->products.size(),
          data_->devices.size() + data_->own_devices.size(), data_->integrations.size()};
}

core::IntegrationPtr Catalog::closed_integration(const core::IntegrationId& id) const {
  const core::IntegrationPtr* closed = data_->closed.find(id);
  return closed == nullptr ? nullptr : *closed;
}

std::vector<core::IntegrationPtr> Catalog::identical(const core::OrganizationId& organization,
                                                     const crypto::Digest& fingerprint) const {
  std::vector<core::IntegrationPtr> list;
  const OrganizationEntry* entry = data_->organizations.find(organization);
  const auto* numbers = entry == nullptr ? nullptr : entry->fingerprints.find(fingerprint);
  if (numbers == nullptr) return list;
  for (const core::IntegrationNumber number : *numbers) list.push_back(*data_->integrations.find(number));
  return list;
}

std::vector<core::IntegrationPtr> Catalog::staged_integrations() const {
  std::vector<core::IntegrationPtr> list;
  data_->staged.for_each(
      [&](core::IntegrationNumber number, Nothing) { list.push_back(*data_->integrations.find(number)); });
  std::ranges::sort(list, {}, [](const core::IntegrationPtr& integration) { return integration->number; });
  return list;
}

const core::Paused* Catalog::paused(core::IntegrationNumber integration, core::ProductId product) const {
  return data_->pauses.empty() ? nullptr : data_->pauses.find(core::PlacementKey{integration, product});
}

core::Pause Catalog::pause(core::IntegrationNumber integration, core::ProductId product) const {
  const core::Paused* found = paused(integration, product);
  return found == nullptr ? core::Pause::kRunning : found->mode;
}

core::IntegrationPtr Catalog::in_place_of(core::IntegrationNumber number) const {
  const core::IntegrationPtr* integration = data_->integrations.find(number);
  while (integration == nullptr) {
    // An integration is merged into one that was there, so this ends.
    const core::IntegrationId* into = data_->merged.find(number);
    if (into == nullptr) return nullptr;
    if (const core::IntegrationNumber* alive = data_->integration_numbers.find(*into)) {
      number = *alive;
    } else if (const core::IntegrationPtr* closed = data_->closed.find(*into)) {
      number = (*closed)->number;
    } else {
      return nullptr;
    }
    integration = data_->integrations.find(number);
  }
  return *integration;
}

core::Standing Catalog::standing(const core::PlacementKey& placement) const {
  const core::IntegrationPtr integration = in_place_of(placement.integration);
  if (integration == nullptr) return core::Standing::kGone;
  if (core::Integration::running_on(integration, placement.product)->config.disabled) return core::Standing::kDisabled;
  switch (pause(integration->number, placement.product)) {
    case core::Pause::kHold:
      return core::Standing::kHeld;
    case core::Pause::kSkip:
      return core::Standing::kSkipped;
    case core::Pause::kRunning:
      break;
  }
  return core::Standing::kRunning;
}

const core::Dropped* Catalog::dropped(const core::PlacementKey& placement) const {
  return data_->dropped.empty() ? nullptr : data_->dropped.find(placement);
}

const core::Moved* Catalog::moved(const core::PlacementKey& placement) const {
  return data_->moved.empty() ? nullptr : data_->moved.find(placement);
}

const Secrets* Catalog::secrets(const SecretOwner& owner) const {
  const SecretsPtr* found = !owner.organization.is_none() ? data_->organization_secrets.find(owner.organization)
                                                          : data_->user_secrets.find(owner.user);
  return found == nullptr ? nullptr : found->get();
}

const Variables* Catalog::variables(const VariablesOwner& owner) const {
  if (!owner.integration.is_none()) {
    const auto* placements = data_->placement_variables.find(owner.integration);
    if (placements == nullptr) return nullptr;
    const auto found = placements->find(owner.product);
    return found == placements->end() ? nullptr : found->second.get();
  }
  const VariablesPtr* found = !owner.product.is_none() ? data_->product_variables.find(owner.product)
                                                       : data_->organization_variables.find(owner.organization);
  return found == nullptr ? nullptr : found->get();
}

const Triggers* Catalog::triggers(core::ProductId product) const {
  const ProductEntry* entry = data_->products.find(product);
  return entry == nullptr || entry->triggers.empty() ? nullptr : &entry->triggers;
}

const Triggers* Catalog::sandbox_triggers(const core::UserId& user) const {
  const UserEntry* entry = data_->users.find(user);
  return entry == nullptr || entry->triggers.empty() ? nullptr : &entry->triggers;
}

}  // namespace fleethook::store
