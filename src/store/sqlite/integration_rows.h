// Integrations as rows: their state, their versions, where they run and ran.
#pragma once
#include "sqlite/database.h"
#include "store/catalog_change.h"

namespace fleethook::store {

// In the transaction of the change, on the writer's thread. Pauses and variables of placements that end go by triggers.
Result<void> write_integration(sqlite::Database& database, const row::PutIntegration& put);
Result<void> close_integration(sqlite::Database& database, const row::CloseIntegration& close);

}  // namespace fleethook::store
