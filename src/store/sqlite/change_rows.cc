#include "store/sqlite/change_rows.h"

#include <optional>
#include <string>
#include <variant>

#include "store/sqlite/audit_rows.h"
#include "store/sqlite/device_rows.h"
#include "store/sqlite/integration_rows.h"
#include "store/sqlite/invitation_rows.h"
#include "store/sqlite/pause_rows.h"
#include "store/sqlite/secret_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/token_rows.h"

// Both, should somebody have copied rows and not what is known of those that are gone.
#define FLEETHOOK_LAST_NUMBER(table, column)                                                                         \
  "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = '" table "'), 0), coalesce((SELECT max(" column \
  ") FROM " table "), 0))"

namespace fleethook::store {
namespace {

using sqlite::Database;

// One overload for each kind of row.
class RowWriter {
 public:
  RowWriter(Database& database, const crypto::Keyring& keys, Random& random)
      : database_(database), keys_(keys), random_(random) {}

  Result<void> operator()(const row::PutUser& put) {
    const core::User& user = put.user;
    FLEETHOOK_CHECK(
        sql::run(database_,
                 "INSERT INTO user(id, username, password_hash, account_info, administrator, created_at, vouched) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(id) DO UPDATE SET username = excluded.username, "
                 "password_hash = excluded.password_hash, account_info = excluded.account_info, "
                 "administrator = excluded.administrator, vouched = excluded.vouched",
                 user.id, user.username, user.password_hash, json::write(user.account_info), user.administrator,
                 user.created_at, user.vouched));
    if (!user.api) return {};
    json::Array scopes;
    for (const std::string& scope : user.api->scopes) scopes.emplace_back(scope);
    return sql::run(database_,
                    "INSERT INTO api_user(user, organization, product, friendly_name, scopes) "
                    "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT(user) DO UPDATE SET "
                    "friendly_name = excluded.friendly_name, scopes = excluded.scopes",
                    user.id, user.api->organization, user.api->product, user.api->friendly_name,
                    json::write(std::move(scopes)));
  }
  Result<void> operator()(const row::EraseUser& erase) {
    return sql::run(database_, "DELETE FROM user WHERE id = ?1", erase.id);  // tokens, memberships and secrets with it
  }
  Result<void> operator()(const row::PutToken& put) { return write_token(database_, put.token); }
  Result<void> operator()(const row::EraseToken& erase) { return erase_token(database_, erase.digest); }
  Result<void> operator()(const row::PutOrganization& put) {
    const core::Organization& one = put.organization;
    return sql::run(database_,
                    "INSERT INTO organization(number, id, slug, name, plan, group_identical, created_by, created_at) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(id) DO UPDATE SET name = excluded.name, "
                    "plan = excluded.plan, group_identical = excluded.group_identical",
                    put.order, one.id, one.slug, one.name, core::to_text(one.plan), core::to_text(one.group_identical),
                    one.created_by, one.created_at);
  }
  Result<void> operator()(const row::PutProduct& put) {
    const core::Product& one = put.product;
    return sql::run(database_,
                    "INSERT INTO product(id, slug, name, description, platform_id, settings, organization, user, "
                    "created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(id) DO UPDATE SET "
                    "slug = excluded.slug, name = excluded.name, description = excluded.description, "
                    "organization = excluded.organization, user = excluded.user",
                    one.id, one.slug, one.name, one.description, one.platform_id, json::write(one.settings),
                    one.organization, one.user, one.created_at);
  }
  Result<void> operator()(const row::EraseProduct& erase) {
    FLEETHOOK_CHECK(sql::run(database_, "DELETE FROM product_member WHERE product = ?1", erase.id));
    FLEETHOOK_CHECK(
        sql::run(database_, "DELETE FROM user WHERE id IN (SELECT user FROM api_user WHERE product = ?1)", erase.id));
    // The row stays for what refers to it; its slug is free again. Its variables go by a trigger.
    return sql::run(database_, "UPDATE product SET deleted_at = ?2, slug = slug || '#' || id WHERE id = ?1", erase.id,
                    erase.at);
  }
  Result<void> operator()(const row::PutIntegration& put) { return write_integration(database_, put); }
  Result<void> operator()(const row::CloseIntegration& close) { return close_integration(database_, close); }
  Result<void> operator()(const row::PutMember& put) {
    const std::string_view role = core::to_text(put.role);
    if (!put.place.organization.is_none()) {
      return sql::run(database_,
                      "INSERT INTO team_member(organization, user, role, added_at) VALUES (?1, ?2, ?3, ?4) "
                      "ON CONFLICT(organization, user) DO UPDATE SET role = excluded.role",
                      put.place.organization, put.user, role, put.since);
    }
    return sql::run(database_,
                    "INSERT INTO product_member(product, user, role, added_at) VALUES (?1, ?2, ?3, ?4) "
                    "ON CONFLICT(product, user) DO UPDATE SET role = excluded.role",
                    put.place.product, put.user, role, put.since);
  }
  Result<void> operator()(const row::EraseMember& erase) {
    if (!erase.place.organization.is_none()) {
      return sql::run(database_, "DELETE FROM team_member WHERE organization = ?1 AND user = ?2",
                      erase.place.organization, erase.user);
    }
    return sql::run(database_, "DELETE FROM product_member WHERE product = ?1 AND user = ?2", erase.place.product,
                    erase.user);
  }
  Result<void> operator()(const row::PutDevice& put) { return write_device(database_, put.device); }
  Result<void> operator()(const row::EraseDevice& erase) { return erase_device(database_, erase); }
  Result<void> operator()(const row::PutInvitation& put) { return write_invitation(database_, put.invitation); }
  Result<void> operator()(const row::EraseInvitation& erase) {
    return sql::run(database_, "DELETE FROM invitation WHERE id = ?1", erase.id);
  }
  Result<void> operator()(const row::PutPause& put) { return write_pause(database_, put.placement, put.paused); }
  Result<void> operator()(const row::PutDropped& put) { return write_dropped(database_, put.placement, put.dropped); }
  Result<void> operator()(const row::PutMoved& put) { return write_moved(database_, put.placement, put.moved); }
  Result<void> operator()(const row::PutSecret& put) {
    if (keys_.empty()) return Error{Fault::kUnavailable, "there is no master key to seal secrets with"};
    return write_secret(database_, put.owner, *put.secret, keys_, random_);
  }
  Result<void> operator()(const row::EraseSecret& erase) { return erase_secret(database_, erase.owner, erase.name); }
  Result<void> operator()(const row::PutVariables& put) { return write_variables(database_, put.owner, put.variables); }

