// Teams as rows, for the commands that change them: team_commands.cc, invitation_commands.cc.
#pragma once
#include <string>
#include <vector>

#include "store/catalog_editor.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {

// A place that is there, with what the commands ask of it.
struct Team {
  const OrganizationEntry* organization = nullptr;  // exactly one of the two
  const ProductEntry* product = nullptr;

  const std::vector<core::Member>& members() const { return organization ? organization->members : product->members; }
  core::Role role_of(const core::UserId& user) const;
  std::string name() const;
  // About the team, still without target.
  AuditEntry entry(const Actor& by, const char* action, Instant at) const;
  AuditEntry entry(const Actor& by, const char* action, const core::User& user, Instant at) const;
};

Result<Team> team_at(const Catalog::Data& data, const TeamPlace& place);  // kNotFound
Result<const core::User*> person(const Catalog::Data& data, const core::UserId& id);
json::Value role_value(core::Role role);
Error role_owner(const Team& team);

// Whether the user may get the role: no Owner's, none there yet and none through what owns the product, and there is
// room.
Result<void> check_may_join(
    const Catalog::Data& data, const Team& team, const core::User& user, core::Role role, const Limits& limits);
// Nobody's name is looked at.
Result<void> check_has_room(const Team& team, core::Role role, const Limits& limits);
// Rows and catalog of one who joins, or has another role; with the end of memberships that this one takes the place of,
// which `entry` names.
Result<void> write_joined(sqlite::Database& database,
                          CatalogEditor& editor,
                          const TeamPlace& place,
                          const core::UserId& user,
                          core::Role role,
                          Instant now,
                          AuditEntry& entry);
Result<void> write_member(
    sqlite::Database& database, const TeamPlace& place, const core::UserId& user, core::Role role, Instant now);
void put_member(CatalogEditor& editor, const TeamPlace& place, const core::UserId& user, core::Role role);

}  // namespace fleethook::store
