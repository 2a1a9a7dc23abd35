#include "store/sqlite/catalog_load.h"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/enum_names.h"
#include "store/catalog_editor.h"
#include "store/sqlite/device_rows.h"
#include "store/sqlite/invitation_rows.h"
#include "store/sqlite/sealed_rows.h"
#include "store/sqlite/secret_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/token_rows.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr std::array<std::string_view, 3> kScopes = {"sandbox", "product", "organization"};

Error corrupt(std::string_view what, std::string_view which, std::string_view reason) {
  return Error{Fault::kCorrupt, std::string(what) + " " + std::string(which) +
                                    " in the data file cannot be read: " + std::string(reason)};
}

Result<json::Value> read_json(std::string_view text, std::string_view what, std::string_view which) {
  auto value = json::parse(text);
  if (!value) return corrupt(what, which, value.error().message);
  return value;
}

Result<void> load_users(Database& database, CatalogEditor& editor) {
  FLEETHOOK_CHECK(sql::for_each(
      database,
      "SELECT id, username, password_hash, account_info, administrator, created_at, vouched FROM user ORDER "
      "BY number",
      [&](const Statement& row) -> Result<void> {
        core::User user;
        user.id = sql::id<core::UserId>(row, 0);
        user.username = sql::text(row, 1);
        user.password_hash = sql::text(row, 2);
        FLEETHOOK_TRY(user.account_info, read_json(row.column_text(3), "user", user.username));
        user.administrator = sql::flag(row, 4);
        user.created_at = sql::instant(row, 5);
        user.vouched = sql::flag(row, 6);
        editor.put_user(user);
        return {};
      }));
  return load_tokens(database, editor);
}

Result<void> load_organizations(Database& database, CatalogEditor& editor) {
  FLEETHOOK_CHECK(sql::for_each(
      database,
      "SELECT number, id, slug, name, plan, group_identical, created_by, created_at FROM organization ORDER BY number",
      [&](const Statement& row) -> Result<void> {
        core::Organization organization;
        organization.id = sql::id<core::OrganizationId>(row, 1);
        organization.slug = sql::text(row, 2);
        organization.name = sql::text(row, 3);
        const auto plan = core::parse_plan(row.column_text(4));
        const auto grouping = core::parse_group_identical(row.column_text(5));
        if (!plan || !grouping) return corrupt("organization", organization.slug, "unknown plan or group_identical");
        organization.plan = *plan;
        organization.group_identical = *grouping;
        organization.created_by = sql::id<core::UserId>(row, 6);
        organization.created_at = sql::instant(row, 7);
        editor.put_organization(organization, static_cast<std::uint64_t>(row.column_int(0)));
        return {};
      }));
  return sql::for_each(database, "SELECT organization, user, role FROM team_member",
                       [&](const Statement& row) -> Result<void> {
                         const auto organization = sql::id<core::OrganizationId>(row, 0);
                         const auto role = core::parse_role(row.column_text(2));
                         if (!role) return corrupt("team of organization", organization.str(), "unknown role");
                         editor.put_member(organization, sql::id<core::UserId>(row, 1), *role);
                         return {};
                       });
}

Result<void> load_products(Database& database, CatalogEditor& editor) {
  return sql::for_each(database,
                       "SELECT id, slug, name, description, platform_id, settings, organization, user, created_at FROM "
                       "product WHERE deleted_at IS NULL ORDER BY id",
                       [&](const Statement& row) -> Result<void> {
                         core::Product product;
                         product.id = sql::number<core::ProductId>(row, 0);
                         product.slug = sql::text(row, 1);
                         product.name = sql::text(row, 2);
                         product.description = sql::text(row, 3);
                         product.platform_id = row.column_int(4);
                         FLEETHOOK_TRY(product.settings, read_json(row.column_text(5), "product", product.slug));
                         product.organization = sql::id<core::OrganizationId>(row, 6);
                         product.user = sql::id<core::UserId>(row, 7);
                         product.created_at = sql::instant(row, 8);
                         editor.put_product(product);
                         return {};
                       });
}

Result<core::ApiAccess> read_api_access(const Statement& row, const std::string& username) {
  core::ApiAccess api;
  api.organization = sql::id<core::OrganizationId>(row, 1);
  api.product = sql::number<core::ProductId>(row, 2);
  api.friendly_name = sql::text(row, 3);
  FLEETHOOK_TRY(const json::Value scopes, read_json(row.column_text(4), "API user", username));
  if (!scopes.is_array()) return corrupt("API user", username, "its scopes are no array");
  for (const json::Value& scope : scopes.as_array()) {
    if (!scope.is_string()) return corrupt("API user", username, "a scope is no text");
    api.scopes.push_back(scope.as_string());
  }
  return api;
}

