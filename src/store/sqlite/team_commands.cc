// Teams of organizations and of single products.
#include <algorithm>
#include <string>
#include <utility>

#include "store/errors.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/device_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/team_rows.h"

namespace fleethook::store {
namespace {

using core::Role;
using sqlite::Database;

Error no_member(const core::User& user, const Team& team) {
  return {Fault::kNotFound, user.username + " is not in the team of " + team.name()};
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
    FLEETHOOK_CHECK(check_may_join(data, team, *who, role, limits_));
    const Instant now = clock_.now();
    AuditEntry entry = team.entry(by, "team.member_added", *who, now);
    FLEETHOOK_CHECK(write_joined(database, editor, place, user, role, now, entry));
    FLEETHOOK_CHECK(write_audit(database, entry));
    return write_lost_ground(database, editor, by, now);  // the role in the organization may be lower
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
    return write_lost_ground(database, editor, by, now);
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
    return write_lost_ground(database, editor, by, now);
  });
}

}  // namespace fleethook::store
