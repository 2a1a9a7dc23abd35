#include <algorithm>
#include <utility>

#include "store/errors.h"
#include "store/sqlite/catalog_load.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using Products = std::vector<core::ProductId>;
using sqlite::Database;

void normalise(Products& products) {
  std::ranges::sort(products);
  products.erase(std::unique(products.begin(), products.end()), products.end());
}

// The owner exists, and the product set is one that an integration of this scope can have.
Result<void> check_owner(const Catalog::Data& data, const core::Integration& integration) {
  const bool of_organization = integration.scope == core::Scope::kOrganization;
  if (of_organization ? !data.organizations.contains(integration.organization)
                      : !data.users.contains(integration.user)) {
    return of_organization ? no_such("organization", integration.organization.str())
                           : no_such("user", integration.user.str());
  }
  if (integration.scope == core::Scope::kSandbox) {
    return integration.products.empty() ? Result<void>()
                                        : Error::field("product_ids", "a sandbox integration has no products");
  }
  if (integration.products.empty()) return Error::field("product_ids", "expected at least one product");
  if (!of_organization && integration.products.size() > 1) {
    return Error::field("product_ids", "an integration outside an organization runs on one product");
  }
  for (const core::ProductId id : integration.products) {
    const ProductEntry* entry = data.products.find(id);
    const bool owned = entry != nullptr && (of_organization ? entry->product.organization == integration.organization
                                                            : entry->product.organization.is_none() &&
                                                                  entry->product.user == integration.user);
    if (!owned) return no_such("product", std::to_string(id.value) + " of this owner");
  }
  return {};
}

std::string products_json(const Products& products) {
  json::Array array;
  for (const core::ProductId id : products) array.emplace_back(id.value);
  return json::write(std::move(array));
}

Result<void> write_version(Database& database, const core::Integration& integration, const core::UserId& by) {
  return sql::run(database,
                  "INSERT INTO integration_version(integration, version, config, products, created_by, created_at) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                  integration.number, integration.version,
                  json::write(core::stored_form(integration.config, integration.scope)),
                  products_json(integration.products), by, integration.updated_at);
}

Result<void> write_placements(Database& database, const core::Integration& integration, const Products& before) {
  for (const core::ProductId id : integration.products) {
    if (std::ranges::binary_search(before, id)) continue;
    FLEETHOOK_CHECK(
        sql::run(database,
                 "INSERT INTO placement(integration, product, added_at) VALUES (?1, ?2, ?3) "
                 "ON CONFLICT(integration, product) DO UPDATE SET added_at = excluded.added_at, removed_at = NULL",
                 integration.number, id, integration.updated_at));
  }
  for (const core::ProductId id : before) {
    if (integration.on(id)) continue;
    FLEETHOOK_CHECK(sql::run(database, "UPDATE placement SET removed_at = ?3 WHERE integration = ?1 AND product = ?2",
                             integration.number, id, integration.updated_at));
  }
  return {};
}

}  // namespace

Result<core::IntegrationPtr> SqliteStore::create_integration(NewIntegration integration) {
  return answer<core::IntegrationPtr>([&](Database& database, CatalogEditor& editor,
                                          core::IntegrationPtr& made) -> Result<void> {
    auto fresh = std::make_shared<core::Integration>();
    fresh->scope = integration.scope;
    fresh->user = integration.user;
    fresh->organization = integration.organization;
    fresh->products = std::move(integration.products);
    normalise(fresh->products);
    fresh->created_by = integration.created_by;
    fresh->config = std::move(integration.config);
    FLEETHOOK_CHECK(check_owner(editor.data(), *fresh));
    fresh->created_at = fresh->updated_at = clock_.now();
    fresh->id = core::IntegrationId::make(fresh->created_at, random_);
    FLEETHOOK_CHECK(sql::run(database,
                             "INSERT INTO integration(id, scope, user, organization, version, created_by, created_at) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                             fresh->id, scope_text(fresh->scope), fresh->user, fresh->organization, fresh->version,
                             fresh->created_by, fresh->created_at));
    fresh->number = {static_cast<std::uint64_t>(database.last_insert_rowid())};
    FLEETHOOK_CHECK(write_version(database, *fresh, fresh->created_by));
    FLEETHOOK_CHECK(write_placements(database, *fresh, {}));
    made = std::move(fresh);
    editor.put_integration(made);
    return {};
  });
}

Result<core::IntegrationPtr> SqliteStore::update_integration(const core::IntegrationId& id, IntegrationEdit edit) {
  normalise(edit.products);
  return answer<core::IntegrationPtr>(
      [&](Database& database, CatalogEditor& editor, core::IntegrationPtr& made) -> Result<void> {
        const core::IntegrationNumber* number = editor.data().integration_numbers.find(id);
        if (number == nullptr) return no_such("integration", id.str());
        const core::IntegrationPtr old = *editor.data().integrations.find(*number);
        if (edit.expected_version && *edit.expected_version != old->version) {
          return Error{Fault::kConflict,
                       "the integration has version " + std::to_string(old->version) + " by now, not " +
                           std::to_string(*edit.expected_version),
                       "version_mismatch"};
        }
        made = old;
        if (edit.config == old->config && edit.products == old->products) return {};
        auto fresh = std::make_shared<core::Integration>(*old);
        fresh->config = std::move(edit.config);
        fresh->products = std::move(edit.products);
        FLEETHOOK_CHECK(check_owner(editor.data(), *fresh));
        ++fresh->version;
        fresh->updated_at = clock_.now();
        FLEETHOOK_CHECK(write_version(database, *fresh, edit.by));
        FLEETHOOK_CHECK(
            sql::run(database, "UPDATE integration SET version = ?2 WHERE number = ?1", fresh->number, fresh->version));
        FLEETHOOK_CHECK(write_placements(database, *fresh, old->products));
        made = std::move(fresh);
        editor.put_integration(made);
        return {};
      });
}

Result<void> SqliteStore::delete_integration(const core::IntegrationId& id) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const core::IntegrationNumber* found = editor.data().integration_numbers.find(id);
    if (found == nullptr) return no_such("integration", id.str());
    const core::IntegrationNumber number = *found;
    const Instant now = clock_.now();
    FLEETHOOK_CHECK(sql::run(database, "UPDATE integration SET deleted_at = ?2 WHERE number = ?1", number, now));
    FLEETHOOK_CHECK(sql::run(
        database, "UPDATE placement SET removed_at = ?2 WHERE integration = ?1 AND removed_at IS NULL", number, now));
    editor.erase_integration(number);
    return {};
  });
}

Result<core::IntegrationPtr> SqliteStore::integration_version(core::IntegrationNumber number, std::uint32_t version) {
  if (core::IntegrationPtr current = catalog()->integration(number); current != nullptr && current->version == version)
    return current;
  return readers_.with([&](Database& database) { return load_version(database, number, version); });
}

}  // namespace fleethook::store
