#include <algorithm>
#include <string>
#include <utility>

#include "core/device_groups.h"
#include "store/errors.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;

core::Device new_device(const core::DeviceId& id) {
  core::Device device;
  device.id = id;
  return device;
}

Result<void> write_device(Database& database, CatalogEditor& editor, const core::Device& device) {
  FLEETHOOK_CHECK(sql::run(
      database,
      "INSERT INTO device(id, name, product, owner, firmware_version, development, last_heard, os_version, "
      "device_groups) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(id) DO UPDATE SET name = excluded.name, "
      "product = excluded.product, owner = excluded.owner, firmware_version = excluded.firmware_version, "
      "development = excluded.development, last_heard = excluded.last_heard, "
      "os_version = excluded.os_version, device_groups = excluded.device_groups",
      device.id, device.name, device.product, device.owner, device.firmware_version, device.development,
      device.heard->last(), device.os_version, core::join_groups(device.groups)));
  editor.put_device(device);
  return {};
}

// Whose a device is: its product's, else its owner's.
AuditEntry audit_of_device(
    const Catalog::Data& data, const core::Device& device, const Actor& by, std::string action, Instant at) {
  const ProductEntry* product = data.products.find(device.product);
  AuditEntry entry = product != nullptr ? audit_of(product->product, by, std::move(action), at)
                                        : audit_of(device.owner, by, std::move(action), at);
  entry.target = device.id.str();
  entry.target_name = device.name;
  return entry;
}

json::Value owner_name(const Catalog::Data& data, const core::UserId& owner) {
  const UserEntry* entry = data.users.find(owner);
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

Result<ImportReport> SqliteStore::import_devices(core::ProductId product,
                                                 const std::vector<core::DeviceId>& ids,
                                                 const core::UserId& claim_for,
                                                 const Actor& by) {
  return answer<ImportReport>([&](Database& database, CatalogEditor& editor, ImportReport& report) -> Result<void> {
    const Catalog::Data& data = editor.data();
    if (!data.products.contains(product)) return no_such("product", std::to_string(product.value));
    if (!claim_for.is_none() && data.person(claim_for) == nullptr) return no_such("user", claim_for.str());
    CowSet<core::DeviceId> seen;  // an id given twice counts once
    const Edit edit;
    for (const core::DeviceId& id : ids) {
      if (seen.contains(id)) continue;
      seen.set(edit, id, {});
      const core::Device* known = data.devices.find(id);
      core::Device device = known == nullptr ? new_device(id) : *known;
      if (!device.product.is_none() && device.product != product) {
        report.nonmember.push_back(id);
        continue;
      }
      (device.product == product ? report.existing : report.updated).push_back(id);
      const bool unchanged = device.product == product && (claim_for.is_none() || device.owner == claim_for);
      if (unchanged) continue;
      device.product = product;
      if (!claim_for.is_none()) device.owner = claim_for;
      FLEETHOOK_CHECK(write_device(database, editor, device));
    }
    if (!editor.changed()) return {};
    const core::Product& target = data.products.find(product)->product;
    AuditEntry entry = audit_of(target, by, "device.added", clock_.now());
    entry.target = std::to_string(product.value);
    entry.target_name = target.name;
    put_change(entry.diff, "added", nullptr, report.updated.size());
    put_change(entry.diff, "devices", nullptr, audited(report.updated));
    if (!claim_for.is_none()) put_change(entry.diff, "owner", nullptr, owner_name(data, claim_for));
    return write_audit(database, entry);
  });
}

Result<void> SqliteStore::remove_device(core::ProductId product, const core::DeviceId& id, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const core::Device* known = editor.data().devices.find(id);
    if (known == nullptr || product.is_none() || known->product != product) return no_such("device", id.str());
    core::Device device = *known;
    const AuditEntry entry = audit_of_device(editor.data(), device, by, "device.removed", clock_.now());
    device.product = {};
    device.groups.clear();
    FLEETHOOK_CHECK(write_device(database, editor, device));
    return write_audit(database, entry);
  });
}

