// Users, tokens, organizations, products.
#include <string>
#include <utility>

#include "store/errors.h"
#include "store/slug.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;

std::string json_text(const json::Value& value) {
  return json::write(value);
}

// A slug chosen by the user if it is right and free, or one made from the name.
template <class Index>
Result<std::string> choose_slug(const std::string& chosen,
                                const std::string& name,
                                std::string_view kind,
                                const Index& slugs,
                                const Limits& limits) {
  if (chosen.empty()) {
    return make_free_slug(
        name, kind, [&](const std::string& slug) { return slugs.contains(slug); }, limits);
  }
  FLEETHOOK_CHECK(check_slug(chosen, limits));
  if (slugs.contains(chosen)) return taken("slug", chosen);
  return chosen;
}

}  // namespace

Result<core::User> SqliteStore::create_user(NewUser user) {
  return answer<core::User>([&](Database& database, CatalogEditor& editor, core::User& made) -> Result<void> {
    if (editor.data().usernames.contains(user.username)) return taken("username", user.username);
    const Instant now = clock_.now();
    made = {core::UserId::make(now, random_), std::move(user.username), std::move(user.password_hash),
            std::move(user.account_info),     user.administrator,       now};
    FLEETHOOK_CHECK(sql::run(database,
                             "INSERT INTO user(id, username, password_hash, account_info, administrator, created_at) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                             made.id, made.username, made.password_hash, json_text(made.account_info),
                             made.administrator, now));
    editor.put_user(made);
    return {};
  });
}

Result<void> SqliteStore::update_user(const core::User& user) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const UserEntry* old = editor.data().users.find(user.id);
    if (old == nullptr) return no_such("user", user.id.str());
    const core::UserId* holder = editor.data().usernames.find(user.username);
    if (holder != nullptr && *holder != user.id) return taken("username", user.username);
    core::User changed = user;
    changed.created_at = old->user.created_at;
    FLEETHOOK_CHECK(sql::run(
        database,
        "UPDATE user SET username = ?2, password_hash = ?3, account_info = ?4, administrator = ?5 WHERE id = ?1",
        changed.id, changed.username, changed.password_hash, json_text(changed.account_info), changed.administrator));
    editor.put_user(changed);
    return {};
  });
}

Result<void> SqliteStore::delete_user(const core::UserId& id) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const Catalog::Data& data = editor.data();
    const UserEntry* user = data.users.find(id);
    if (user == nullptr) return no_such("user", id.str());
    if (!user->products.empty()) {
      return Error{Fault::kConflict,
                   "the user owns product " + data.products.find(user->products.front())->product.slug};
    }
    for (const core::OrganizationId& organization : user->organizations) {
      const OrganizationEntry& entry = *data.organizations.find(organization);
      for (const core::Member& member : entry.members) {
        if (member.user == id && member.role == core::Role::kOwner) {
          return Error{Fault::kConflict, "the user owns organization " + entry.organization.slug};
        }
      }
    }
    Result<void> written;
    const Instant now = clock_.now();
    user->integrations.for_each([&](core::IntegrationNumber number, const core::IntegrationPtr&) {
      if (written)
        written = sql::run(database, "UPDATE integration SET deleted_at = ?2 WHERE number = ?1", number, now);
    });
    FLEETHOOK_CHECK(std::move(written));
    FLEETHOOK_CHECK(sql::run(database, "UPDATE device SET owner = NULL WHERE owner = ?1", id));
    FLEETHOOK_CHECK(sql::run(database, "DELETE FROM user WHERE id = ?1", id));  // its tokens and memberships with it
    editor.erase_user(id);
    return {};
  });
}

Result<void> SqliteStore::add_token(core::AccessToken token) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    if (!editor.data().users.contains(token.user)) return no_such("user", token.user.str());
    if (editor.data().tokens.contains(token.digest)) return Error{Fault::kConflict, "the token is there already"};
    FLEETHOOK_CHECK(sql::run(
        database, "INSERT INTO access_token(digest, user, client, expires_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        token.digest, token.user, token.client, token.expires_at, token.created_at));
    editor.put_token(token);
    return {};
  });
}