 private:
  Database& database_;
  const crypto::Keyring& keys_;
  Random& random_;
};

}  // namespace

Result<void> write_change(Database& database,
                          const CatalogChange& change,
                          const crypto::Keyring& keys,
                          Random& random) {
  RowWriter writer(database, keys, random);
  for (const Row& row : change.rows) FLEETHOOK_CHECK(std::visit(writer, row));
  for (const AuditEntry& entry : change.audit) FLEETHOOK_CHECK(write_audit(database, entry));
  return {};
}

// As AUTOINCREMENT has it: above every number that was ever given, also to rows that are gone.
Result<std::uint64_t> TableNumbers::next(std::uint64_t& last, const char* last_in_table) {
  if (last == 0) {
    FLEETHOOK_TRY(const auto found, sql::first_number(database_, last_in_table));
    last = static_cast<std::uint64_t>(found.value_or(0));
  }
  return ++last;
}

Result<core::ProductId> TableNumbers::next_product() {
  FLEETHOOK_TRY(const std::uint64_t number, next(product_, FLEETHOOK_LAST_NUMBER("product", "id")));
  return core::ProductId{number};
}

Result<core::IntegrationNumber> TableNumbers::next_integration() {
  FLEETHOOK_TRY(const std::uint64_t number, next(integration_, FLEETHOOK_LAST_NUMBER("integration", "number")));
  return core::IntegrationNumber{number};
}

Result<std::uint64_t> TableNumbers::next_organization_order() {
  return next(organization_, FLEETHOOK_LAST_NUMBER("organization", "number"));
}

}  // namespace fleethook::store
