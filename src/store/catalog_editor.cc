#include "store/catalog_editor.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/assert.h"
#include "store/device_rules.h"

namespace fleethook::store {
namespace {

// Keeps `index` saying which id has `name`, when an entry is new (old_name null) or renamed.
template <class Id>
void rename(CowMap<std::string, Id>& index,
            const Edit& edit,
            const std::string* old_name,
            const std::string& name,
            const Id& id) {
  if (old_name != nullptr && *old_name == name) return;
  if (old_name != nullptr) index.erase(edit, *old_name);
  FLEETHOOK_ASSERT(!index.contains(name));
  index.set(edit, name, id);
}

bool fires(const core::Integration& integration) {
  return !integration.config.disabled;
}

void disarm(Triggers& triggers, const core::IntegrationPtr& integration) {
  if (fires(*integration)) triggers = triggers.without(integration->config.event, integration);
}

void arm(Triggers& triggers, const core::IntegrationPtr& integration) {
  if (fires(*integration)) triggers = triggers.with(integration->config.event, integration);
}

// The value of a key that must be there, ready to be changed.
template <class Map, class Key>
auto& existing(Map& map, const Edit& edit, const Key& key) {
  auto* value = map.change(edit, key);
  FLEETHOOK_ASSERT(value != nullptr);
  return *value;
}

// True when the user was not in there before.
bool put_in(std::vector<core::Member>& members, const core::UserId& user, core::Role role) {
  const auto at = std::ranges::lower_bound(members, user, {}, &core::Member::user);
  if (at != members.end() && at->user == user) {
    at->role = role;
    return false;
  }
  members.insert(at, {user, role});
  return true;
}

void take_out(std::vector<core::Member>& members, const core::UserId& user) {
  std::erase_if(members, [&](const core::Member& member) { return member.user == user; });
}

}  // namespace

void CatalogEditor::put_user(const core::User& user) {
  changed_ = true;
  const UserEntry* old = data_->users.find(user.id);
  rename(data_->usernames, edit_, old == nullptr ? nullptr : &old->user.username, user.username, user.id);
  if (user.api && (old == nullptr || !old->user.api)) {
    auto& api_users = user.api->organization.is_none()
                          ? existing(data_->products, edit_, user.api->product).api_users
                          : existing(data_->organizations, edit_, user.api->organization).api_users;
    api_users.set(edit_, user.id, {});
  }
  if (old != nullptr && old->user.administrator && !user.administrator) weaken(user.id);
  data_->users.at(edit_, user.id).user = user;
}

void CatalogEditor::erase_user(const core::UserId& id) {
  const UserEntry* found = data_->users.find(id);
  FLEETHOOK_ASSERT(found != nullptr && found->products.empty());
  changed_ = true;
  const std::string username = found->user.username;
  const auto api = found->user.api;
  const auto organizations = found->organizations;
  const auto joined_products = found->joined_products;
  const auto integrations = keys_of(found->integrations);
  const auto claims = keys_of(found->devices);
  const auto devices = keys_of(found->own_devices);
  const auto invitations = keys_of(found->invitations);
  const auto* for_it = data_->invited.find(username);
  const auto invited = for_it == nullptr ? std::vector<core::InvitationId>() : *for_it;
  for (const crypto::Digest& digest : keys_of(found->tokens)) erase_token(digest);
  for (const core::IntegrationNumber number : integrations) erase_integration(number);
  for (const core::DeviceId& device : claims) end_claim(device);
  for (const core::DeviceId& device : devices) erase_own_device(device);
  for (const core::OrganizationId& organization : organizations) erase_member(organization, id);
  for (const core::ProductId product : joined_products) erase_member(product, id);
  for (const core::InvitationId& invitation : invitations)
    end_invitation(invitation, "whoever invited has no account any more");
  for (const core::InvitationId& invitation : invited) end_invitation(invitation, "the account was deleted");
  if (api && !api->organization.is_none()) {
    existing(data_->organizations, edit_, api->organization).api_users.erase(edit_, id);
  } else if (api) {
    existing(data_->products, edit_, api->product).api_users.erase(edit_, id);
  }
  data_->user_secrets.erase(edit_, id);
  data_->usernames.erase(edit_, username);
  data_->users.erase(edit_, id);
}

void CatalogEditor::put_token(const core::AccessToken& token) {
  FLEETHOOK_ASSERT(!data_->tokens.contains(token.digest));
  changed_ = true;
  existing(data_->users, edit_, token.user).tokens.set(edit_, token.digest, {});
  data_->tokens.set(edit_, token.digest, token);
}

bool CatalogEditor::erase_token(const crypto::Digest& digest) {
  const core::AccessToken* token = data_->tokens.find(digest);
  if (token == nullptr) return false;
  changed_ = true;
  existing(data_->users, edit_, token->user).tokens.erase(edit_, digest);
  return data_->tokens.erase(edit_, digest);
}

void CatalogEditor::put_organization(const core::Organization& organization, std::uint64_t order) {
  changed_ = true;
  const OrganizationEntry* old = data_->organizations.find(organization.id);
  rename(data_->organization_slugs, edit_, old == nullptr ? nullptr : &old->organization.slug, organization.slug,
         organization.id);
  const bool added = old == nullptr;
  OrganizationEntry& entry = data_->organizations.at(edit_, organization.id);
  entry.organization = organization;
  if (added) entry.order = order;
}

void CatalogEditor::put_member(const core::OrganizationId& organization, const core::UserId& user, core::Role role) {
  UserEntry& person = existing(data_->users, edit_, user);
  OrganizationEntry& entry = existing(data_->organizations, edit_, organization);
  changed_ = true;
  weaken(user);
  if (!put_in(entry.members, user, role)) return;
  const auto order = [&](const core::OrganizationId& id) { return data_->organizations.find(id)->order; };
  person.organizations.insert(std::ranges::upper_bound(person.organizations, entry.order, {}, order), organization);
}

void CatalogEditor::put_member(core::ProductId product, const core::UserId& user, core::Role role) {
  UserEntry& person = existing(data_->users, edit_, user);
  changed_ = true;
  weaken(user);
  if (!put_in(existing(data_->products, edit_, product).members, user, role)) return;
  auto& joined = person.joined_products;
  joined.insert(std::ranges::upper_bound(joined, product), product);
}

void CatalogEditor::erase_member(const core::OrganizationId& organization, const core::UserId& user) {
  changed_ = true;
  take_out(existing(data_->organizations, edit_, organization).members, user);
  std::erase(existing(data_->users, edit_, user).organizations, organization);
  weaken(user);
}

void CatalogEditor::erase_member(core::ProductId product, const core::UserId& user) {
  changed_ = true;
  take_out(existing(data_->products, edit_, product).members, user);
  std::erase(existing(data_->users, edit_, user).joined_products, product);
  weaken(user);
}

std::vector<core::ProductId>& CatalogEditor::products_of_owner(const core::Product& product) {
  if (OrganizationEntry* organization = data_->organizations.change(edit_, product.organization)) {
    return organization->products;
  }
  return existing(data_->users, edit_, product.user).products;
}

void CatalogEditor::put_product(const core::Product& product) {
  changed_ = true;
  const ProductEntry* old = data_->products.find(product.id);
  rename(data_->product_slugs, edit_, old == nullptr ? nullptr : &old->product.slug, product.slug, product.id);
  const bool moves = old != nullptr && (old->product.organization != product.organization ||
                                        (product.organization.is_none() && old->product.user != product.user));
  if (moves) std::erase(products_of_owner(old->product), product.id);
  if (old == nullptr || moves) {
    auto& list = products_of_owner(product);
    list.insert(std::ranges::upper_bound(list, product.id), product.id);
  }
  data_->products.at(edit_, product.id).product = product;
  if (!moves) return;
  moved_.push_back(product.id);
  moved_teams_.push_back(product.id);
}

void CatalogEditor::erase_product(core::ProductId id) {
  const ProductEntry& entry = existing(data_->products, edit_, id);
  FLEETHOOK_ASSERT(entry.integrations.size() == 0);
  changed_ = true;
  const core::Product product = entry.product;
  const auto members = entry.members;
  const auto api_users = keys_of(entry.api_users);
  const auto devices = keys_of(entry.devices);
  const auto invitations = keys_of(entry.invitations);
  for (const core::InvitationId& invitation : invitations) erase_invitation(invitation);
  for (const core::Member& member : members) erase_member(id, member.user);
  for (const core::UserId& user : api_users) erase_user(user);
  for (const core::DeviceId& device : devices) {
    end_claim(device);
    erase_device(device);
  }
  std::erase(products_of_owner(product), id);
  data_->product_slugs.erase(edit_, product.slug);
  data_->product_variables.erase(edit_, id);
  data_->products.erase(edit_, id);
}

void CatalogEditor::count_in_groups(const core::Device& device, int change) {
  if (device.groups.empty()) return;
  auto& groups = existing(data_->products, edit_, device.product).groups;
  for (const std::string& group : device.groups) {
    std::size_t& devices = groups.at(edit_, group);
    devices += static_cast<std::size_t>(change);
    if (devices == 0) groups.erase(edit_, group);
  }
}

void CatalogEditor::put_device(const core::Device& device) {
  FLEETHOOK_ASSERT(!device.product.is_none());
  changed_ = true;
  changed_devices_.push_back(device.id);
  core::Device& entry = data_->devices.at(edit_, device.id);
  FLEETHOOK_ASSERT(entry.product.is_none() || entry.product == device.product);
  const bool fresh = entry.product.is_none();
  ProductEntry* product = nullptr;  // copied only for what is in it
  if (fresh || entry.owner != device.owner || entry.groups != device.groups) {
    product = &existing(data_->products, edit_, device.product);
  }
  if (entry.groups != device.groups) {
    if (!fresh) count_in_groups(entry, -1);
    count_in_groups(device, +1);
  }
  if (fresh) product->devices.set(edit_, device.id, {});
  if (entry.owner != device.owner) {
    if (!entry.owner.is_none()) existing(data_->users, edit_, entry.owner).devices.erase(edit_, device.id);
    if (device.owner.is_none()) {
      product->claimed.erase(edit_, device.id);
    } else {
      existing(data_->users, edit_, device.owner).devices.set(edit_, device.id, {});
      product->claimed.set(edit_, device.id, {});
    }
  }
  entry = device;
}

void CatalogEditor::put_own_device(const core::Device& device) {
  FLEETHOOK_ASSERT(device.product.is_none() && device.groups.empty() && !device.owner.is_none());
  changed_ = true;
  changed_devices_.push_back(device.id);
  core::Device& entry = data_->own_devices.at(edit_, device.id);
  FLEETHOOK_ASSERT(entry.owner.is_none() || entry.owner == device.owner);
  if (entry.owner.is_none()) existing(data_->users, edit_, device.owner).own_devices.set(edit_, device.id, {});
  entry = device;
}

void CatalogEditor::erase_device(const core::DeviceId& id) {
  const core::Device device = existing(data_->devices, edit_, id);
  changed_ = true;
  changed_devices_.push_back(id);
  count_in_groups(device, -1);
  ProductEntry& product = existing(data_->products, edit_, device.product);
  product.devices.erase(edit_, id);
  product.claimed.erase(edit_, id);
  if (!device.owner.is_none()) existing(data_->users, edit_, device.owner).devices.erase(edit_, id);
  data_->devices.erase(edit_, id);
}

void CatalogEditor::erase_own_device(const core::DeviceId& id) {
  const core::Device device = existing(data_->own_devices, edit_, id);
  changed_ = true;
  changed_devices_.push_back(id);
  existing(data_->users, edit_, device.owner).own_devices.erase(edit_, id);
  data_->own_devices.erase(edit_, id);
}

void CatalogEditor::end_claim(const core::DeviceId& id) {
  core::Device device = *data_->devices.find(id);
  if (device.owner.is_none()) return;
  ended_.push_back({id, device.product, device.owner, data_->users.find(device.owner)->user.username});
  device.owner = {};
  device.owner_agreed = true;
  put_device(device);
}

void CatalogEditor::end_claim_if_lost(const core::DeviceId& id) {
  const core::Device& device = *data_->devices.find(id);
  if (!may_have_devices(so_far(), device.product, device.owner)) end_claim(id);
}

std::vector<CatalogEditor::EndedClaim> CatalogEditor::end_lost_claims() {
  for (const core::UserId& user : std::exchange(weakened_, {})) {
    const UserEntry* entry = data_->users.find(user);
    if (entry == nullptr) continue;
    for (const core::DeviceId& id : keys_of(entry->devices)) end_claim_if_lost(id);
  }
  for (const core::ProductId product : std::exchange(moved_, {})) {
    const ProductEntry* entry = data_->products.find(product);
    if (entry == nullptr) continue;
    for (const core::DeviceId& id : keys_of(entry->claimed)) end_claim_if_lost(id);
  }
  return std::exchange(ended_, {});
}

// place(IntegrationSet&, Triggers*, running) for each list that shows the integration, with the integration as it runs
// there; the organization's list has no triggers.
template <class Place>
void CatalogEditor::for_each_place(const core::IntegrationPtr& integration, Place&& place) {
  if (OrganizationEntry* organization = data_->organizations.change(edit_, integration->organization)) {
    place(organization->integrations, nullptr, integration);
  }
  if (integration->scope == core::Scope::kSandbox) {
    UserEntry& user = existing(data_->users, edit_, integration->user);
    place(user.integrations, &user.triggers, integration);
  }
  for (const core::ProductId id : integration->products) {
    ProductEntry& product = existing(data_->products, edit_, id);
    place(product.integrations, &product.triggers, core::Integration::running_on(integration, id));
  }
}

void CatalogEditor::index_integration(const core::IntegrationPtr& integration) {
  changed_ = true;
  const core::IntegrationNumber number = integration->number;
  data_->integrations.set(edit_, number, integration);
  data_->integration_numbers.set(edit_, integration->id, number);
  if (integration->staged != nullptr) data_->staged.set(edit_, number, {});
  if (OrganizationEntry* organization = data_->organizations.change(edit_, integration->organization)) {
    auto& list = organization->fingerprints.at(edit_, integration->fingerprint);
    list.insert(std::ranges::upper_bound(list, number), number);
  }
}

void CatalogEditor::unindex_integration(const core::IntegrationPtr& integration) {
  changed_ = true;
  const core::IntegrationNumber number = integration->number;
  data_->integrations.erase(edit_, number);
  data_->integration_numbers.erase(edit_, integration->id);
  data_->staged.erase(edit_, number);
  if (OrganizationEntry* organization = data_->organizations.change(edit_, integration->organization)) {
    auto& list = organization->fingerprints.at(edit_, integration->fingerprint);
    std::erase(list, number);
    if (list.empty()) organization->fingerprints.erase(edit_, integration->fingerprint);
  }
}

void CatalogEditor::put_integration(const core::IntegrationPtr& integration) {
  FLEETHOOK_ASSERT(!integration->number.is_none());
  if (const core::IntegrationPtr* found = data_->integrations.find(integration->number)) {
    const core::IntegrationPtr old = *found;
    end_pauses(*old, integration.get());
    take_integration_out(old);
  }
  index_integration(integration);
  if (auto* placements = data_->placement_variables.change(edit_, integration->number)) {
    std::erase_if(*placements, [&](const auto& one) { return !integration->on(one.first); });
    if (placements->empty()) data_->placement_variables.erase(edit_, integration->number);
  }
  for_each_place(integration, [&](IntegrationSet& set, Triggers* triggers, const core::IntegrationPtr& running) {
    set.set(edit_, integration->number, integration);
    if (triggers != nullptr) arm(*triggers, running);
  });
}

void CatalogEditor::put_integrations(const std::vector<core::IntegrationPtr>& integrations) {
  // By the lists' ids, not by address: entries move while others come.
  std::map<core::ProductId, std::vector<std::pair<std::string, core::IntegrationPtr>>> of_products;
  std::map<core::UserId, std::vector<std::pair<std::string, core::IntegrationPtr>>> of_users;
  for (const core::IntegrationPtr& integration : integrations) {
    FLEETHOOK_ASSERT(!data_->integrations.contains(integration->number));
    index_integration(integration);
    for_each_place(integration, [&](IntegrationSet& set, Triggers*, const core::IntegrationPtr&) {
      set.set(edit_, integration->number, integration);
    });
    if (integration->scope == core::Scope::kSandbox && fires(*integration))
      of_users[integration->user].emplace_back(integration->config.event, integration);
    for (const core::ProductId id : integration->products) {
      const core::IntegrationPtr& running = core::Integration::running_on(integration, id);
      if (fires(*running)) of_products[id].emplace_back(running->config.event, running);
    }
  }
  const auto build = [](Triggers& triggers, auto& entries) {
    if (triggers.empty()) {
      triggers = Triggers::of(std::move(entries));
    } else {
      for (auto& [event, integration] : entries) triggers = triggers.with(event, std::move(integration));
    }
  };
  for (auto& [id, entries] : of_products) build(data_->products.at(edit_, id).triggers, entries);
  for (auto& [id, entries] : of_users) build(data_->users.at(edit_, id).triggers, entries);
}

void CatalogEditor::erase_integration(core::IntegrationNumber number) {
  const core::IntegrationPtr* found = data_->integrations.find(number);
  if (found == nullptr) return;
  data_->placement_variables.erase(edit_, number);
  const core::IntegrationPtr old = *found;
  end_pauses(*old, nullptr);
  take_integration_out(old);
}

void CatalogEditor::take_integration_out(const core::IntegrationPtr& integration) {
  for_each_place(integration, [&](IntegrationSet& set, Triggers* triggers, const core::IntegrationPtr& running) {
    set.erase(edit_, integration->number);
    if (triggers != nullptr) disarm(*triggers, running);
  });
  unindex_integration(integration);
}

void CatalogEditor::put_closed(const core::IntegrationPtr& integration) {
  FLEETHOOK_ASSERT(!data_->integrations.contains(integration->number));
  changed_ = true;
  data_->closed.set(edit_, integration->id, integration);
  data_->merged.set(edit_, integration->number, integration->merged_into);
}

bool has_placement(const core::Integration& integration, core::ProductId product) {
  return product.is_none() ? integration.scope == core::Scope::kSandbox : integration.on(product);
}

void CatalogEditor::put_pause(const core::PlacementKey& placement, const core::Paused& paused) {
  const core::IntegrationPtr* found = data_->integrations.find(placement.integration);
  FLEETHOOK_ASSERT(found != nullptr && has_placement(**found, placement.product) &&
                   paused.mode != core::Pause::kRunning);
  changed_ = true;
  data_->pauses.set(edit_, placement, paused);
}

bool CatalogEditor::erase_pause(const core::PlacementKey& placement) {
  if (!data_->pauses.erase(edit_, placement)) return false;
  changed_ = true;
  return true;
}

void CatalogEditor::put_dropped(const core::PlacementKey& placement, const core::Dropped& dropped) {
  changed_ = true;
  data_->dropped.set(edit_, placement, dropped);
}

void CatalogEditor::put_moved(const core::PlacementKey& placement, const core::Moved& moved) {
  changed_ = true;
  data_->moved.set(edit_, placement, moved);
}

// Of the placements that `after` no longer has.
void CatalogEditor::end_pauses(const core::Integration& before, const core::Integration* after) {
  if (data_->pauses.empty()) return;
  const auto end = [&](core::ProductId product) {
    if (after == nullptr || !has_placement(*after, product)) erase_pause({before.number, product});
  };
  end(core::ProductId{});
  for (const core::ProductId product : before.products) end(product);
}

void CatalogEditor::put_secrets(const SecretOwner& owner, Secrets secrets) {
  changed_ = true;
  const auto put = [&](auto& map, const auto& id) {
    if (secrets.empty()) {
      map.erase(edit_, id);
    } else {
      map.set(edit_, id, std::make_shared<const Secrets>(std::move(secrets)));
    }
  };
  if (!owner.organization.is_none()) return put(data_->organization_secrets, owner.organization);
  put(data_->user_secrets, owner.user);
}

void CatalogEditor::put_variables(const VariablesOwner& owner, Variables variables) {
  changed_ = true;
  const VariablesPtr made = variables.empty() ? nullptr : std::make_shared<const Variables>(std::move(variables));
  const auto put = [&](auto& map, const auto& id) {
    if (made == nullptr) {
      map.erase(edit_, id);
    } else {
      map.set(edit_, id, made);
    }
  };
  if (owner.integration.is_none()) {
    if (owner.product.is_none()) return put(data_->organization_variables, owner.organization);
    return put(data_->product_variables, owner.product);
  }
  auto& placements = data_->placement_variables.at(edit_, owner.integration);
  if (made != nullptr) {
    placements[owner.product] = made;
    return;
  }
  placements.erase(owner.product);
  if (placements.empty()) data_->placement_variables.erase(edit_, owner.integration);
}

CatalogPtr CatalogEditor::finish() && {
  ++data_->revision;
  return std::make_shared<const Catalog>(std::shared_ptr<const Catalog::Data>(std::move(data_)));
}

}  // namespace fleethook::store
