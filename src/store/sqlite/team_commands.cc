// Teams of organizations and of single products.
#include <algorithm>
#include <string>
#include <utility>

#include "store/errors.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/device_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using core::Role;
using sqlite::Database;

// A place that is there, with what the commands ask of it.
struct Team {
  const OrganizationEntry* organization = nullptr;  // exactly one of the two
  const ProductEntry* product = nullptr;

  const std::vector<core::Member>& members() const { return organization ? organization->members : product->members; }
  Role role_of(const core::UserId& user) const {
    const auto at = std::ranges::find(members(), user, &core::Member::user);
    return at == members().end() ? Role::kNone : at->role;
  }
  std::string name() const {
    return organization ? "organization " + organization->organization.slug : "product " + product->product.slug;
  }
  AuditEntry entry(const Actor& by, const char* action, const core::User& user, Instant at) const {
    AuditEntry entry = organization ? audit_of(organization->organization, by, action, at)
                                    : audit_of(product->product, by, action, at);
    entry.target = user.id.str();
    entry.target_name = user.username;
    return entry;
  }
};

Result<Team> team_at(const Catalog::Data& data, const TeamPlace& place) {
  Team team;
  if (!place.organization.is_none()) {
    team.organization = data.organizations.find(place.organization);
    if (team.organization == nullptr) return no_such("organization", place.organization.str());
  } else {
    team.product = data.products.find(place.product);
    if (team.product == nullptr) return no_such("product", std::to_string(place.product.value));
  }
  return team;
}

Result<const core::User*> person(const Catalog::Data& data, const core::UserId& id) {
  const core::User* user = data.person(id);
  if (user == nullptr) return no_such("user", id.str());
  return user;
}

json::Value role_value(Role role) {
  return role == Role::kNone ? json::Value() : json::Value(core::to_text(role));
}

Error no_member(const core::User& user, const Team& team) {
  return {Fault::kNotFound, user.username + " is not in the team of " + team.name()};
}

Error role_owner(const Team& team) {
  return Error::field("role", team.organization != nullptr
                                  ? "there is one Owner; make a member the Owner to change that"
                                  : "the Owner of a product is the user or the organization that owns it");
}

Result<void> write_member(
    Database& database, const TeamPlace& place, const core::UserId& user, Role role, Instant now) {
  if (!place.organization.is_none()) {
    return sql::run(database,
                    "INSERT INTO team_member(organization, user, role, added_at) VALUES (?1, ?2, ?3, ?4) "
                    "ON CONFLICT(organization, user) DO UPDATE SET role = excluded.role",
                    place.organization, user, core::to_text(role), now);
  }
  return sql::run(database,
                  "INSERT INTO product_member(product, user, role, added_at) VALUES (?1, ?2, ?3, ?4) "
                  "ON CONFLICT(product, user) DO UPDATE SET role = excluded.role",
                  place.product, user, core::to_text(role), now);
}

void put_member(CatalogEditor& editor, const TeamPlace& place, const core::UserId& user, Role role) {
  if (!place.organization.is_none()) {
    editor.put_member(place.organization, user, role);
  } else {
    editor.put_member(place.product, user, role);
  }
}

// Who may reach a product through its organization, or owns it, has no place in its own team.
Result<void> check_has_no_role(const Catalog::Data& data, const core::Product& product, const core::User& user) {
  if (const OrganizationEntry* organization = data.organizations.find(product.organization)) {
    const auto at = std::ranges::find(organization->members, user.id, &core::Member::user);
    if (at == organization->members.end()) return {};
    return Error{Fault::kConflict, user.username + " has the role " + std::string(core::to_text(at->role)) +
                                       " in organization " + organization->organization.slug +
                                       ", which holds in all its products"};
  }
  if (product.user == user.id)
    return Error{Fault::kConflict, user.username + " is the Owner of product " + product.slug};
  return {};
}

// The role in the organization takes the place of those in its single products.
Result<void> end_product_memberships(Database& database,
                                     CatalogEditor& editor,
                                     const core::UserId& user,
                                     const core::OrganizationId& organization,
                                     AuditEntry& entry) {
  const auto joined = editor.data().users.find(user)->joined_products;
  for (const core::ProductId id : joined) {
    const ProductEntry& product = *editor.data().products.find(id);
    if (product.product.organization != organization) continue;
    entry.products.push_back(id);
    FLEETHOOK_CHECK(sql::run(database, "DELETE FROM product_member WHERE product = ?1 AND user = ?2", id, user));
    editor.erase_member(id, user);
  }
  return {};
}

bool may_name_owner(const Catalog::Data& data, const Team& team, const Actor& by) {
  if (by.user.is_none() || team.role_of(by.user) == Role::kOwner) return true;
  const UserEntry* user = data.users.find(by.user);
  return user != nullptr && user->user.administrator;
}

}  // namespace