Result<void> SqliteStore::revoke_token(const crypto::Digest& digest) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    if (!editor.erase_token(digest)) return Error{Fault::kNotFound, "there is no such token"};
    return sql::run(database, "DELETE FROM access_token WHERE digest = ?1", digest);
  });
}

Result<void> SqliteStore::revoke_tokens_of(const core::UserId& user) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const UserEntry* entry = editor.data().users.find(user);
    if (entry == nullptr) return no_such("user", user.str());
    const auto tokens = keys_of(entry->tokens);
    for (const crypto::Digest& digest : tokens) editor.erase_token(digest);
    return sql::run(database, "DELETE FROM access_token WHERE user = ?1", user);
  });
}

Result<core::Organization> SqliteStore::create_organization(NewOrganization organization) {
  return answer<core::Organization>([&](Database& database, CatalogEditor& editor,
                                        core::Organization& made) -> Result<void> {
    const Catalog::Data& data = editor.data();
    if (!data.users.contains(organization.created_by)) return no_such("user", organization.created_by.str());
    FLEETHOOK_TRY(made.slug,
                  choose_slug(organization.slug, organization.name, "organization", data.organization_slugs, limits_));
    const Instant now = clock_.now();
    made.id = core::OrganizationId::make(now, random_);
    made.name = std::move(organization.name);
    made.plan = organization.plan;
    made.created_by = organization.created_by;
    made.created_at = now;
    FLEETHOOK_CHECK(sql::run(database,
                             "INSERT INTO organization(id, slug, name, plan, group_identical, created_by, created_at) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                             made.id, made.slug, made.name, core::to_text(made.plan),
                             core::to_text(made.group_identical), made.created_by, now));
    const auto order = static_cast<std::uint64_t>(database.last_insert_rowid());
    FLEETHOOK_CHECK(sql::run(database,
                             "INSERT INTO team_member(organization, user, role, added_at) VALUES (?1, ?2, ?3, ?4)",
                             made.id, made.created_by, core::to_text(core::Role::kOwner), now));
    editor.put_organization(made, order);
    editor.put_member(made.id, made.created_by, core::Role::kOwner);
    return {};
  });
}

Result<void> SqliteStore::update_organization(const core::Organization& organization) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const OrganizationEntry* old = editor.data().organizations.find(organization.id);
    if (old == nullptr) return no_such("organization", organization.id.str());
    core::Organization changed = old->organization;
    changed.name = organization.name;
    changed.plan = organization.plan;
    changed.group_identical = organization.group_identical;
    FLEETHOOK_CHECK(
        sql::run(database, "UPDATE organization SET name = ?2, plan = ?3, group_identical = ?4 WHERE id = ?1",
                 changed.id, changed.name, core::to_text(changed.plan), core::to_text(changed.group_identical)));
    editor.put_organization(changed, 0);
    return {};
  });
}

Result<core::Product> SqliteStore::create_product(NewProduct product) {
  return answer<core::Product>([&](Database& database, CatalogEditor& editor, core::Product& made) -> Result<void> {
    const Catalog::Data& data = editor.data();
    if (!data.users.contains(product.user)) return no_such("user", product.user.str());
    if (!product.organization.is_none() && !data.organizations.contains(product.organization)) {
      return no_such("organization", product.organization.str());
    }
    FLEETHOOK_TRY(made.slug, choose_slug(product.slug, product.name, "product", data.product_slugs, limits_));
    made.name = std::move(product.name);
    made.description = std::move(product.description);
    made.platform_id = product.platform_id;
    made.settings = std::move(product.settings);
    made.organization = product.organization;
    made.user = product.user;
    made.created_at = clock_.now();
    FLEETHOOK_CHECK(
        sql::run(database,
                 "INSERT INTO product(slug, name, description, platform_id, settings, organization, user, created_at) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                 made.slug, made.name, made.description, made.platform_id, json_text(made.settings), made.organization,
                 made.user, made.created_at));
    made.id = {static_cast<std::uint64_t>(database.last_insert_rowid())};
    editor.put_product(made);
    return {};
  });
}

}  // namespace fleethook::store
