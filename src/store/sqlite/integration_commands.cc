// Integrations and everything that changes with them.
#include <utility>

#include "core/integration.h"
#include "store/catalog_data.h"
#include "store/changes.h"
#include "store/secret_rules.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/catalog_load.h"
#include "store/sqlite/device_rows.h"
#include "store/sqlite/pause_rows.h"
#include "store/sqlite/sealed_rows.h"
#include "store/sqlite/secret_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using Products = std::vector<core::ProductId>;
using sqlite::Database;

std::string products_json(const Products& products) {
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

struct NewVersion {
  std::uint32_t number;
  const core::IntegrationConfig& config;
  const crypto::Digest* fingerprint;
};

Result<void> write_version(Database& database,
                           const core::Integration& integration,
                           const NewVersion& version,
                           const Changes::Put& put,
                           Instant now) {
  return sql::run(database,
                  "INSERT INTO integration_version(integration, version, config, products, overrides, fingerprint, "
                  "action, created_by, created_at) VALUES (?1, ?2, "
                  "seal(?3, " FLEETHOOK_PLACE_OF_CONFIG("?1", "?2") "), ?4, "
                  "seal(?5, " FLEETHOOK_PLACE_OF_OVERRIDES("?1", "?2") "), ?6, ?7, ?8, ?9)",
                  integration.number, version.number, json::write(core::stored_form(version.config, integration.scope)),
                  products_json(integration.products), overrides_json(integration.overrides),
                  version.fingerprint == nullptr ? std::optional<crypto::Digest>() : *version.fingerprint, put.action,
                  put.by, now);
}

Result<void> write_placements(Database& database,
                              const core::Integration& integration,
                              const Products& before,
                              Instant now) {
  for (const core::ProductId id : integration.products) {
    if (std::ranges::binary_search(before, id)) continue;
    FLEETHOOK_CHECK(
        sql::run(database,
                 "INSERT INTO placement(integration, product, added_at) VALUES (?1, ?2, ?3) "
                 "ON CONFLICT(integration, product) DO UPDATE SET added_at = excluded.added_at, removed_at = NULL",
                 integration.number, id, now));
  }
  for (const core::ProductId id : before) {
    if (integration.on(id)) continue;
    FLEETHOOK_CHECK(sql::run(database, "UPDATE placement SET removed_at = ?3 WHERE integration = ?1 AND product = ?2",
                             integration.number, id, now));
  }
  return {};
}

Result<void> write_new(Database& database, core::Integration& fresh) {
  FLEETHOOK_CHECK(sql::run(database,
                           "INSERT INTO integration(id, scope, user, organization, version, last_version, "
                           "separated_from, created_by, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                           fresh.id, scope_text(fresh.scope), fresh.user, fresh.organization, fresh.version,
                           fresh.last_version, fresh.separated_from, fresh.created_by, fresh.created_at));
  fresh.number = {static_cast<std::uint64_t>(database.last_insert_rowid())};
  return {};
}

Result<void> write_state(Database& database, const core::Integration& integration) {
  return sql::run(database,
                  "UPDATE integration SET scope = ?2, user = ?3, organization = ?4, version = ?5, last_version = ?6, "
                  "staged = ?7 WHERE number = ?1",
                  integration.number, scope_text(integration.scope), integration.user, integration.organization,
                  integration.version, integration.last_version, staged_json(integration.staged));
}

// Gives it a number if it is new, settles it, writes what is new about it.
Result<void> write_integration(Database& database, const Catalog::Data& data, const Changes::Put& put, Instant now) {
  core::Integration& integration = *put.integration;
  std::uint32_t known_version = 0;
  Products products_before;
  if (integration.number.is_none()) {
    FLEETHOOK_CHECK(write_new(database, integration));
    integration.settle();
  } else {
    integration.settle();
    const core::Integration& old = **data.integrations.find(integration.number);
    known_version = old.last_version;
    products_before = old.products;
    FLEETHOOK_CHECK(write_state(database, integration));
  }
  // Versions are numbered in the order of their making: what is above the last known one has no row yet.
  if (integration.version > known_version) {
    const bool has_fingerprint = integration.scope == core::Scope::kOrganization;
    FLEETHOOK_CHECK(write_version(
        database, integration,
        {integration.version, integration.config, has_fingerprint ? &integration.fingerprint : nullptr}, put, now));
  }
  if (integration.staged != nullptr && integration.staged->version > known_version) {
    FLEETHOOK_CHECK(write_version(database, integration,
                                  {integration.staged->version, integration.staged->config, nullptr}, put, now));
  }
  return write_placements(database, integration, products_before, now);
}

Result<void> write_closing(Database& database, const Changes::Closing& closing, Instant now) {
  FLEETHOOK_CHECK(sql::run(database,
                           "UPDATE integration SET deleted_at = ?2, merged_into = ?3, staged = NULL WHERE number = ?1",
                           closing.number, now, closing.merged_into));
  return sql::run(database, "UPDATE placement SET removed_at = ?2 WHERE integration = ?1 AND removed_at IS NULL",
                  closing.number, now);
}

Result<void> write_products(Database& database, const Changes& changes, Instant now) {
  for (const core::Product& product : changes.products) {
    FLEETHOOK_CHECK(sql::run(database, "UPDATE product SET organization = ?2, user = ?3 WHERE id = ?1", product.id,
                             product.organization, product.user));
    // Who has a role through the new owner has no place in the product's own team.
    FLEETHOOK_CHECK(sql::run(database,
                             "DELETE FROM product_member WHERE product = ?1 AND (user IN (SELECT user FROM team_member "
                             "WHERE organization = ?2) OR (?2 IS NULL AND user = ?3))",
                             product.id, product.organization, product.user));
  }
  for (const core::ProductId id : changes.deleted_products) {
    FLEETHOOK_CHECK(sql::run(database, "DELETE FROM product_member WHERE product = ?1", id));
    FLEETHOOK_CHECK(
        sql::run(database, "DELETE FROM user WHERE id IN (SELECT user FROM api_user WHERE product = ?1)", id));
    // The row stays for what refers to it; its slug is free again.
    FLEETHOOK_CHECK(
        sql::run(database, "UPDATE product SET deleted_at = ?2, slug = slug || '#' || id WHERE id = ?1", id, now));
  }
  return {};
}

// As put_changes() has carried it: the rows of what ended have gone with it.
Result<void> write_carried(Database& database, const Catalog::Data& data, const Changes& changes) {
  for (const Changes::Carrying& one : changes.carried) {
    const core::PlacementKey to{changes.integrations[one.to].integration->number, one.product};
    if (const core::Paused* paused = data.pauses.find(to)) FLEETHOOK_CHECK(write_pause(database, to, *paused));
    const auto* placements = data.placement_variables.find(to.integration);
    if (placements == nullptr || !placements->contains(one.product)) continue;
    FLEETHOOK_CHECK(
        write_variables(database, VariablesOwner::of(to.integration, one.product), *placements->at(one.product)));
  }
  return {};
}

Result<void> write_changes(Database& database, const Catalog::Data& data, Changes& changes, Instant now) {
  FLEETHOOK_CHECK(write_products(database, changes, now));
  for (const Changes::Closing& closing : changes.closed) FLEETHOOK_CHECK(write_closing(database, closing, now));
  for (const Changes::Put& put : changes.integrations) {
    FLEETHOOK_CHECK(write_integration(database, data, put, now));
  }
  for (const AuditEntry& entry : audit_of_selections(data, changes, now)) FLEETHOOK_CHECK(write_audit(database, entry));
  for (AuditEntry& entry : changes.audit) {
    entry.at = now;
    FLEETHOOK_CHECK(write_audit(database, entry));
  }
  return {};
}

}  // namespace

Result<std::vector<core::IntegrationPtr>> SqliteStore::change_integrations(const Rule& rule) {
  return answer<std::vector<core::IntegrationPtr>>(
      [&](Database& database, CatalogEditor& editor, std::vector<core::IntegrationPtr>& made) -> Result<void> {
        const Instant now = clock_.now();
        FLEETHOOK_TRY(Changes changes, rule(*newest_, Making{now, random_}));
        if (changes.empty()) return {};
        FLEETHOOK_CHECK(check_changes(editor.data(), changes, limits_));
        FLEETHOOK_CHECK(write_changes(database, editor.data(), changes, now));
        put_changes(editor, changes, now);
        FLEETHOOK_CHECK(write_carried(database, editor.data(), changes));
        const Actor by = changes.audit.empty() ? Actor() : changes.audit.front().by;
        FLEETHOOK_CHECK(write_lost_ground(database, editor, by, now));  // products moved or went
        for (Changes::Put& put : changes.integrations) made.push_back(std::move(put.integration));
        return {};
      });
}

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
