#include "store/device_rules.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "store/draft.h"
#include "store/entries.h"
#include "store/errors.h"

namespace fleethook::store {
namespace {

AuditEntry entry_of(const core::Product& product, const Actor& by, std::string action, Instant now) {
  AuditEntry entry = audit_of(product, by, std::move(action), now);
  entry.target = std::to_string(product.id.value);
  entry.target_name = product.name;
  return entry;
}

// Whose a device is: its product's, else its owner's.
AuditEntry entry_of(const Draft& draft, const core::Device& device, const Actor& by, std::string action) {
  const ProductEntry* product = draft.data().products.find(device.product);
  AuditEntry entry = product == nullptr ? audit_of(device.owner, by, std::move(action), draft.now())
                                        : audit_of(product->product, by, std::move(action), draft.now());
  entry.target = device.id.str();
  entry.target_name = device.name;
  return entry;
}

json::Value name_of(const Catalog::Data& data, const core::UserId& user) {
  const UserEntry* entry = data.users.find(user);
  return entry == nullptr ? json::Value() : json::Value(entry->user.username);
}

json::Array list_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

// A command may name thousands of devices: the first ones stand for all.
constexpr std::size_t kAuditedDevices = 20;

json::Array audited(const std::vector<core::DeviceId>& devices) {
  json::Array array;
  for (const core::DeviceId& id : devices) {
    if (array.size() < kAuditedDevices) array.emplace_back(id.str());
  }
  return array;
}

Error claimed_by_another(const core::DeviceId& id) {
  return {Fault::kForbidden, "device " + id.str() + " is claimed by another user"};
}

Result<const core::Device*> device_in(const Catalog::Data& data, core::ProductId product, const core::DeviceId& id) {
  const core::Device* known = data.devices.find(id);
  if (known == nullptr || known->product != product) return no_such("device", id.str());
  return known;
}

void own(core::Device& device, const core::UserId& owner, bool agreed) {
  device.owner = owner;
  device.owner_agreed = agreed || owner.is_none();
}

void set_owner(Draft& draft, core::Device device, const core::UserId& owner, bool agreed, const Actor& by) {
  AuditEntry entry = entry_of(draft, device, by, owner.is_none() ? "device.released" : "device.claimed");
  put_change(entry.diff, "owner", name_of(draft.data(), device.owner), name_of(draft.data(), owner));
  own(device, owner, agreed);
  draft.put(row::PutDevice{std::move(device)});
  draft.note(std::move(entry));
}

Result<void> claim_in_product(Draft& draft, const core::Device& known, const core::UserId& user, const Actor& by) {
  const Catalog catalog = draft.so_far();
  if (may_have_devices(catalog, known.product, user)) {
    if (!known.owner.is_none() && known.owner != user) return claimed_by_another(known.id);
    if (known.reaches() != user) set_owner(draft, known, user, true, by);
    return {};
  }
  // What is in one's sandbox already is one's own there, whoever has put the id into a product.
  const core::Device* own = catalog.own_device(known.id);
  if (own != nullptr && own->owner == user) return {};
  if (catalog.role_on(known.product, user) == core::Role::kNone) {
    return Error{Fault::kForbidden, "device " + known.id.str() + " belongs to a product that you are not a member of"};
  }
  return Error{Fault::kForbidden, "device " + known.id.str() + " belongs to product " +
                                      catalog.product(known.product)->slug + ", where claiming one needs the role " +
                                      std::string(core::to_text(core::kDeviceRole)) + " or higher; yours is " +
                                      std::string(core::to_text(catalog.role_on(known.product, user)))};
}

// Ascending, each once.
std::vector<std::string> changed_groups(std::vector<std::string> groups, const GroupChange& change) {
  groups.insert(groups.end(), change.add.begin(), change.add.end());
  std::ranges::sort(groups);
  groups.erase(std::ranges::unique(groups).begin(), groups.end());
  std::erase_if(
      groups, [&](const std::string& group) { return std::ranges::find(change.remove, group) != change.remove.end(); });
  return groups;
}

}  // namespace

bool may_have_devices(const Catalog& catalog, core::ProductId product, const core::UserId& user) {
  const core::User* person = catalog.data().person(user);
  if (person == nullptr || catalog.product(product) == nullptr) return false;
  return person->administrator || catalog.role_on(product, user) >= core::kDeviceRole;
}

Result<ImportReport> import_devices(Draft& draft,
                                    core::ProductId product,
                                    const std::vector<core::DeviceId>& ids,
                                    const core::UserId& claim_for,
                                    const Actor& by) {
  const Catalog::Data& data = draft.data();
  const ProductEntry* target = data.products.find(product);
  if (target == nullptr) return no_such("product", std::to_string(product.value));
  const core::Product into = target->product;
  const Catalog before = draft.so_far();
  if (!claim_for.is_none() && !may_have_devices(before, product, claim_for)) {
    return Error::field("claim_user", "expected somebody with the role " +
                                          std::string(core::to_text(core::kDeviceRole)) + " or higher on the product");
  }
  const bool importer_may = may_have_devices(before, product, by.user);
  ImportReport report;
  std::size_t claimed = 0;
  bool changed = false;
  CowSet<core::DeviceId> seen;  // an id given twice counts once
  const Edit edit;
  for (const core::DeviceId& id : ids) {
    if (seen.contains(id)) continue;
    seen.set(edit, id, {});
    const core::Device* known = data.devices.find(id);
    if (known != nullptr && known->product != product) {
      report.nonmember.push_back(id);
      continue;
    }
    core::Device device = known == nullptr ? core::Device{} : *known;
    device.id = id;
    device.product = product;
    core::UserId owner = claim_for;
    // What the importer has in his sandbox he takes along.
    const core::Device* in_sandbox = data.own_devices.find(id);
    if (owner.is_none() && known == nullptr && importer_may && in_sandbox != nullptr && in_sandbox->owner == by.user) {
      owner = by.user;
    }
    if (!owner.is_none() && !device.owner.is_none() && device.owner != owner) {
      report.claimed_by_another.push_back(id);
      continue;
    }
    (known == nullptr ? report.updated : report.existing).push_back(id);
    const bool agreed = owner == by.user || (device.owner == owner && device.owner_agreed);
    const bool unchanged = owner.is_none() || (device.owner == owner && device.owner_agreed == agreed);
    if (known != nullptr && unchanged) continue;
    if (!owner.is_none()) {
      own(device, owner, agreed);
      ++claimed;
    }
    draft.put(row::PutDevice{std::move(device)});
    changed = true;
  }
  if (!changed) return report;
  AuditEntry entry = entry_of(into, by, "device.added", draft.now());
  put_change(entry.diff, "added", nullptr, report.updated.size());
  put_change(entry.diff, "devices", nullptr, audited(report.updated));
  if (claimed > 0) {
    put_change(entry.diff, "owner", nullptr, name_of(data, claim_for.is_none() ? by.user : claim_for));
  }
  draft.note(std::move(entry));
  return report;
}

Result<void> remove_device(Draft& draft, core::ProductId product, const core::DeviceId& id, const Actor& by) {
  FLEETHOOK_TRY(const core::Device* known, device_in(draft.data(), product, id));
  AuditEntry entry = entry_of(draft, *known, by, "device.removed");
  if (!known->owner.is_none()) put_change(entry.diff, "owner", name_of(draft.data(), known->owner), nullptr);
  draft.put(row::EraseDevice{id, false});
  draft.note(std::move(entry));
  return {};
}

Result<void> claim_device(Draft& draft, const core::DeviceId& id, const core::UserId& user, const Actor& by) {
  const Catalog::Data& data = draft.data();
  if (data.person(user) == nullptr) return no_such("user", user.str());
  if (const core::Device* known = data.devices.find(id)) return claim_in_product(draft, *known, user, by);
  if (const core::Device* known = data.own_devices.find(id)) {
    return known->owner == user ? Result<void>() : claimed_by_another(id);
  }
  core::Device device;
  device.id = id;
  device.owner = user;
  AuditEntry entry = entry_of(draft, device, by, "device.claimed");
  put_change(entry.diff, "owner", nullptr, name_of(data, user));
  draft.put(row::PutDevice{std::move(device)});
  draft.note(std::move(entry));
  return {};
}

Result<void> release_device(Draft& draft, core::ProductId product, const core::DeviceId& id, const Actor& by) {
  FLEETHOOK_TRY(const core::Device* known, device_in(draft.data(), product, id));
  if (!known->owner.is_none()) set_owner(draft, *known, {}, true, by);
  return {};
}

Result<void> release_own_device(Draft& draft, const core::DeviceId& id, const core::UserId& user, const Actor& by) {
  const Catalog::Data& data = draft.data();
  const core::Device* in_product = data.devices.find(id);
  const core::Device* in_sandbox = data.own_devices.find(id);
  const bool claimed = in_product != nullptr && !user.is_none() && in_product->owner == user;
  const bool kept = in_sandbox != nullptr && !user.is_none() && in_sandbox->owner == user;
  if (!claimed && !kept) return no_such("device", id.str());
  if (kept) {
    AuditEntry entry = entry_of(draft, *in_sandbox, by, "device.released");
    put_change(entry.diff, "owner", name_of(data, user), nullptr);
    draft.put(row::EraseDevice{id, true});
    draft.note(std::move(entry));
  }
  if (claimed) set_owner(draft, *in_product, {}, true, by);
  return {};
}

Result<void> update_device(Draft& draft, const core::Device& device, const Actor& by) {
  FLEETHOOK_TRY(const core::Device* known, device_in(draft.data(), device.product, device.id));
  const core::Device before = *known;
  core::Device changed = before;
  changed.name = device.name;
  changed.firmware_version = device.firmware_version;
  changed.os_version = device.os_version;
  changed.groups = device.groups;
  changed.development = device.development;
  AuditEntry entry = entry_of(draft, changed, by, "device.updated");
  const auto compare = [&](std::string_view field, json::Value from, json::Value to) {
    if (from != to) put_change(entry.diff, field, std::move(from), std::move(to));
  };
  compare("name", before.name, changed.name);
  compare("firmware_version", before.firmware_version, changed.firmware_version);
  compare("system_firmware_version", before.os_version, changed.os_version);
  compare("groups", list_of(before.groups), list_of(changed.groups));
  compare("development", before.development, changed.development);
  if (entry.diff.empty()) return {};
  draft.put(row::PutDevice{std::move(changed)});
  draft.note(std::move(entry));
  return {};
}

Result<void> change_groups(Draft& draft,
                           core::ProductId product,
                           const std::vector<core::DeviceId>& devices,
                           const GroupChange& asked,
                           const Actor& by) {
  const Catalog::Data& data = draft.data();
  const std::size_t most = draft.limits().groups_per_device_max;
  const ProductEntry* of = data.products.find(product);
  if (of == nullptr) return no_such("product", std::to_string(product.value));
  AuditEntry entry = entry_of(of->product, by, "device.groups_changed", draft.now());
  std::vector<core::DeviceId> changed;
  for (const core::DeviceId& id : devices) {
    const core::Device* known = data.devices.find(id);
    if (known == nullptr || known->product != product) continue;
    core::Device device = *known;
    device.groups = changed_groups(std::move(device.groups), asked);
    if (device.groups == known->groups) continue;
    if (device.groups.size() > most) {
      return Error::field("metadata.add", "device " + id.str() + " would be in " +
                                              std::to_string(device.groups.size()) + " groups; at most " +
                                              std::to_string(most));
    }
    draft.put(row::PutDevice{std::move(device)});
    changed.push_back(id);
  }
  if (changed.empty()) return {};
  put_change(entry.diff, "changed", nullptr, changed.size());
  put_change(entry.diff, "devices", nullptr, audited(changed));
  if (!asked.add.empty()) put_change(entry.diff, "groups.add", nullptr, list_of(asked.add));
  if (!asked.remove.empty()) put_change(entry.diff, "groups.remove", nullptr, list_of(asked.remove));
  draft.note(std::move(entry));
  return {};
}

std::vector<AuditEntry> audit_of_ended(const Catalog::Data& data,
                                       const std::vector<CatalogEditor::EndedClaim>& claims,
                                       const Actor& by,
                                       Instant now) {
  std::vector<AuditEntry> entries;
  std::map<std::pair<core::ProductId, core::UserId>, std::vector<core::DeviceId>> ended;
  std::map<core::UserId, std::string> names;
  for (const CatalogEditor::EndedClaim& claim : claims) {
    ended[{claim.product, claim.owner}].push_back(claim.device);
    names[claim.owner] = claim.username;
  }
  for (const auto& [of, devices] : ended) {
    const ProductEntry* product = data.products.find(of.first);
    if (product == nullptr) continue;  // it was deleted, which its own entry says
    AuditEntry entry = entry_of(product->product, by, "device.released", now);
    put_change(entry.diff, "owner", names[of.second], nullptr);
    put_change(entry.diff, "released", nullptr, devices.size());
    put_change(entry.diff, "devices", audited(devices), nullptr);
    put_change(entry.diff, "reason", nullptr,
               "the owner may not have devices of the product any more: that needs the role " +
                   std::string(core::to_text(core::kDeviceRole)) + " or higher");
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace fleethook::store