Result<void> SqliteStore::claim_device(const core::DeviceId& id, const core::UserId& owner, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const core::Device* known = editor.data().devices.find(id);
    if (owner.is_none() && known == nullptr) return no_such("device", id.str());
    if (!owner.is_none() && editor.data().person(owner) == nullptr) return no_such("user", owner.str());
    core::Device device = known == nullptr ? new_device(id) : *known;
    if (known != nullptr && device.owner == owner) return {};
    const core::UserId before = device.owner;
    device.owner = owner;
    AuditEntry entry = audit_of_device(editor.data(), device, by,
                                       owner.is_none() ? "device.released" : "device.claimed", clock_.now());
    if (device.product.is_none() && owner.is_none()) entry.owner = before;
    put_change(entry.diff, "owner", owner_name(editor.data(), before), owner_name(editor.data(), owner));
    FLEETHOOK_CHECK(write_device(database, editor, device));
    return write_audit(database, entry);
  });
}

Result<void> SqliteStore::update_device(const core::Device& device, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const core::Device* known = editor.data().devices.find(device.id);
    if (known == nullptr) return no_such("device", device.id.str());
    const core::Device before = *known;
    core::Device changed = before;
    changed.name = device.name;
    changed.firmware_version = device.firmware_version;
    changed.os_version = device.os_version;
    changed.groups = device.groups;
    changed.development = device.development;
    AuditEntry entry = audit_of_device(editor.data(), changed, by, "device.updated", clock_.now());
    const auto compare = [&](std::string_view field, json::Value from, json::Value to) {
      if (from != to) put_change(entry.diff, field, std::move(from), std::move(to));
    };
    compare("name", before.name, changed.name);
    compare("firmware_version", before.firmware_version, changed.firmware_version);
    compare("system_firmware_version", before.os_version, changed.os_version);
    compare("groups", list_of(before.groups), list_of(changed.groups));
    compare("development", before.development, changed.development);
    if (entry.diff.empty()) return {};
    FLEETHOOK_CHECK(write_device(database, editor, changed));
    return write_audit(database, entry);
  });
}

Result<void> SqliteStore::change_groups(core::ProductId product,
                                        const std::vector<core::DeviceId>& devices,
                                        const GroupChange& asked,
                                        const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const Catalog::Data& data = editor.data();
    const ProductEntry* of = data.products.find(product);
    if (of == nullptr) return no_such("product", std::to_string(product.value));
    AuditEntry entry = audit_of(of->product, by, "device.groups_changed", clock_.now());
    entry.target = std::to_string(product.value);
    entry.target_name = of->product.name;
    std::vector<core::DeviceId> changed;
    for (const core::DeviceId& id : devices) {
      const core::Device* known = data.devices.find(id);
      if (known == nullptr || known->product != product) continue;
      core::Device device = *known;
      device.groups = changed_groups(std::move(device.groups), asked);
      if (device.groups == known->groups) continue;
      if (device.groups.size() > limits_.groups_per_device_max) {
        return Error::field("metadata.add", "device " + id.str() + " would be in " +
                                                std::to_string(device.groups.size()) + " groups; at most " +
                                                std::to_string(limits_.groups_per_device_max));
      }
      FLEETHOOK_CHECK(write_device(database, editor, device));
      changed.push_back(id);
    }
    if (changed.empty()) return {};
    put_change(entry.diff, "changed", nullptr, changed.size());
    put_change(entry.diff, "devices", nullptr, audited(changed));
    if (!asked.add.empty()) put_change(entry.diff, "groups.add", nullptr, list_of(asked.add));
    if (!asked.remove.empty()) put_change(entry.diff, "groups.remove", nullptr, list_of(asked.remove));
    return write_audit(database, entry);
  });
}

// Collected on the caller's thread, for there may be very many devices; written in steps, so that nobody waits for
// long.
Result<void> SqliteStore::save_device_heard() {
  const std::lock_guard lock(heard_mutex_);
  std::vector<std::pair<core::DeviceId, Instant>> heard;
  catalog()->data().devices.for_each([&](const core::DeviceId& id, const core::Device& device) {
    if (device.heard->take_unsaved()) heard.emplace_back(id, *device.heard->last());
  });
  constexpr std::size_t kAtOnce = 2048;
  for (std::size_t from = 0; from < heard.size(); from += kAtOnce) {
    const std::size_t end = std::min(heard.size(), from + kAtOnce);
    FLEETHOOK_CHECK(writer_.run_and_wait([&](Database& database) -> Result<void> {
      for (std::size_t i = from; i < end; ++i) {
        FLEETHOOK_CHECK(
            sql::run(database, "UPDATE device SET last_heard = ?2 WHERE id = ?1", heard[i].first, heard[i].second));
      }
      return {};
    }));
  }
  return {};
}

}  // namespace fleethook::store
