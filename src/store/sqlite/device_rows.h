// Devices as rows: what a change did to them, whoever of its rules did it.
#pragma once
#include "store/audit.h"
#include "store/catalog_editor.h"
#include "store/device_rules.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {

// Of a product, or of its owner's sandbox.
Result<void> write_device(sqlite::Database& database, const core::Device& device);
// Writes the devices that the editor has changed since the last call, as it has them now.
Result<void> write_changed_devices(sqlite::Database& database, CatalogEditor& editor);
// The devices as above, and the entries.
Result<void> write_device_change(sqlite::Database& database, CatalogEditor& editor, const DeviceChange& change);
// After a change of users, teams or products: ends the claims and the invitations that have lost their ground, and says
// so in the log.
Result<void> write_lost_ground(sqlite::Database& database, CatalogEditor& editor, const Actor& by, Instant now);
// When it was last heard, in its product and in its owner's sandbox.
Result<void> write_heard(sqlite::Database& database, const core::Device& device);
Result<void> load_devices(sqlite::Database& database, CatalogEditor& editor);

}  // namespace fleethook::store
