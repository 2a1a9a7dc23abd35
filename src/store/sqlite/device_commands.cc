// Devices: the rules are in store/device_rules.h, the rows in device_rows.h.
#include <algorithm>
#include <utility>

#include "store/sqlite/device_rows.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {

using sqlite::Database;

Result<void> SqliteStore::change_devices(const std::function<Result<DeviceChange>(CatalogEditor&, Instant)>& rule) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    FLEETHOOK_TRY(const DeviceChange done, rule(editor, clock_.now()));
    return write_device_change(database, editor, done);
  });
}

Result<ImportReport> SqliteStore::import_devices(core::ProductId product,
                                                 const std::vector<core::DeviceId>& ids,
                                                 const core::UserId& claim_for,
                                                 const Actor& by) {
  ImportReport report;
  FLEETHOOK_CHECK(change_devices([&](CatalogEditor& editor, Instant now) -> Result<DeviceChange> {
    FLEETHOOK_TRY(DeviceImport done, store::import_devices(editor, product, ids, claim_for, by, now));
    report = std::move(done.report);
    return std::move(done.change);
  }));
  return report;
}

Result<void> SqliteStore::remove_device(core::ProductId product, const core::DeviceId& id, const Actor& by) {
  return change_devices(
      [&](CatalogEditor& editor, Instant now) { return store::remove_device(editor, product, id, by, now); });
}

Result<void> SqliteStore::claim_device(const core::DeviceId& id, const core::UserId& user, const Actor& by) {
  return change_devices(
      [&](CatalogEditor& editor, Instant now) { return store::claim_device(editor, id, user, by, now); });
}

Result<void> SqliteStore::release_device(core::ProductId product, const core::DeviceId& id, const Actor& by) {
  return change_devices(
      [&](CatalogEditor& editor, Instant now) { return store::release_device(editor, product, id, by, now); });
}

Result<void> SqliteStore::release_own_device(const core::DeviceId& id, const core::UserId& user, const Actor& by) {
  return change_devices(
      [&](CatalogEditor& editor, Instant now) { return store::release_own_device(editor, id, user, by, now); });
}

Result<void> SqliteStore::update_device(const core::Device& device, const Actor& by) {
  return change_devices(
      [&](CatalogEditor& editor, Instant now) { return store::update_device(editor, device, by, now); });
}

Result<void> SqliteStore::change_groups(core::ProductId product,
                                        const std::vector<core::DeviceId>& devices,
                                        const GroupChange& asked,
                                        const Actor& by) {
  return change_devices([&](CatalogEditor& editor, Instant now) {
    return store::change_groups(editor, product, devices, asked, by, now, limits_);
  });
}

// Collected on the caller's thread, for there may be very many devices; written in steps, so that nobody waits for
// long.
Result<void> SqliteStore::save_device_heard() {
  const std::lock_guard lock(heard_mutex_);
  const CatalogPtr now = catalog();
  std::vector<const core::Device*> heard;
  const auto collect = [&](const core::DeviceId&, const core::Device& device) {
    if (device.heard->take_unsaved()) heard.push_back(&device);
  };
  now->data().devices.for_each(collect);
  now->data().own_devices.for_each(collect);
  constexpr std::size_t kAtOnce = 2048;
  for (std::size_t from = 0; from < heard.size(); from += kAtOnce) {
    const std::size_t end = std::min(heard.size(), from + kAtOnce);
    FLEETHOOK_CHECK(writer_.run_and_wait([&](Database& database) -> Result<void> {
      for (std::size_t i = from; i < end; ++i) FLEETHOOK_CHECK(write_heard(database, *heard[i]));
      return {};
    }));
  }
  return {};
}

}  // namespace fleethook::store
