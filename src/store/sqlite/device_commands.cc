#include <string>
#include <utility>

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
  FLEETHOOK_CHECK(
      sql::run(database,
               "INSERT INTO device(id, name, product, owner, firmware_version, development, last_heard) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(id) DO UPDATE SET name = excluded.name, "
               "product = excluded.product, owner = excluded.owner, firmware_version = excluded.firmware_version, "
               "development = excluded.development, last_heard = excluded.last_heard",
               device.id, device.name, device.product, device.owner, device.firmware_version, device.development,
               device.last_heard));
  editor.put_device(device);
  return {};
}

// Whose a device is: its product's, else its owner's.
AuditEntry audit_of_device(
    const Catalog::Data& data, const core::Device& device, const Actor& by, std::string action, Instant at) {
  AuditEntry entry;
  if (const ProductEntry* product = data.products.find(device.product)) {
    entry = audit_of(product->product, by, std::move(action), at);
  } else {
    entry.at = at;
    entry.by = by;
    entry.owner = device.owner;
    entry.action = std::move(action);
  }
  entry.target = device.id.str();
  entry.target_name = device.name;
  return entry;
}

json::Value owner_name(const Catalog::Data& data, const core::UserId& owner) {
  const UserEntry* entry = data.users.find(owner);
  return entry == nullptr ? json::Value() : json::Value(entry->user.username);
}

// An import may name thousands: the first ones stand for all.
constexpr std::size_t kAuditedDevices = 20;

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
    json::Array added;
    for (const core::DeviceId& id : report.updated) {
      if (added.size() < kAuditedDevices) added.emplace_back(id.str());
    }
    put_change(entry.diff, "added", nullptr, report.updated.size());
    put_change(entry.diff, "devices", nullptr, std::move(added));
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
    changed.development = device.development;
    AuditEntry entry = audit_of_device(editor.data(), changed, by, "device.updated", clock_.now());
    const auto compare = [&](std::string_view field, json::Value from, json::Value to) {
      if (from != to) put_change(entry.diff, field, std::move(from), std::move(to));
    };
    compare("name", before.name, changed.name);
    compare("firmware_version", before.firmware_version, changed.firmware_version);
    compare("development", before.development, changed.development);
    if (entry.diff.empty()) return {};
    FLEETHOOK_CHECK(write_device(database, editor, changed));
    return write_audit(database, entry);
  });
}

}  // namespace fleethook::store
