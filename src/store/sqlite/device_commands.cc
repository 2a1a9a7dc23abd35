#include <utility>

#include "store/errors.h"
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

}  // namespace

Result<ImportReport> SqliteStore::import_devices(core::ProductId product,
                                                 const std::vector<core::DeviceId>& ids,
                                                 const core::UserId& claim_for) {
  return answer<ImportReport>([&](Database& database, CatalogEditor& editor, ImportReport& report) -> Result<void> {
    const Catalog::Data& data = editor.data();
    if (!data.products.contains(product)) return no_such("product", std::to_string(product.value));
    if (!claim_for.is_none() && !data.users.contains(claim_for)) return no_such("user", claim_for.str());
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
    return {};
  });
}

Result<void> SqliteStore::remove_device(core::ProductId product, const core::DeviceId& id) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const core::Device* known = editor.data().devices.find(id);
    if (known == nullptr || product.is_none() || known->product != product) return no_such("device", id.str());
    core::Device device = *known;
    device.product = {};
    return write_device(database, editor, device);
  });
}

Result<void> SqliteStore::claim_device(const core::DeviceId& id, const core::UserId& owner) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const core::Device* known = editor.data().devices.find(id);
    if (owner.is_none() && known == nullptr) return no_such("device", id.str());
    if (!owner.is_none() && !editor.data().users.contains(owner)) return no_such("user", owner.str());
    core::Device device = known == nullptr ? new_device(id) : *known;
    device.owner = owner;
    return write_device(database, editor, device);
  });
}

Result<void> SqliteStore::update_device(const core::Device& device) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const core::Device* known = editor.data().devices.find(device.id);
    if (known == nullptr) return no_such("device", device.id.str());
    core::Device changed = *known;
    changed.name = device.name;
    changed.firmware_version = device.firmware_version;
    changed.development = device.development;
    return write_device(database, editor, changed);
  });
}

}  // namespace fleethook::store
