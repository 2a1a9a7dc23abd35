// Users, organizations, products.
#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "core/mask.h"
#include "store/errors.h"
#include "store/quotas.h"
#include "store/slug.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/device_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/token_rows.h"

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

// The teams that a user leaves by going altogether.
Result<void> audit_leaving(
    Database& database, const Catalog::Data& data, const UserEntry& user, const Actor& by, Instant now) {
  const auto write = [&](AuditEntry entry, core::Role role) {
    entry.target = user.user.id.str();
    entry.target_name = user.user.username;
    put_change(entry.diff, "role", core::to_text(role), nullptr);
    return write_audit(database, entry);
  };
  const auto role_among = [&](const std::vector<core::Member>& members) {
    return std::ranges::find(members, user.user.id, &core::Member::user)->role;
  };
  for (const core::OrganizationId& id : user.organizations) {
    const OrganizationEntry& entry = *data.organizations.find(id);
    FLEETHOOK_CHECK(write(audit_of(entry.organization, by, "team.member_removed", now), role_among(entry.members)));
  }
  for (const core::ProductId id : user.joined_products) {
    const ProductEntry& entry = *data.products.find(id);
    FLEETHOOK_CHECK(write(audit_of(entry.product, by, "team.member_removed", now), role_among(entry.members)));
  }
  return {};
}

bool runs_installation(const Catalog::Data& data, const Actor& by) {
  if (by.user.is_none()) return true;  // the server itself
  const core::User* user = data.person(by.user);
  return user != nullptr && user->administrator;
}

// That a password changed, and nothing of it.
void put_differences(const core::User& before, const core::User& after, json::Object& diff) {
  const auto compare = [&](std::string_view field, json::Value from, json::Value to) {
    if (from != to) put_change(diff, field, std::move(from), std::move(to));
  };
  compare("username", before.username, after.username);
  compare("account_info", before.account_info, after.account_info);
  compare("administrator", before.administrator, after.administrator);
  if (before.password_hash != after.password_hash) put_change(diff, "password", core::kMask, core::kMask);
}

}  // namespace

Result<core::User> SqliteStore::create_user(NewUser user, const std::optional<Actor>& by) {
  return answer<core::User>([&](Database& database, CatalogEditor& editor, core::User& made) -> Result<void> {
    if (editor.data().usernames.contains(user.username)) return taken("username", user.username);
    const Instant now = clock_.now();
    made.id = core::UserId::make(now, random_);
    made.username = std::move(user.username);
    made.password_hash = std::move(user.password_hash);
    made.account_info = std::move(user.account_info);
    made.administrator = user.administrator;
    made.created_at = now;
    made.vouched = by && runs_installation(editor.data(), *by);
    FLEETHOOK_CHECK(
        sql::run(database,
                 "INSERT INTO user(id, username, password_hash, account_info, administrator, created_at, vouched) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                 made.id, made.username, made.password_hash, json_text(made.account_info), made.administrator, now,
                 made.vouched));
    editor.put_user(made);
    AuditEntry entry = audit_of(editor.data(), made, by.value_or(Actor{made.id, made.username}), "user.created", now);
    if (made.administrator) put_change(entry.diff, "administrator", nullptr, true);
    return write_audit(database, entry);
  });
}

Result<void> SqliteStore::update_user(const core::User& user, const Actor& by, const TokensToEnd& ends) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const UserEntry* old = editor.data().users.find(user.id);
    if (old == nullptr) return no_such("user", user.id.str());
    const core::UserId* holder = editor.data().usernames.find(user.username);
    if (holder != nullptr && *holder != user.id) return taken("username", user.username);
    core::User changed = user;
    changed.created_at = old->user.created_at;
    changed.api = old->user.api;
    // Who takes another name by himself has nobody's word for it, unless it is his own that counts.
    changed.vouched = old->user.vouched && (old->user.username == changed.username || old->user.administrator);
    FLEETHOOK_CHECK(sql::run(
        database,
        "UPDATE user SET username = ?2, password_hash = ?3, account_info = ?4, administrator = ?5, vouched = ?6 "
        "WHERE id = ?1",
        changed.id, changed.username, changed.password_hash, json_text(changed.account_info), changed.administrator,
        changed.vouched));
    const Instant now = clock_.now();
    AuditEntry entry = audit_of(editor.data(), changed, by, "user.updated", now);
    put_differences(old->user, changed, entry.diff);
    if (old->user.password_hash != changed.password_hash) FLEETHOOK_CHECK(erase_sessions(database, editor, changed.id));
    editor.put_user(changed);
    if (!entry.diff.empty()) FLEETHOOK_CHECK(write_audit(database, entry));
    if (ends.any) FLEETHOOK_CHECK(end_tokens(database, editor, changed.id, ends.but, by, now));
    return write_lost_ground(database, editor, by, now);
  });
}

