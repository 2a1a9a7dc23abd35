#include "store/sqlite/pause_rows.h"

#include "store/sqlite/sql.h"

namespace fleethook::store {

Result<void> write_pause(sqlite::Database& database, const core::PlacementKey& placement, const core::Paused& paused) {
  if (paused.mode == core::Pause::kRunning) {
    return sql::run(database, "DELETE FROM pause WHERE integration = ?1 AND product = ?2", placement.integration,
                    placement.product.value);
  }
  return sql::run(database,
                  "INSERT OR REPLACE INTO pause(integration, product, mode, since, user, user_name)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                  placement.integration, placement.product.value, core::to_text(paused.mode), paused.since, paused.by,
                  paused.by_name);
}

}  // namespace fleethook::store
