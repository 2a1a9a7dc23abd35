// The rules of teams of organizations and of single products, on a draft.
#pragma once
#include <string>
#include <vector>

#include "store/catalog_data.h"
#include "store/draft.h"
#include "store/entries.h"

namespace fleethook::store {

// The commands of Teams of the same names, with their refusals.
Result<void> add_member(
    Draft& draft, const TeamPlace& place, const core::UserId& user, core::Role role, const Actor& by);
Result<void> change_role(
    Draft& draft, const TeamPlace& place, const core::UserId& user, core::Role role, const Actor& by);
Result<void> remove_member(Draft& draft, const TeamPlace& place, const core::UserId& user, const Actor& by);

// What invitations need of teams too.

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
// Puts the member; ends the memberships that this one takes the place of, and names their products in `entry`.
void join(Draft& draft, const TeamPlace& place, const core::UserId& user, core::Role role, AuditEntry& entry);

}  // namespace fleethook::store
