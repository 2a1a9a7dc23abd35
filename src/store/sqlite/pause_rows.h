// The pause of a placement as a row.
#pragma once
#include "core/pause.h"
#include "sqlite/database.h"

namespace fleethook::store {

// Mode kRunning: there is none. Writer's thread, in the transaction of the change.
Result<void> write_pause(sqlite::Database& database, const core::PlacementKey& placement, const core::Paused& paused);

}  // namespace fleethook::store