// After organizations and products, which these belong to.
Result<void> load_teams(Database& database, CatalogEditor& editor) {
  FLEETHOOK_CHECK(sql::for_each(database, "SELECT product, user, role FROM product_member",
                                [&](const Statement& row) -> Result<void> {
                                  const auto product = sql::number<core::ProductId>(row, 0);
                                  const auto role = core::parse_role(row.column_text(2));
                                  if (!role) {
                                    return corrupt("team of product", std::to_string(product.value), "unknown role");
                                  }
                                  editor.put_member(product, sql::id<core::UserId>(row, 1), *role);
                                  return {};
                                }));
  return sql::for_each(database, "SELECT user, organization, product, friendly_name, scopes FROM api_user",
                       [&](const Statement& row) -> Result<void> {
                         core::User user = editor.data().users.find(sql::id<core::UserId>(row, 0))->user;
                         FLEETHOOK_TRY(user.api, read_api_access(row, user.username));
                         editor.put_user(user);
                         return {};
                       });
}

// The columns that read_integration() expects.
#define FLEETHOOK_INTEGRATION_COLUMNS \
  "SELECT i.number, i.id, i.scope, i.user, i.organization, i.created_by, i.created_at, v.version, "        \
  "unseal(v.config, " FLEETHOOK_PLACE_OF_CONFIG("v.integration", "v.version") "), v.products, v.created_at, " \
  "unseal(v.overrides, " FLEETHOOK_PLACE_OF_OVERRIDES("v.integration", "v.version") "), "                  \
  "v.fingerprint, i.last_version, i.separated_from, i.merged_into, i.deleted_at, i.staged, v.action, "     \
  "v.created_by "                                                                                          \
  "FROM integration AS i JOIN integration_version AS v ON v.integration = i.number "

Result<core::IntegrationConfig> read_stored_config(std::string_view text, core::Scope scope, std::string_view name) {
  FLEETHOOK_TRY(const json::Value config, read_json(text, "integration", name));
  if (!config.is_object()) return corrupt("integration", name, "its configuration is no object");
  auto typed = core::read_stored(config.as_object(), scope);
  if (!typed) return corrupt("integration", name, typed.error().message);
  return typed;
}

Result<std::vector<core::ProductId>> read_products(const json::Value& products, std::string_view name) {
  if (!products.is_array()) return corrupt("integration", name, "its products are no array");
  std::vector<core::ProductId> ids;
  for (const json::Value& product : products.as_array()) {
    if (!product.is_int()) return corrupt("integration", name, "a product is no number");
    ids.push_back({static_cast<std::uint64_t>(product.as_int())});
  }
  return ids;
}

Result<std::vector<core::Override>> read_overrides(std::string_view text, std::string_view name) {
  FLEETHOOK_TRY(const json::Value overrides, read_json(text, "integration", name));
  std::vector<core::Override> read;
  if (!overrides.is_array()) return corrupt("integration", name, "its overrides are no array");
  for (const json::Value& one : overrides.as_array()) {
    const json::Value* product = one.find("product");
    const json::Value* settings = one.find("settings");
    if (product == nullptr || !product->is_int() || settings == nullptr || !settings->is_object()) {
      return corrupt("integration", name, "an override has no product or settings");
    }
    read.push_back({{static_cast<std::uint64_t>(product->as_int())}, settings->as_object()});
  }
  return read;
}

// Without scope, staged configuration, and not settled.
Result<std::shared_ptr<core::Integration>> read_integration(const Statement& row) {
  auto integration = std::make_shared<core::Integration>();
  integration->number = sql::number<core::IntegrationNumber>(row, 0);
  integration->id = sql::id<core::IntegrationId>(row, 1);
  const std::string name = integration->id.str();
  const auto scope = core::enum_value<core::Scope>(kScopes, row.column_text(2));
  if (!scope) return corrupt("integration", name, "unknown scope");
  integration->scope = *scope;
  integration->user = sql::id<core::UserId>(row, 3);
  integration->organization = sql::id<core::OrganizationId>(row, 4);
  integration->created_by = sql::id<core::UserId>(row, 5);
  integration->created_at = sql::instant(row, 6);
  integration->version = static_cast<std::uint32_t>(row.column_int(7));
  FLEETHOOK_TRY(integration->config, read_stored_config(row.column_text(8), *scope, name));
  FLEETHOOK_TRY(const json::Value products, read_json(row.column_text(9), "integration", name));
  FLEETHOOK_TRY(integration->products, read_products(products, name));
  integration->updated_at = sql::instant(row, 10);
  FLEETHOOK_TRY(integration->overrides, read_overrides(row.column_text(11), name));
  integration->last_version = static_cast<std::uint32_t>(row.column_int(13));
  integration->separated_from = sql::id<core::IntegrationId>(row, 14);
  integration->merged_into = sql::id<core::IntegrationId>(row, 15);
  if (!integration->merged_into.is_none()) integration->closed_at = sql::instant(row, 16);
  return integration;
}

