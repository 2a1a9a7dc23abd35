// The pause of a placement, and what of it was told to end, as rows.
#pragma once
#include "core/pause.h"
#include "sqlite/database.h"

namespace fleethook::store {

// Mode kRunning: there is none. Writer's thread, in the transaction of the change.
Result<void> write_pause(sqlite::Database& database, const core::PlacementKey& placement, const core::Paused& paused);
Result<void> write_moved(sqlite::Database& database, const core::PlacementKey& placement, const core::Moved& moved);
Result<void> write_dropped(sqlite::Database& database,
                           const core::PlacementKey& placement,
                           const core::Dropped& dropped);

}  // namespace fleethook::store