Result<void> SqliteStore::delete_user(const core::UserId& id, const Actor& by) {
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
    FLEETHOOK_CHECK(audit_leaving(database, data, *user, by, now));
    user->integrations.for_each([&](core::IntegrationNumber number, const core::IntegrationPtr&) {
      if (written)
        written = sql::run(database, "UPDATE integration SET deleted_at = ?2 WHERE number = ?1", number, now);
    });
    FLEETHOOK_CHECK(std::move(written));
    FLEETHOOK_CHECK(sql::run(database, "DELETE FROM user WHERE id = ?1", id));  // its tokens and memberships with it
    const AuditEntry entry = audit_of(data, user->user, by, "user.deleted", now);
    editor.erase_user(id);
    FLEETHOOK_CHECK(write_audit(database, entry));
    return write_lost_ground(database, editor, by, now);
  });
}

Result<core::Organization> SqliteStore::create_organization(NewOrganization organization, const Actor& by) {
  return answer<core::Organization>([&](Database& database, CatalogEditor& editor,
                                        core::Organization& made) -> Result<void> {
    const Catalog::Data& data = editor.data();
    if (data.person(organization.created_by) == nullptr) return no_such("user", organization.created_by.str());
    FLEETHOOK_CHECK(check_organization_quota(data, organization.created_by, limits_));
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
    AuditEntry entry = audit_of(made, by, "organization.created", now);
    entry.target = made.id.str();
    entry.target_name = made.name;
    put_change(entry.diff, "slug", nullptr, made.slug);
    put_change(entry.diff, "plan", nullptr, core::to_text(made.plan));
    return write_audit(database, entry);
  });
}

Result<void> SqliteStore::update_organization(const core::Organization& organization, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const OrganizationEntry* old = editor.data().organizations.find(organization.id);
    if (old == nullptr) return no_such("organization", organization.id.str());
    const core::Organization before = old->organization;
    core::Organization changed = before;
    changed.name = organization.name;
    changed.plan = organization.plan;
    changed.group_identical = organization.group_identical;
    AuditEntry entry = audit_of(changed, by, "organization.updated", clock_.now());
    entry.target = changed.id.str();
    entry.target_name = changed.name;
    const auto compare = [&](std::string_view field, json::Value from, json::Value to) {
      if (from != to) put_change(entry.diff, field, std::move(from), std::move(to));
    };
    compare("name", before.name, changed.name);
    compare("plan", core::to_text(before.plan), core::to_text(changed.plan));
    compare("group_identical", core::to_text(before.group_identical), core::to_text(changed.group_identical));
    if (entry.diff.empty()) return {};
    FLEETHOOK_CHECK(
        sql::run(database, "UPDATE organization SET name = ?2, plan = ?3, group_identical = ?4 WHERE id = ?1",
                 changed.id, changed.name, core::to_text(changed.plan), core::to_text(changed.group_identical)));
    editor.put_organization(changed, 0);
    return write_audit(database, entry);
  });
}

Result<core::Product> SqliteStore::create_product(NewProduct product, const Actor& by) {
  return answer<core::Product>([&](Database& database, CatalogEditor& editor, core::Product& made) -> Result<void> {
    const Catalog::Data& data = editor.data();
    if (data.person(product.user) == nullptr) return no_such("user", product.user.str());
    if (!product.organization.is_none() && !data.organizations.contains(product.organization)) {
      return no_such("organization", product.organization.str());
    }
    FLEETHOOK_CHECK(check_product_quota(data, product.organization, product.user, limits_));
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
    AuditEntry entry = audit_of(made, by, "product.created", made.created_at);
    entry.target = std::to_string(made.id.value);
    entry.target_name = made.name;
    put_change(entry.diff, "slug", nullptr, made.slug);
    return write_audit(database, entry);
  });
}

Result<void> SqliteStore::update_product(const core::Product& product, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const ProductEntry* old = editor.data().products.find(product.id);
    if (old == nullptr) return no_such("product", std::to_string(product.id.value));
    const core::Product before = old->product;
    core::Product changed = before;
    changed.name = product.name;
    changed.description = product.description;
    if (product.slug != before.slug) {
      FLEETHOOK_CHECK(check_slug(product.slug, limits_));
      if (editor.data().product_slugs.contains(product.slug)) return taken("slug", product.slug);
      changed.slug = product.slug;
    }
    AuditEntry entry = audit_of(changed, by, "product.updated", clock_.now());
    entry.target = std::to_string(changed.id.value);
    entry.target_name = changed.name;
    const auto compare = [&](std::string_view field, const std::string& from, const std::string& to) {
      if (from != to) put_change(entry.diff, field, from, to);
    };
    compare("name", before.name, changed.name);
    compare("slug", before.slug, changed.slug);
    compare("description", before.description, changed.description);
    if (entry.diff.empty()) return {};
    FLEETHOOK_CHECK(sql::run(database, "UPDATE product SET name = ?2, slug = ?3, description = ?4 WHERE id = ?1",
                             changed.id, changed.name, changed.slug, changed.description));
    editor.put_product(changed);
    return write_audit(database, entry);
  });
}

}  // namespace fleethook::store