void settle(core::Integration& integration, const Statement& row) {
  const std::string_view bytes = row.column_text(12);
  crypto::Digest known{};
  const bool is_known = bytes.size() == known.size();
  if (is_known) bytes.copy(reinterpret_cast<char*>(known.data()), known.size());
  integration.settle(is_known ? &known : nullptr);
}

Result<std::shared_ptr<const core::Staged>> read_staged(const Statement& row, std::string_view name) {
  if (row.column_is_null(17)) return std::shared_ptr<const core::Staged>();
  FLEETHOOK_TRY(const json::Value stored, read_json(row.column_text(17), "integration", name));
  const auto number = [&](std::string_view member) -> std::optional<std::int64_t> {
    const json::Value* value = stored.find(member);
    return value != nullptr && value->is_int() ? std::optional(value->as_int()) : std::nullopt;
  };
  const auto version = number("version");
  const auto since = number("since");
  const json::Value* products = stored.find("products");
  if (!version || !since || products == nullptr)
    return corrupt("integration", name, "its staged version is unreadable");
  auto staged = std::make_shared<core::Staged>();
  staged->version = static_cast<std::uint32_t>(*version);
  staged->since = Instant(Duration(*since));
  FLEETHOOK_TRY(staged->products, read_products(*products, name));
  if (const json::Value* by = stored.find("by"); by != nullptr && by->is_string()) {
    staged->by = core::UserId::parse(by->as_string()).value_or(core::UserId());
  }
  if (const auto percent = number("error_percent_max"))
    staged->error_percent_max = static_cast<std::uint32_t>(*percent);
  if (const auto least = number("outcomes_min")) staged->outcomes_min = static_cast<std::uint32_t>(*least);
  return std::shared_ptr<const core::Staged>(std::move(staged));
}

// The staged configuration stands in a version row of its own.
Result<void> load_staged_config(Database& database, core::Integration& integration) {
  auto staged = std::make_shared<core::Staged>(*integration.staged);
  bool found = false;
  FLEETHOOK_CHECK(sql::for_each(
      database,
      "SELECT unseal(config, " FLEETHOOK_PLACE_OF_CONFIG("integration",
                                                         "version") ") FROM integration_version "
                                                                    "WHERE integration = ?1 AND version = ?2",
      [&](const Statement& row) -> Result<void> {
        found = true;
        FLEETHOOK_TRY(staged->config, read_stored_config(row.column_text(0), integration.scope, integration.id.str()));
        return {};
      },
      integration.number, staged->version));
  if (!found) return corrupt("integration", integration.id.str(), "its staged version is missing");
  integration.staged = std::move(staged);
  return {};
}

Result<void> load_integrations(Database& database, CatalogEditor& editor) {
  std::vector<core::IntegrationPtr> integrations;
  std::vector<std::shared_ptr<core::Integration>> unfinished;  // those with a staged version
  FLEETHOOK_CHECK(sql::for_each(
      database, FLEETHOOK_INTEGRATION_COLUMNS "AND v.version = i.version WHERE i.deleted_at IS NULL ORDER BY i.number",
      [&](const Statement& row) -> Result<void> {
        FLEETHOOK_TRY(auto integration, read_integration(row));
        FLEETHOOK_TRY(auto staged, read_staged(row, integration->id.str()));
        settle(*integration, row);
        integration->staged = std::move(staged);
        if (integration->staged != nullptr) unfinished.push_back(integration);
        integrations.push_back(std::move(integration));
        return {};
      }));
  for (const auto& integration : unfinished) {
    FLEETHOOK_CHECK(load_staged_config(database, *integration));
    integration->settle(&integration->fingerprint);
  }
  editor.put_integrations(integrations);
  return {};
}

Result<void> load_closed(Database& database, CatalogEditor& editor, Instant since) {
  return sql::for_each(
      database,
      FLEETHOOK_INTEGRATION_COLUMNS "AND v.version = i.version WHERE i.merged_into IS NOT NULL AND i.deleted_at > ?1",
      [&](const Statement& row) -> Result<void> {
        FLEETHOOK_TRY(auto integration, read_integration(row));
        settle(*integration, row);
        editor.put_closed(std::move(integration));
        return {};
      },
      since);
}

// NULL: noted by an earlier version.
std::optional<core::EventSeq> newest(const Statement& row, int column) {
  if (row.column_is_null(column)) return std::nullopt;
  return sql::number<core::EventSeq>(row, column);
}

