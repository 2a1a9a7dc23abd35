#include "store/sqlite/device_rows.h"

#include <memory>

#include "core/device_groups.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {

using sqlite::Database;
using sqlite::Statement;

namespace {

Result<void> write_fleet_device(Database& database, const core::Device& device) {
  return sql::run(
      database,
      "INSERT INTO fleet_device(id, name, product, owner, owner_agreed, firmware_version, development, last_heard, "
      "os_version, device_groups) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT(id) DO UPDATE SET "
      "name = excluded.name, product = excluded.product, owner = excluded.owner, owner_agreed = excluded.owner_agreed, "
      "firmware_version = excluded.firmware_version, development = excluded.development, "
      "last_heard = excluded.last_heard, os_version = excluded.os_version, device_groups = excluded.device_groups",
      device.id, device.name, device.product, device.owner, device.owner_agreed, device.firmware_version,
      device.development, device.heard->last(), device.os_version, core::join_groups(device.groups));
}

Result<void> write_own_device(Database& database, const core::Device& device) {
  return sql::run(database,
                  "INSERT INTO own_device(id, owner, last_heard) VALUES (?1, ?2, ?3) ON CONFLICT(id) DO UPDATE SET "
                  "owner = excluded.owner, last_heard = excluded.last_heard",
                  device.id, device.owner, device.heard->last());
}

}  // namespace

Result<void> write_device(Database& database, const core::Device& device) {
  return device.product.is_none() ? write_own_device(database, device) : write_fleet_device(database, device);
}

Result<void> erase_device(Database& database, const row::EraseDevice& erase) {
  return sql::run(database,
                  erase.in_sandbox ? "DELETE FROM own_device WHERE id = ?1" : "DELETE FROM fleet_device WHERE id = ?1",
                  erase.id);
}

Result<void> write_heard(Database& database, const core::Device& device) {
  return sql::run(database,
                  device.product.is_none() ? "UPDATE own_device SET last_heard = ?2 WHERE id = ?1"
                                           : "UPDATE fleet_device SET last_heard = ?2 WHERE id = ?1",
                  device.id, device.heard->last());
}

Result<void> load_devices(Database& database, CatalogEditor& editor) {
  FLEETHOOK_CHECK(sql::for_each(
      database,
      "SELECT id, name, product, owner, owner_agreed, firmware_version, development, last_heard, os_version, "
      "device_groups FROM fleet_device",
      [&](const Statement& row) -> Result<void> {
        core::Device device;
        device.id = sql::id<core::DeviceId>(row, 0);
        device.name = sql::text(row, 1);
        device.product = sql::number<core::ProductId>(row, 2);
        device.owner = sql::id<core::UserId>(row, 3);
        device.owner_agreed = sql::flag(row, 4);
        device.firmware_version = sql::text(row, 5);
        device.development = sql::flag(row, 6);
        device.heard = std::make_shared<core::LastUse>(sql::optional_instant(row, 7));
        device.os_version = sql::text(row, 8);
        device.groups = core::split_groups(row.column_text(9));
        editor.put_device(device);
        editor.forget_changed_devices();
        return {};
      }));
  FLEETHOOK_CHECK(sql::for_each(database, "SELECT id, owner, last_heard FROM own_device",
                                [&](const Statement& row) -> Result<void> {
                                  core::Device device;
                                  device.id = sql::id<core::DeviceId>(row, 0);
                                  device.owner = sql::id<core::UserId>(row, 1);
                                  device.heard = std::make_shared<core::LastUse>(sql::optional_instant(row, 2));
                                  editor.put_own_device(device);
                                  editor.forget_changed_devices();
                                  return {};
                                }));
  return {};
}

}  // namespace fleethook::store
