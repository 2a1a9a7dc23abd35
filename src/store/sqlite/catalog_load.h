// The catalog as it stands in the data file.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/keyring.h"
#include "base/result.h"
#include "core/integration.h"
#include "sqlite/database.h"
#include "store/store.h"

namespace fleethook::store {

// Everything alive, as a first snapshot, and what was merged since `merged_since`. kCorrupt names what cannot be read:
// starting without it would lose its deliveries.
Result<CatalogPtr> load_catalog(sqlite::Database& database, Instant merged_since, const crypto::Keyring& keys);
// One version of an integration, deleted ones too. kNotFound when there never was one.
Result<core::IntegrationPtr> load_version(sqlite::Database& database,
                                          core::IntegrationNumber number,
                                          std::uint32_t version);
// As Store::versions.
Result<std::vector<VersionRecord>> load_versions(sqlite::Database& database,
                                                 core::IntegrationNumber number,
                                                 std::uint32_t before,
                                                 std::size_t limit);

// How a scope is called in the file.
std::string_view scope_text(core::Scope scope);

}  // namespace fleethook::store
