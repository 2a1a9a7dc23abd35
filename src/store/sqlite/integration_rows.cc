#include "store/sqlite/integration_rows.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/integration.h"
#include "store/sqlite/catalog_load.h"
#include "store/sqlite/sealed_rows.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {
namespace {

using sqlite::Database;

std::string products_json(const std::vector<core::ProductId>& products) {
  json::Array array;
  for (const core::ProductId id : products) array.emplace_back(id.value);
  return json::write(std::move(array));
}

std::string overrides_json(const std::vector<core::Override>& overrides) {
  json::Array array;
  for (const core::Override& one : overrides) {
    array.emplace_back(json::Object{{"product", one.product.value}, {"settings", one.settings}});
  }
  return json::write(std::move(array));
}

// The configuration stands in the version's own row.
std::optional<std::string> staged_json(const std::shared_ptr<const core::Staged>& staged) {
  if (staged == nullptr) return std::nullopt;
  json::Array products;
  for (const core::ProductId id : staged->products) products.emplace_back(id.value);
  json::Object object{{"version", staged->version},
                      {"products", std::move(products)},
                      {"since", micros(staged->since)},
                      {"by", staged->by.str()},
                      {"outcomes_min", staged->outcomes_min}};
  if (staged->error_percent_max) object.set("error_percent_max", *staged->error_percent_max);
  return json::write(std::move(object));
}

Result<void> write_version(Database& database, const row::PutIntegration& put, std::uint32_t version) {
  const core::Integration& one = *put.integration;
  const bool current = version == one.version;
  const bool has_fingerprint = current && one.scope == core::Scope::kOrganization;
  const core::IntegrationConfig& config = current ? one.config : one.staged->config;
  return sql::run(database,
                  "INSERT INTO integration_version(integration, version, config, products, overrides, fingerprint, "
                  "action, created_by, created_at) VALUES (?1, ?2, "
                  "seal(?3, " FLEETHOOK_PLACE_OF_CONFIG("?1", "?2") "), ?4, "
                  "seal(?5, " FLEETHOOK_PLACE_OF_OVERRIDES("?1", "?2") "), ?6, ?7, ?8, ?9)",
                  one.number, version, json::write(core::stored_form(config, one.scope)), products_json(one.products),
                  overrides_json(one.overrides),
                  has_fingerprint ? std::optional<crypto::Digest>(one.fingerprint) : std::nullopt, put.action, put.by,
                  put.at);
}

Result<void> write_placements(Database& database, const row::PutIntegration& put) {
  for (const core::ProductId id : put.joined) {
    FLEETHOOK_CHECK(
        sql::run(database,
                 "INSERT INTO placement(integration, product, added_at) VALUES (?1, ?2, ?3) "
                 "ON CONFLICT(integration, product) DO UPDATE SET added_at = excluded.added_at, removed_at = NULL",
                 put.integration->number, id, put.at));
  }
  for (const core::ProductId id : put.left) {
    FLEETHOOK_CHECK(sql::run(database, "UPDATE placement SET removed_at = ?3 WHERE integration = ?1 AND product = ?2",
                             put.integration->number, id, put.at));
  }
  return {};
}

}  // namespace

Result<void> write_integration(Database& database, const row::PutIntegration& put) {
  const core::Integration& one = *put.integration;
  FLEETHOOK_CHECK(
      sql::run(database,
               "INSERT INTO integration(number, id, scope, user, organization, version, last_version, staged, "
               "separated_from, created_by, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
               "ON CONFLICT(id) DO UPDATE SET scope = excluded.scope, user = excluded.user, "
               "organization = excluded.organization, version = excluded.version, "
               "last_version = excluded.last_version, staged = excluded.staged",
               one.number, one.id, scope_text(one.scope), one.user, one.organization, one.version, one.last_version,
               staged_json(one.staged), one.separated_from, one.created_by, one.created_at));
  for (const std::uint32_t version : put.versions) FLEETHOOK_CHECK(write_version(database, put, version));
  return write_placements(database, put);
}

Result<void> close_integration(Database& database, const row::CloseIntegration& close) {
  FLEETHOOK_CHECK(sql::run(database,
                           "UPDATE integration SET deleted_at = ?2, merged_into = ?3, staged = NULL WHERE number = ?1",
                           close.number, close.at, close.merged_into));
  return sql::run(database, "UPDATE placement SET removed_at = ?2 WHERE integration = ?1 AND removed_at IS NULL",
                  close.number, close.at);
}

}  // namespace fleethook::store
