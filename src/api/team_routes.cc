// Teams of organizations and of products: members with roles, and API users with scopes.
#include <algorithm>

#include "api/answers.h"
#include "api/named.h"
#include "api/router.h"
#include "api/team.h"
#include "api/token_text.h"
#include "base/text.h"

namespace fleethook::api {

using core::Role;

namespace {

struct RoleId {
  Role role;
  std::string_view id;
};
constexpr RoleId kRoleIds[] = {{Role::kOwner, "000000000000000000000001"},
                               {Role::kAdministrator, "000000000000000000000002"},
                               {Role::kDeveloper, "000000000000000000000003"},
                               {Role::kSupport, "000000000000000000000004"},
                               {Role::kViewOnly, "000000000000000000000005"}};

}  // namespace

store::TeamPlace team_place(const Call& call) {
  if (call.product != nullptr) return {{}, call.product->id};
  return {call.organization->id, {}};
}
std::string place_name(const Call& call) {
  return call.product != nullptr ? "product " + call.product->slug : "organization " + call.organization->slug;
}
std::string team_path(const Call& call) {
  return (call.product != nullptr ? "/v1/products/" + call.product->slug : "/v1/orgs/" + call.organization->slug) +
         "/team";
}

json::Object role_object(Role role) {
  const auto at =
      std::find_if(std::begin(kRoleIds), std::end(kRoleIds), [&](const RoleId& one) { return one.role == role; });
  return {{"id", at->id}, {"name", core::to_text(role)}};
}

http::Response never_stored(http::Response response) {
  response.headers.set("Cache-Control", "no-store");  // it holds a token
  return response;
}

Result<std::optional<Role>> role_member(const json::Object& body, bool owner_too) {
  FLEETHOOK_TRY(const auto text, text_member(body, "role"));
  if (!text) return std::optional<Role>();
  const auto role = core::parse_role(*text);
  if (role && (owner_too || role != Role::kOwner)) return role;
  return Error::field("role", std::string("expected one of Administrator, Developer, Support, View-only") +
                                  (owner_too ? ", Owner" : ""));
}

namespace {

// Members, and in front of them the user who owns the product.
std::vector<core::Member> team_of(const Call& call) {
  if (call.product == nullptr) return call.catalog->team_of(call.organization->id);
  std::vector<core::Member> team = call.catalog->team_of(call.product->id);
  if (call.product->organization.is_none()) team.insert(team.begin(), {call.product->user, Role::kOwner});
  return team;
}

Role role_of(const Call& call, const core::UserId& user) {
  for (const core::Member& member : team_of(call)) {
    if (member.user == user) return member.role;
  }
  return Role::kNone;
}

// --- shapes
// ----------------------------------------------------------------------------------------------------------------------------

json::Object member_object(const core::User& user, Role role) {
  return {{"_id", user.id.str()}, {"username", user.username}, {"role", role_object(role)},
          {"no_mfa", true},       {"scim_provisioned", false}, {"no_password", user.password_hash.empty()}};
}

json::Array scope_array(const core::ApiAccess& api) {
  json::Array scopes;
  for (const std::string& scope : api.scopes) scopes.emplace_back(scope);
  return scopes;
}

json::Object api_user_object(const core::User& user) {
  json::Object object{{"username", user.username},
                      {"friendly_name", user.api->friendly_name},
                      {"scopes", scope_array(*user.api)},
                      {"is_programmatic", true}};
  if (!user.api->product.is_none()) object.set("product_id", user.api->product.value);
  return object;
}

json::Array token_array(const std::string& token) {
  return {json::Object{{"token", token}}};
}

// --- bodies
// ----------------------------------------------------------------------------------------------------------------------------

Result<std::optional<std::vector<std::string>>> scopes_member(const json::Object& body) {
  std::vector<std::string> scopes;
  const json::Value* sent = body.find("scopes");
  if (sent == nullptr || sent->is_null()) return std::optional<std::vector<std::string>>();
  if (!sent->is_array()) return Error::field("scopes", "expected an array of scopes such as integrations:list");
  for (const json::Value& item : sent->as_array()) {
    if (!item.is_string()) return Error::field("scopes", "expected an array of scopes such as integrations:list");
    if (!std::ranges::binary_search(known_scopes(), std::string_view(item.as_string()))) {
      return Error::field("scopes", "there is no scope '" + item.as_string() + "'");
    }
    scopes.push_back(item.as_string());
  }
  return std::optional(std::move(scopes));
}

// --- handlers
// --------------------------------------------------------------------------------------------------------------------------

Result<http::Response> list(Services& services, Call& call) {
  std::vector<core::Member> members = team_of(call);
  std::ranges::sort(members, [&](const core::Member& a, const core::Member& b) {
    if (a.role != b.role) return a.role > b.role;
    return call.catalog->user(a.user)->username < call.catalog->user(b.user)->username;
  });
  json::Array team;
  for (const core::Member& member : members)
    team.push_back(member_object(*call.catalog->user(member.user), member.role));
  const Instant now = services.clock.now();
  for (const store::Invitation* invitation : call.catalog->invitations_of(team_place(call)))
    if (now < invitation->expires_at) team.push_back(invited_object(*invitation));
  const auto add = [&](const std::vector<const core::User*>& api_users) {
    for (const core::User* user : api_users) team.push_back(api_user_object(*user));
  };
  if (call.product != nullptr) {
    add(call.catalog->api_users_of(call.product->id));
  } else {
    add(call.catalog->api_users_of(call.organization->id));
    for (const core::Product* product : call.catalog->products_of(call.organization->id))
      add(call.catalog->api_users_of(product->id));
  }
  return answer(200, json::Object{{"ok", true}, {"team", std::move(team)}});
}

Result<http::Response> create_api_user(Services& services, Call& call, const json::Object& body) {
  store::NewApiUser wanted;
  wanted.place = team_place(call);
  FLEETHOOK_TRY(wanted.friendly_name, checked_name(body, "friendly_name", services.limits));
  FLEETHOOK_TRY(auto scopes, scopes_member(body));
  if (!scopes) return Error::field("scopes", "expected an array of scopes such as integrations:list; it may be empty");
  wanted.scopes = std::move(*scopes);
  const std::string token = make_token(services.random);
  wanted.token = crypto::digest(token);
  FLEETHOOK_TRY(const core::User made, services.store.create_api_user(std::move(wanted), call.actor()));
  json::Object created = api_user_object(made);
  created.set("tokens", token_array(token));
  return never_stored(answer(200, json::Object{{"ok", true}, {"created", std::move(created)}}));
}

Result<http::Response> add(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  const bool api_user = body.find("friendly_name") != nullptr || body.find("scopes") != nullptr;
  return api_user ? create_api_user(services, call, body) : invite(services, call, body);
}

// The one that the path names: a member, or an API user of this very place. Others are not in this team, whether they
// exist or not.
Result<const core::User*> named_in_team(const Call& call) {
  const std::string& name = call.path("username");
  const core::User* user = call.catalog->user_by_name(ascii_lower(name));
  bool here = false;
  if (user != nullptr && user->api) {
    const store::TeamPlace place = team_place(call);
    here = user->api->organization == place.organization && user->api->product == place.product;
  } else if (user != nullptr) {
    here = role_of(call, user->id) != Role::kNone;
  }
  if (!here) return Error{Fault::kNotFound, "there is no '" + name + "' in the team of " + place_name(call)};
  return user;
}

Result<http::Response> update_api_user(Services& services,
                                       Call& call,
                                       const core::User& user,
                                       store::ApiUserEdit edit) {
  const std::string token = make_token(services.random);
  edit.token = crypto::digest(token);
  FLEETHOOK_TRY(const store::ApiUserChange change,
                services.store.update_api_user(user.id, std::move(edit), call.actor()));
  json::Object updated = api_user_object(change.user);
  if (change.token_replaced) updated.set("tokens", token_array(token));
  return never_stored(answer(200, json::Object{{"ok", true}, {"updated", std::move(updated)}}));
}

Result<http::Response> update(Services& services, Call& call) {
  const auto named = named_in_team(call);
  if (!named.ok() && waiting_for_name(services, call) != nullptr) {
    return Error{Fault::kConflict, call.path("username") + " is invited and has not accepted yet; POST " +
                                       team_path(call) + "/" + call.path("username") +
                                       "/invitation renews the invitation with another role"};
  }
  FLEETHOOK_TRY(const core::User* user, named);
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  if (user->api) {
    store::ApiUserEdit edit;
    if (const json::Value* name = body.find("friendly_name"); name != nullptr && !name->is_null()) {
      FLEETHOOK_TRY(edit.friendly_name, checked_name(body, "friendly_name", services.limits));
    }
    FLEETHOOK_TRY(edit.scopes, scopes_member(body));
    if (!edit.friendly_name && !edit.scopes) return Error::field("scopes", "send friendly_name or scopes, or both");
    return update_api_user(services, call, *user, std::move(edit));
  }
  FLEETHOOK_TRY(const auto role, role_member(body, /*owner_too=*/true));
  if (!role) return Error::field("role", "expected one of Administrator, Developer, Support, View-only, Owner");
  FLEETHOOK_CHECK(services.store.change_role(team_place(call), user->id, *role, call.actor()));
  return answer(200,
                json::Object{{"ok", true},
                             {"updated", json::Object{{"username", user->username}, {"role", role_object(*role)}}}});
}

Result<http::Response> replace_token(Services& services, Call& call) {
  FLEETHOOK_TRY(const core::User* user, named_in_team(call));
  if (!user->api)
    return Error{Fault::kInvalid, user->username + " is a person; only API users have a token that others give them"};
  store::ApiUserEdit edit;
  edit.replace_token = true;
  return update_api_user(services, call, *user, std::move(edit));
}

Result<http::Response> remove(Services& services, Call& call) {
  const auto named = named_in_team(call);
  if (const store::Invitation* waiting = named.ok() ? nullptr : waiting_for_name(services, call)) {
    FLEETHOOK_CHECK(services.store.withdraw_invitation(waiting->id, call.actor()));
    return ok_true();
  }
  FLEETHOOK_TRY(const core::User* user, named);
  FLEETHOOK_CHECK(user->api ? services.store.delete_api_user(user->id, call.actor())
                            : services.store.remove_member(team_place(call), user->id, call.actor()));
  return ok_true();
}

}  // namespace

std::vector<Route> team_routes() {
  struct Base {
    std::string_view team, one, token;
  };
  static constexpr Base kBases[] = {
      {"/v1/orgs/:organization/team", "/v1/orgs/:organization/team/:username",
       "/v1/orgs/:organization/team/:username/token"},
      {"/v1/products/:product/team", "/v1/products/:product/team/:username",
       "/v1/products/:product/team/:username/token"},
  };
  std::vector<Route> routes;
  for (const Base& base : kBases) {
    routes.push_back({.method = "GET",
                      .pattern = base.team,
                      .permission = Permission::kTeamList,
                      .on_pool = list,
                      .summary = "Members with their roles, invitations that wait, and API users with their scopes.",
                      .response = "Team"});
    routes.push_back(
        {.method = "POST",
         .pattern = base.team,
         .permission = Permission::kTeamInvite,
         .on_pool = add,
         .summary =
             "Invite somebody (username, role) and get the code to pass on; or create an API user (friendly_name, "
             "scopes) and get its token.",
         .request = "TeamAdd",
         .response = "TeamAdded",
         .takes_key = true});
    for (const std::string_view method : {"PUT", "POST"}) {
      routes.push_back(
          {.method = method,
           .pattern = base.one,
           .permission = Permission::kTeamUpdate,
           .on_pool = update,
           .summary =
               "Change a member's role, or an API user's friendly_name and scopes; other scopes come with a new token.",
           .request = "TeamChange",
           .response = "TeamChanged"});
      routes.push_back({.method = method,
                        .pattern = base.token,
                        .permission = Permission::kTeamUpdate,
                        .on_pool = replace_token,
                        .summary = "Give an API user a new token; the old one ends at once.",
                        .response = "ApiUserChanged"});
    }
    routes.push_back(
        {.method = "DELETE",
         .pattern = base.one,
         .permission = Permission::kTeamRemove,
         .on_pool = remove,
         .summary = "Remove a member (everybody may leave), withdraw an invitation, or delete an API user.",
         .response = "Ok"});
  }
  return routes;
}

}  // namespace fleethook::api
