#include "store/sqlite/sealed_rows.h"

#include <string>
#include <utility>

#include "store/sqlite/secret_rows.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

// Its row of schema_version, so that files are looked through once.
constexpr const char* kDone = "SELECT version FROM schema_version WHERE part = 'sealed'";

// Each in one transaction: after a crash there is all of it or nothing.
constexpr const char* kSealVersions =
    "UPDATE integration_version SET "
    "config = reseal(config, " FLEETHOOK_PLACE_OF_CONFIG("integration", "version") "), "
    "overrides = reseal(overrides, " FLEETHOOK_PLACE_OF_OVERRIDES("integration", "version") ") "
    "WHERE NOT is_sealed_now(config) OR NOT is_sealed_now(overrides)";
constexpr const char* kSealAudit =
    "UPDATE audit SET diff = reseal(diff, " FLEETHOOK_PLACE_OF_DIFF("at", "action", "target") ") "
    "WHERE NOT is_sealed_now(diff)";

Error not_opened(Error error) {
  error.message = "what is sealed in the data file cannot be opened: " + error.message;
  if (error.fault == Fault::kCorrupt) error.code = "secret_not_opened";
  return error;
}

Result<std::size_t> seal_with(Database& database, const char* sql) {
  FLEETHOOK_TRY(Statement statement, database.prepare(sql));
  auto done = statement.run();
  if (!done.ok()) return not_opened(std::move(done).error());
  return static_cast<std::size_t>(database.changes());
}

}  // namespace

Result<bool> has_sealed_rows(Database& database) {
  FLEETHOOK_TRY(const auto found,
                sql::first_number(database,
                                  "SELECT EXISTS (SELECT 1 FROM integration_version WHERE config LIKE 'sealed:%') OR "
                                  "EXISTS (SELECT 1 FROM audit WHERE diff LIKE 'sealed:%')"));
  return found.value_or(0) != 0;
}

Result<std::size_t> seal_rows(Database& database) {
  FLEETHOOK_TRY(const std::size_t versions, seal_with(database, kSealVersions));
  FLEETHOOK_TRY(const std::size_t entries, seal_with(database, kSealAudit));
  return versions + entries;
}

Result<void> check_sealed_rows(Database& database) {
  auto tried = sql::first_number(
      database, "SELECT length(unseal(config, " FLEETHOOK_PLACE_OF_CONFIG(
                    "integration", "version") ")) FROM integration_version WHERE config LIKE 'sealed:%' LIMIT 1");
  return tried.ok() ? Result<void>() : not_opened(std::move(tried).error());
}

Result<void> seal_file(Database& database, const crypto::Keyring& keys) {
  if (keys.empty()) return {};
  FLEETHOOK_TRY(const auto done, sql::first_number(database, kDone));
  if (done) return {};
  CatalogEditor unused{Catalog()};
  FLEETHOOK_CHECK(load_secrets(database, keys, unused));
  FLEETHOOK_CHECK(seal_rows(database));
  // Also when a start before this one sealed them, and went no further.
  FLEETHOOK_TRY(const auto held, sql::first_number(database,
                                                   "SELECT EXISTS (SELECT 1 FROM integration_version) OR "
                                                   "EXISTS (SELECT 1 FROM audit)"));
  if (held.value_or(0) != 0) {
    // The copy is made beside the file and not in memory: files are larger than that.
    auto rewritten =
        database.execute("PRAGMA temp_store=FILE; VACUUM; PRAGMA temp_store=MEMORY; PRAGMA wal_checkpoint(TRUNCATE)");
    if (!rewritten.ok()) {
      Error error = std::move(rewritten).error();
      error.message =
          "the data file cannot be rewritten without what it had in clear; that needs as much free space as "
          "it takes, here and for temporary files: " +
          error.message;
      return error;
    }
  }
  return database.execute("INSERT OR REPLACE INTO schema_version(part, version) VALUES ('sealed', 1)");
}

}  // namespace fleethook::store
