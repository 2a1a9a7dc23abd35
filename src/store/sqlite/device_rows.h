// Devices as rows.
#pragma once
#include "sqlite/database.h"
#include "store/catalog_change.h"
#include "store/catalog_editor.h"

namespace fleethook::store {

// Of a product, or of its owner's sandbox. In the transaction of the change, on the writer's thread.
Result<void> write_device(sqlite::Database& database, const core::Device& device);
Result<void> erase_device(sqlite::Database& database, const row::EraseDevice& erase);
// When it was last heard, in its product and in its owner's sandbox.
Result<void> write_heard(sqlite::Database& database, const core::Device& device);
Result<void> load_devices(sqlite::Database& database, CatalogEditor& editor);

}  // namespace fleethook::store
