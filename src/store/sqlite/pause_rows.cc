#include "store/sqlite/pause_rows.h"

#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

// 0 is a number here: nothing had been accepted yet. NULL: none is known.
std::optional<std::uint64_t> number_of(const std::optional<core::EventSeq>& newest) {
  return newest ? std::optional(newest->value) : std::nullopt;
}

}  // namespace

Result<void> write_pause(sqlite::Database& database, const core::PlacementKey& placement, const core::Paused& paused) {
  if (paused.mode == core::Pause::kRunning) {
    return sql::run(database, "DELETE FROM pause WHERE integration = ?1 AND product = ?2", placement.integration,
                    placement.product.value);
  }
  return sql::run(database,
                  "INSERT OR REPLACE INTO pause(integration, product, mode, since, user, user_name, newest)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                  placement.integration, placement.product.value, core::to_text(paused.mode), paused.since, paused.by,
                  paused.by_name, number_of(paused.newest));
}

Result<void> write_dropped(sqlite::Database& database,
                           const core::PlacementKey& placement,
                           const core::Dropped& dropped) {
  return sql::run(database,
                  "INSERT OR REPLACE INTO dropped(integration, product, until, newest) VALUES (?1, ?2, ?3, ?4)",
                  placement.integration, placement.product.value, dropped.until, number_of(dropped.newest));
}

Result<void> write_moved(sqlite::Database& database, const core::PlacementKey& placement, const core::Moved& moved) {
  return sql::run(
      database,
      "INSERT OR REPLACE INTO moved(integration, product, version, until, newest) VALUES (?1, ?2, ?3, ?4, ?5)",
      placement.integration, placement.product.value, moved.version, moved.until, moved.newest.value);
}

}  // namespace fleethook::store