// One of a placement that is not there pauses nothing.
Result<void> load_pauses(Database& database, CatalogEditor& editor) {
  return sql::for_each(
      database, "SELECT integration, product, mode, since, user, user_name, newest FROM pause",
      [&](const Statement& row) -> Result<void> {
        const core::PlacementKey placement{sql::number<core::IntegrationNumber>(row, 0),
                                           sql::number<core::ProductId>(row, 1)};
        const core::IntegrationPtr* integration = editor.data().integrations.find(placement.integration);
        if (integration == nullptr || !has_placement(**integration, placement.product)) return {};
        const auto mode = core::parse_pause(row.column_text(2));
        if (!mode || *mode == core::Pause::kRunning) {
          return corrupt("pause of integration", (*integration)->id.str(), "unknown mode");
        }
        editor.put_pause(
            placement, {*mode, sql::instant(row, 3), sql::id<core::UserId>(row, 4), sql::text(row, 5), newest(row, 6)});
        return {};
      });
}

Result<void> load_dropped(Database& database, CatalogEditor& editor) {
  return sql::for_each(
      database, "SELECT integration, product, until, newest FROM dropped", [&](const Statement& row) -> Result<void> {
        editor.put_dropped({sql::number<core::IntegrationNumber>(row, 0), sql::number<core::ProductId>(row, 1)},
                           {sql::instant(row, 2), newest(row, 3)});
        return {};
      });
}

Result<void> load_moved(Database& database, CatalogEditor& editor) {
  return sql::for_each(
      database, "SELECT integration, product, version, until, newest FROM moved",
      [&](const Statement& row) -> Result<void> {
        editor.put_moved(
            {sql::number<core::IntegrationNumber>(row, 0), sql::number<core::ProductId>(row, 1)},
            {static_cast<std::uint32_t>(row.column_int(2)), sql::instant(row, 3), sql::number<core::EventSeq>(row, 4)});
        return {};
      });
}

}  // namespace

std::string_view scope_text(core::Scope scope) {
  return core::enum_name(kScopes, scope);
}

Result<CatalogPtr> load_catalog(Database& database, Instant merged_since, const crypto::Keyring& keys) {
  CatalogEditor editor{Catalog()};
  FLEETHOOK_CHECK(load_users(database, editor));
  FLEETHOOK_CHECK(load_organizations(database, editor));
  FLEETHOOK_CHECK(load_products(database, editor));
  FLEETHOOK_CHECK(load_teams(database, editor));
  FLEETHOOK_CHECK(load_invitations(database, editor));
  FLEETHOOK_CHECK(load_devices(database, editor));
  // First of what is sealed: with wrong keys they are named.
  FLEETHOOK_CHECK(load_secrets(database, keys, editor));
  FLEETHOOK_CHECK(check_sealed_rows(database));
  FLEETHOOK_CHECK(load_integrations(database, editor));
  FLEETHOOK_CHECK(load_closed(database, editor, merged_since));
  FLEETHOOK_CHECK(load_pauses(database, editor));
  FLEETHOOK_CHECK(load_dropped(database, editor));
  FLEETHOOK_CHECK(load_moved(database, editor));
  FLEETHOOK_CHECK(load_variables(database, editor));
  return std::move(editor).finish();
}

Result<core::IntegrationPtr> load_version(Database& database, core::IntegrationNumber number, std::uint32_t version) {
  core::IntegrationPtr found;
  FLEETHOOK_CHECK(sql::for_each(
      database, FLEETHOOK_INTEGRATION_COLUMNS "WHERE i.number = ?1 AND v.version = ?2",
      [&](const Statement& row) -> Result<void> {
        FLEETHOOK_TRY(auto integration, read_integration(row));
        settle(*integration, row);
        found = std::move(integration);
        return {};
      },
      number, version));
  if (found == nullptr) {
    return Error{Fault::kNotFound,
                 "integration number " + std::to_string(number.value) + " has no version " + std::to_string(version)};
  }
  return found;
}

Result<std::vector<VersionRecord>> load_versions(Database& database,
                                                 core::IntegrationNumber number,
                                                 std::uint32_t before,
                                                 std::size_t limit) {
  std::vector<VersionRecord> versions;
  FLEETHOOK_CHECK(sql::for_each(
      database, FLEETHOOK_INTEGRATION_COLUMNS "WHERE i.number = ?1 AND v.version < ?2 ORDER BY v.version DESC LIMIT ?3",
      [&](const Statement& row) -> Result<void> {
        FLEETHOOK_TRY(auto integration, read_integration(row));
        settle(*integration, row);
        VersionRecord record;
        record.at = integration->updated_at;
        record.integration = std::move(integration);
        record.action = sql::text(row, 18);
        record.by = sql::id<core::UserId>(row, 19);
        versions.push_back(std::move(record));
        return {};
      },
      number, before == 0 ? INT64_MAX : std::int64_t{before}, limit));
  return versions;
}

}  // namespace fleethook::store
