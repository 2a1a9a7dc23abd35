#include "store/device_rules.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "store/draft.h"
#include "store/errors.h"

namespace fleethook::store {
namespace {

Catalog as_catalog(const CatalogEditor& editor) {
  return Catalog(std::make_shared<const Catalog::Data>(editor.data()));
}

AuditEntry entry_of(const core::Product& product, const Actor& by, std::string action, Instant now) {
  AuditEntry entry;
  entry.at = now;
  entry.by = by;
  entry.organization = product.organization;
  if (product.organization.is_none()) entry.owner = product.user;
  entry.products = {product.id};
  entry.action = std::move(action);
  entry.target = std::to_string(product.id.value);
  entry.target_name = product.name;
  return entry;
}

// Whose a device is: its product's, else its owner's.
AuditEntry entry_of(
    const Catalog::Data& data, const core::Device& device, const Actor& by, std::string action, Instant now) {
  AuditEntry entry;
  if (const ProductEntry* product = data.products.find(device.product)) {
    entry = entry_of(product->product, by, std::move(action), now);
  } else {
    entry.at = now;
    entry.by = by;
    entry.owner = device.owner;
    entry.action = std::move(action);
  }
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

DeviceChange one(AuditEntry entry) {
  DeviceChange change;
  change.audit.push_back(std::move(entry));
  return change;
}

DeviceChange set_owner(
    CatalogEditor& editor, core::Device device, const core::UserId& owner, bool agreed, const Actor& by, Instant now) {
  AuditEntry entry = entry_of(editor.data(), device, by, owner.is_none() ? "device.released" : "device.claimed", now);
  put_change(entry.diff, "owner", name_of(editor.data(), device.owner), name_of(editor.data(), owner));
  own(device, owner, agreed);
  editor.put_device(device);
  return one(std::move(entry));
}

Result<DeviceChange> claim_in_product(
    CatalogEditor& editor, const core::Device& known, const core::UserId& user, const Actor& by, Instant now) {
  const Catalog catalog = as_catalog(editor);
  if (may_have_devices(catalog, known.product, user)) {
    if (!known.owner.is_none() && known.owner != user) return claimed_by_another(known.id);
    if (known.reaches() == user) return DeviceChange();
    return set_owner(editor, known, user, true, by, now);
  }
  // What is in one's sandbox already is one's own there, whoever has put the id into a product.
  const core::Device* own = catalog.own_device(known.id);
  if (own != nullptr && own->owner == user) return DeviceChange();
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

namespace {

struct DeviceImport {
  ImportReport report;
  DeviceChange change;
};

Result<DeviceImport> import_devices(CatalogEditor& editor,
                                    core::ProductId product,
                                    const std::vector<core::DeviceId>& ids,
                                    const core::UserId& claim_for,
                                    const Actor& by,
                                    Instant now) {
  const Catalog::Data& data = editor.data();
  const ProductEntry* target = data.products.find(product);
  if (target == nullptr) return no_such("product", std::to_string(product.value));
  const core::Product into = target->product;
  const Catalog before = as_catalog(editor);
  if (!claim_for.is_none() && !may_have_devices(before, product, claim_for)) {
    return Error::field("claim_user", "expected somebody with the role " +
                                          std::string(core::to_text(core::kDeviceRole)) + " or higher on the product");
  }
  const bool importer_may = may_have_devices(before, product, by.user);
  DeviceImport done;
  ImportReport& report = done.report;
  std::size_t claimed = 0;
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
    editor.put_device(device);
  }
  if (!editor.changed()) return done;
  AuditEntry entry = entry_of(into, by, "device.added", now);
  put_change(entry.diff, "added", nullptr, report.updated.size());
  put_change(entry.diff, "devices", nullptr, audited(report.updated));
  if (claimed > 0) {
    put_change(entry.diff, "owner", nullptr, name_of(data, claim_for.is_none() ? by.user : claim_for));
  }
  done.change.audit.push_back(std::move(entry));
  return done;
}

Result<DeviceChange> remove_device(
    CatalogEditor& editor, core::ProductId product, const core::DeviceId& id, const Actor& by, Instant now) {
  FLEETHOOK_TRY(const core::Device* known, device_in(editor.data(), product, id));
  AuditEntry entry = entry_of(editor.data(), *known, by, "device.removed", now);
  if (!known->owner.is_none()) put_change(entry.diff, "owner", name_of(editor.data(), known->owner), nullptr);
  editor.erase_device(id);
  return one(std::move(entry));
}

Result<DeviceChange> claim_device(
    CatalogEditor& editor, const core::DeviceId& id, const core::UserId& user, const Actor& by, Instant now) {
  const Catalog::Data& data = editor.data();
  if (data.person(user) == nullptr) return no_such("user", user.str());
  if (const core::Device* known = data.devices.find(id)) return claim_in_product(editor, *known, user, by, now);
  if (const core::Device* known = data.own_devices.find(id)) {
    return known->owner == user ? Result<DeviceChange>(DeviceChange()) : claimed_by_another(id);
  }
  core::Device device;
  device.id = id;
  device.owner = user;
  AuditEntry entry = entry_of(data, device, by, "device.claimed", now);
  put_change(entry.diff, "owner", nullptr, name_of(data, user));
  editor.put_own_device(device);
  return one(std::move(entry));
}

Result<DeviceChange> release_device(
    CatalogEditor& editor, core::ProductId product, const core::DeviceId& id, const Actor& by, Instant now) {
  FLEETHOOK_TRY(const core::Device* known, device_in(editor.data(), product, id));
  return known->owner.is_none() ? DeviceChange() : set_owner(editor, *known, {}, true, by, now);
}

Result<DeviceChange> release_own_device(
    CatalogEditor& editor, const core::DeviceId& id, const core::UserId& user, const Actor& by, Instant now) {
  const Catalog::Data& data = editor.data();
  DeviceChange change;
  const core::Device* in_product = data.devices.find(id);
  const core::Device* in_sandbox = data.own_devices.find(id);
  if (in_sandbox != nullptr && !user.is_none() && in_sandbox->owner == user) {
    change.audit.push_back(entry_of(data, *in_sandbox, by, "device.released", now));
    put_change(change.audit.back().diff, "owner", name_of(data, user), nullptr);
    editor.erase_own_device(id);
  }
  if (in_product != nullptr && !user.is_none() && in_product->owner == user) {
    change.audit.push_back(set_owner(editor, *in_product, {}, true, by, now).audit.front());
  }
  if (change.audit.empty()) return no_such("device", id.str());
  return change;
}

Result<DeviceChange> update_device(CatalogEditor& editor, const core::Device& device, const Actor& by, Instant now) {
  FLEETHOOK_TRY(const core::Device* known, device_in(editor.data(), device.product, device.id));
  const core::Device before = *known;
  core::Device changed = before;
  changed.name = device.name;
  changed.firmware_version = device.firmware_version;
  changed.os_version = device.os_version;
  changed.groups = device.groups;
  changed.development = device.development;
  AuditEntry entry = entry_of(editor.data(), changed, by, "device.updated", now);
  const auto compare = [&](std::string_view field, json::Value from, json::Value to) {
    if (from != to) put_change(entry.diff, field, std::move(from), std::move(to));
  };
  compare("name", before.name, changed.name);
  compare("firmware_version", before.firmware_version, changed.firmware_version);
  compare("system_firmware_version", before.os_version, changed.os_version);
  compare("groups", list_of(before.groups), list_of(changed.groups));
  compare("development", before.development, changed.development);
  if (entry.diff.empty()) return DeviceChange();
  editor.put_device(changed);
  return one(std::move(entry));
}

Result<DeviceChange> change_groups(CatalogEditor& editor,
                                   core::ProductId product,
                                   const std::vector<core::DeviceId>& devices,
                                   const GroupChange& asked,
                                   const Actor& by,
                                   Instant now,
                                   const Limits& limits) {
  const Catalog::Data& data = editor.data();
  const ProductEntry* of = data.products.find(product);
  if (of == nullptr) return no_such("product", std::to_string(product.value));
  AuditEntry entry = entry_of(of->product, by, "device.groups_changed", now);
  std::vector<core::DeviceId> changed;
  for (const core::DeviceId& id : devices) {
    const core::Device* known = data.devices.find(id);
    if (known == nullptr || known->product != product) continue;
    core::Device device = *known;
    device.groups = changed_groups(std::move(device.groups), asked);
    if (device.groups == known->groups) continue;
    if (device.groups.size() > limits.groups_per_device_max) {
      return Error::field("metadata.add", "device " + id.str() + " would be in " +
                                              std::to_string(device.groups.size()) + " groups; at most " +
                                              std::to_string(limits.groups_per_device_max));
    }
    editor.put_device(device);
    changed.push_back(id);
  }
  if (changed.empty()) return DeviceChange();
  put_change(entry.diff, "changed", nullptr, changed.size());
  put_change(entry.diff, "devices", nullptr, audited(changed));
  if (!asked.add.empty()) put_change(entry.diff, "groups.add", nullptr, list_of(asked.add));
  if (!asked.remove.empty()) put_change(entry.diff, "groups.remove", nullptr, list_of(asked.remove));
  return one(std::move(entry));
}

Result<void> noted(Draft& draft, Result<DeviceChange> change) {
  if (!change.ok()) return std::move(change).error();
  for (AuditEntry& entry : change->audit) draft.note(std::move(entry));
  return {};
}

}  // namespace

Result<ImportReport> import_devices(Draft& draft,
                                    core::ProductId product,
                                    const std::vector<core::DeviceId>& ids,
                                    const core::UserId& claim_for,
                                    const Actor& by) {
  FLEETHOOK_TRY(DeviceImport done, import_devices(draft.editor(), product, ids, claim_for, by, draft.now()));
  FLEETHOOK_CHECK(noted(draft, std::move(done.change)));
  return std::move(done.report);
}

Result<void> remove_device(Draft& draft, core::ProductId product, const core::DeviceId& id, const Actor& by) {
  return noted(draft, remove_device(draft.editor(), product, id, by, draft.now()));
}

Result<void> claim_device(Draft& draft, const core::DeviceId& id, const core::UserId& user, const Actor& by) {
  return noted(draft, claim_device(draft.editor(), id, user, by, draft.now()));
}

Result<void> release_device(Draft& draft, core::ProductId product, const core::DeviceId& id, const Actor& by) {
  return noted(draft, release_device(draft.editor(), product, id, by, draft.now()));
}

Result<void> release_own_device(Draft& draft, const core::DeviceId& id, const core::UserId& user, const Actor& by) {
  return noted(draft, release_own_device(draft.editor(), id, user, by, draft.now()));
}

Result<void> update_device(Draft& draft, const core::Device& device, const Actor& by) {
  return noted(draft, update_device(draft.editor(), device, by, draft.now()));
}

Result<void> change_groups(Draft& draft,
                           core::ProductId product,
                           const std::vector<core::DeviceId>& devices,
                           const GroupChange& asked,
                           const Actor& by) {
  return noted(draft, change_groups(draft.editor(), product, devices, asked, by, draft.now(), draft.limits()));
}

DeviceChange end_lost_claims(CatalogEditor& editor, const Actor& by, Instant now) {
  DeviceChange change;
  std::map<std::pair<core::ProductId, core::UserId>, std::vector<core::DeviceId>> ended;
  std::map<core::UserId, std::string> names;
  for (const CatalogEditor::EndedClaim& claim : editor.end_lost_claims()) {
    ended[{claim.product, claim.owner}].push_back(claim.device);
    names[claim.owner] = claim.username;
  }
  for (const auto& [of, devices] : ended) {
    const ProductEntry* product = editor.data().products.find(of.first);
    if (product == nullptr) continue;  // it was deleted, which its own entry says
    AuditEntry entry = entry_of(product->product, by, "device.released", now);
    put_change(entry.diff, "owner", names[of.second], nullptr);
    put_change(entry.diff, "released", nullptr, devices.size());
    put_change(entry.diff, "devices", audited(devices), nullptr);
    put_change(entry.diff, "reason", nullptr,
               "the owner may not have devices of the product any more: that needs the role " +
                   std::string(core::to_text(core::kDeviceRole)) + " or higher");
    change.audit.push_back(std::move(entry));
  }
  return change;
}

}  // namespace fleethook::store
