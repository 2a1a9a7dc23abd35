#include "store/sqlite/team_rows.h"

#include <algorithm>

#include "store/errors.h"

namespace fleethook::store {

using core::Role;
using sqlite::Database;

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

Result<void> write_joined(Database& database,
                          CatalogEditor& editor,
                          const TeamPlace& place,
                          const core::UserId& user,
                          Role role,
                          Instant now,
                          AuditEntry& entry) {
  put_change(entry.diff, "role", nullptr, role_value(role));
  FLEETHOOK_CHECK(write_member(database, place, user, role, now));
  put_member(editor, place, user, role);
  if (place.organization.is_none()) return {};
  return end_product_memberships(database, editor, user, place.organization, entry);
}

}  // namespace fleethook::store
