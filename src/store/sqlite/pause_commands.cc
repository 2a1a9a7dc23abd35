// Pausing placements. Rows of ended placements go by triggers of the schema.
#include "store/pauses.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/pause_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {

using sqlite::Database;

Result<void> write_pause(Database& database, const core::PlacementKey& placement, const core::Paused& paused) {
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

Result<void> SqliteStore::set_pause(const core::IntegrationId& id,
                                    const std::vector<core::ProductId>& products,
                                    core::Pause pause,
                                    const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    FLEETHOOK_TRY(PauseChange planned, plan_pause(editor.data(), id, products, pause, by, clock_.now()));
    if (planned.placements.empty()) return {};
    for (const core::PlacementKey& placement : planned.placements) {
      FLEETHOOK_CHECK(write_pause(database, placement, planned.paused));
    }
    planned.entry.at = planned.paused.since;
    FLEETHOOK_CHECK(write_audit(database, planned.entry));
    apply(planned, editor);
    return {};
  });
}

Result<void> SqliteStore::drop_waiting(const core::IntegrationId& id,
                                       const std::vector<core::ProductId>& products,
                                       const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    FLEETHOOK_TRY(DropChange planned, plan_drop(editor.data(), id, products, by));
    planned.entry.at = clock_.now();
    for (const core::PlacementKey& placement : planned.placements) {
      FLEETHOOK_CHECK(sql::run(database,
                               "INSERT OR REPLACE INTO dropped(integration, product, until) VALUES (?1, ?2, ?3)",
                               placement.integration, placement.product.value, planned.entry.at));
      editor.put_dropped(placement, planned.entry.at);
    }
    return write_audit(database, planned.entry);
  });
}

}  // namespace fleethook::store