Result<void> SqliteStore::add_member(const TeamPlace& place, const core::UserId& user, Role role, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const Catalog::Data& data = editor.data();
    FLEETHOOK_TRY(const Team team, team_at(data, place));
    FLEETHOOK_TRY(const core::User* who, person(data, user));
    if (const Role there = team.role_of(user); there != Role::kNone) {
      return Error{Fault::kConflict, who->username + " is in the team of " + team.name() + " already, with the role " +
                                         std::string(core::to_text(there))};
    }
    if (role == Role::kOwner || role == Role::kNone) return role_owner(team);
    if (team.product != nullptr) FLEETHOOK_CHECK(check_has_no_role(data, team.product->product, *who));
    if (team.members().size() >= limits_.team_members_max) {
      return Error::field("username", "at most " + std::to_string(limits_.team_members_max) + " members in a team");
    }
    const Instant now = clock_.now();
    AuditEntry entry = team.entry(by, "team.member_added", *who, now);
    put_change(entry.diff, "role", nullptr, role_value(role));
    FLEETHOOK_CHECK(write_member(database, place, user, role, now));
    put_member(editor, place, user, role);
    if (!place.organization.is_none()) {
      FLEETHOOK_CHECK(end_product_memberships(database, editor, user, place.organization, entry));
    }
    FLEETHOOK_CHECK(write_audit(database, entry));
    return write_lost_claims(database, editor, by, now);  // the role in the organization may be lower
  });
}

Result<void> SqliteStore::change_role(const TeamPlace& place, const core::UserId& user, Role role, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const Catalog::Data& data = editor.data();
    FLEETHOOK_TRY(const Team team, team_at(data, place));
    FLEETHOOK_TRY(const core::User* who, person(data, user));
    const Role before = team.role_of(user);
    const bool owns_product =
        team.product != nullptr && team.product->product.organization.is_none() && team.product->product.user == user;
    if (before == Role::kNone && !owns_product) return no_member(*who, team);
    if (role == Role::kNone || (role == Role::kOwner && team.product != nullptr)) return role_owner(team);
    if (owns_product)
      return Error{Fault::kConflict, who->username + " is the Owner of " + team.name() + ", which owns it"};
    if (before == role) return {};
    if (before == Role::kOwner) {
      return Error{Fault::kConflict, who->username + " is the Owner of " + team.name() +
                                         "; make another member the Owner, then " + who->username +
                                         " becomes Administrator"};
    }
    const Instant now = clock_.now();
    AuditEntry entry = team.entry(by, "team.role_changed", *who, now);
    put_change(entry.diff, "role", role_value(before), role_value(role));
    if (role == Role::kOwner) {
      if (!may_name_owner(data, team, by)) {
        return Error{Fault::kForbidden, "only the Owner of " + team.name() + " can make another member the Owner"};
      }
      const auto owner = std::ranges::find(team.members(), Role::kOwner, &core::Member::role);
      const core::UserId former = owner == team.members().end() ? core::UserId() : owner->user;
      if (!former.is_none()) {
        put_change(entry.diff, "former_owner", data.users.find(former)->user.username,
                   role_value(Role::kAdministrator));
        FLEETHOOK_CHECK(write_member(database, place, former, Role::kAdministrator, now));
        put_member(editor, place, former, Role::kAdministrator);
      }
    }
    FLEETHOOK_CHECK(write_member(database, place, user, role, now));
    put_member(editor, place, user, role);
    FLEETHOOK_CHECK(write_audit(database, entry));
    return write_lost_claims(database, editor, by, now);
  });
}

Result<void> SqliteStore::remove_member(const TeamPlace& place, const core::UserId& user, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const Catalog::Data& data = editor.data();
    FLEETHOOK_TRY(const Team team, team_at(data, place));
    FLEETHOOK_TRY(const core::User* who, person(data, user));
    const Role before = team.role_of(user);
    if (team.product != nullptr && team.product->product.organization.is_none() && team.product->product.user == user) {
      return Error{Fault::kConflict, who->username + " is the Owner of " + team.name() + " and stays in its team"};
    }
    if (before == Role::kNone) return no_member(*who, team);
    if (before == Role::kOwner) {
      return Error{Fault::kConflict, who->username + " is the Owner of " + team.name() +
                                         " and cannot leave; make another member the Owner first"};
    }
    const Instant now = clock_.now();
    AuditEntry entry = team.entry(by, "team.member_removed", *who, now);
    put_change(entry.diff, "role", role_value(before), nullptr);
    if (!place.organization.is_none()) {
      FLEETHOOK_CHECK(sql::run(database, "DELETE FROM team_member WHERE organization = ?1 AND user = ?2",
                               place.organization, user));
      editor.erase_member(place.organization, user);
    } else {
      FLEETHOOK_CHECK(
          sql::run(database, "DELETE FROM product_member WHERE product = ?1 AND user = ?2", place.product, user));
      editor.erase_member(place.product, user);
    }
    FLEETHOOK_CHECK(write_audit(database, entry));
    return write_lost_claims(database, editor, by, now);
  });
}

}  // namespace fleethook::store
