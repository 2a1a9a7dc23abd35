// Versions and placements of integrations, read from the file: the catalog holds what runs now.
#include <vector>

#include "store/sqlite/catalog_load.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {

using sqlite::Database;

Result<core::IntegrationPtr> SqliteStore::integration_version(core::IntegrationNumber number, std::uint32_t version) {
  // While another version is staged, some products do not run the current one as it stands.
  const core::IntegrationPtr current = catalog()->integration(number);
  if (current != nullptr && current->version == version && current->staged == nullptr) return current;
  return readers_.with([&](Database& database) { return load_version(database, number, version); });
}

Result<std::vector<VersionRecord>> SqliteStore::versions(core::IntegrationNumber number,
                                                         std::uint32_t before,
                                                         std::size_t limit) {
  return readers_.with([&](Database& database) { return load_versions(database, number, before, limit); });
}

Result<std::vector<PlacementRecord>> SqliteStore::placements(core::IntegrationNumber number) {
  return readers_.with([&](Database& database) -> Result<std::vector<PlacementRecord>> {
    std::vector<PlacementRecord> found;
    FLEETHOOK_CHECK(sql::for_each(
        database, "SELECT product, added_at, removed_at FROM placement WHERE integration = ?1 ORDER BY product",
        [&](const sqlite::Statement& row) -> Result<void> {
          found.push_back({sql::number<core::ProductId>(row, 0), sql::instant(row, 1), sql::optional_instant(row, 2)});
          return {};
        },
        number));
    return found;
  });
}

}  // namespace fleethook::store
