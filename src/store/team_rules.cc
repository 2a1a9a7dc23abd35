#include "store/team_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/errors.h"

namespace fleethook::store {

using core::Role;

Role Team::role_of(const core::UserId& user) const {
  const auto at = std::ranges::find(members(), user, &core::Member::user);
  return at == members().end() ? Role::kNone : at->role;
}

std::string Team::name() const {
  return organization ? "organization " + organization->organization.slug : "product " + product->product.slug;
}

AuditEntry Team::entry(const Actor& by, const char* action, Instant at) const {
  return organization ? audit_of(organization->organization, by, action, at)
                      : audit_of(product->product, by, action, at);
}

AuditEntry Team::entry(const Actor& by, const char* action, const core::User& user, Instant at) const {
  AuditEntry entry = this->entry(by, action, at);
  entry.target = user.id.str();
  entry.target_name = user.username;
  return entry;
}

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

Error role_owner(const Team& team) {
  return Error::field("role", team.organization != nullptr
                                  ? "there is one Owner; make a member the Owner to change that"
                                  : "the Owner of a product is the user or the organization that owns it");
}

namespace {

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
void end_product_memberships(Draft& draft,
                             const core::UserId& user,
                             const core::OrganizationId& organization,
                             AuditEntry& entry) {
  const auto joined = draft.data().users.find(user)->joined_products;
  for (const core::ProductId id : joined) {
    const ProductEntry& product = *draft.data().products.find(id);
    if (product.product.organization != organization) continue;
    entry.products.push_back(id);
    draft.put(row::EraseMember{{{}, id}, user});
  }
}

}  // namespace

Result<void> check_has_room(const Team& team, Role role, const Limits& limits) {
  if (role == Role::kOwner || role == Role::kNone) return role_owner(team);
  if (team.members().size() < limits.team_members_max) return {};
  return Error::field("username", "at most " + std::to_string(limits.team_members_max) + " members in a team");
}

Result<void> check_may_join(
    const Catalog::Data& data, const Team& team, const core::User& user, Role role, const Limits& limits) {
  if (const Role there = team.role_of(user.id); there != Role::kNone) {
    return Error{Fault::kConflict, user.username + " is in the team of " + team.name() + " already, with the role " +
                                       std::string(core::to_text(there))};
  }
  if (team.product != nullptr) FLEETHOOK_CHECK(check_has_no_role(data, team.product->product, user));
  return check_has_room(team, role, limits);
}

void join(Draft& draft, const TeamPlace& place, const core::UserId& user, Role role, AuditEntry& entry) {
  put_change(entry.diff, "role", nullptr, role_value(role));
  draft.put(row::PutMember{place, user, role, draft.now()});
  if (!place.organization.is_none()) end_product_memberships(draft, user, place.organization, entry);
}

namespace {
Error no_member(const core::User& user, const Team& team) {
  return {Fault::kNotFound, user.username + " is not in the team of " + team.name()};
}

bool may_name_owner(const Catalog::Data& data, const Team& team, const Actor& by) {
  if (by.user.is_none() || team.role_of(by.user) == Role::kOwner) return true;
  const UserEntry* user = data.users.find(by.user);
  return user != nullptr && user->user.administrator;
}

}  // namespace

Result<void> add_member(Draft& draft, const TeamPlace& place, const core::UserId& user, Role role, const Actor& by) {
  const Catalog::Data& data = draft.data();
  FLEETHOOK_TRY(const Team team, team_at(data, place));
  FLEETHOOK_TRY(const core::User* who, person(data, user));
  FLEETHOOK_CHECK(check_may_join(data, team, *who, role, draft.limits()));
  AuditEntry entry = team.entry(by, "team.member_added", *who, draft.now());
  join(draft, place, user, role, entry);
  draft.note(std::move(entry));
  draft.end_lost_ground(by);  // the role in the organization may be lower
  return {};
}

Result<void> change_role(Draft& draft, const TeamPlace& place, const core::UserId& user, Role role, const Actor& by) {
  const Catalog::Data& data = draft.data();
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
  AuditEntry entry = team.entry(by, "team.role_changed", *who, draft.now());
  put_change(entry.diff, "role", role_value(before), role_value(role));
  if (role == Role::kOwner) {
    if (!may_name_owner(data, team, by)) {
      return Error{Fault::kForbidden, "only the Owner of " + team.name() + " can make another member the Owner"};
    }
    const auto owner = std::ranges::find(team.members(), Role::kOwner, &core::Member::role);
    const core::UserId former = owner == team.members().end() ? core::UserId() : owner->user;
    if (!former.is_none()) {
      put_change(entry.diff, "former_owner", data.users.find(former)->user.username, role_value(Role::kAdministrator));
      draft.put(row::PutMember{place, former, Role::kAdministrator, draft.now()});
    }
  }
  draft.put(row::PutMember{place, user, role, draft.now()});
  draft.note(std::move(entry));
  draft.end_lost_ground(by);
  return {};
}

Result<void> remove_member(Draft& draft, const TeamPlace& place, const core::UserId& user, const Actor& by) {
  const Catalog::Data& data = draft.data();
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
  AuditEntry entry = team.entry(by, "team.member_removed", *who, draft.now());
  put_change(entry.diff, "role", role_value(before), nullptr);
  draft.put(row::EraseMember{place, user});
  draft.note(std::move(entry));
  draft.end_lost_ground(by);
  return {};
}

}  // namespace fleethook::store
