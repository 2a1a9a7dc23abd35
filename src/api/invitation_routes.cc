// Invitations: made and renewed by whoever may change a team, answered by the one who is invited. The rules are in
// store/invitation_rules.h.
#include <algorithm>
#include <string>

#include "api/answers.h"
#include "api/named.h"
#include "api/router.h"
#include "api/team.h"
#include "api/token_text.h"
#include "base/log.h"
#include "base/text.h"
#include "store/invitation_rules.h"

namespace fleethook::api {
namespace {

using core::Role;

// "invited" as Particle's clients know it, with the code and what it is for.
http::Response invited_answer(const store::Invitation& invitation, const std::string& code) {
  return never_stored(
      answer(200, json::Object{{"ok", true},
                               {"invited", json::Object{{"username", invitation.username},
                                                        {"role", role_object(invitation.role)},
                                                        {"id", invitation.id.str()},
                                                        {"code", code},
                                                        {"expires_at", to_iso8601(invitation.expires_at)}}}}));
}

// As the invited one sees it.
json::Object invitation_object(const store::Invitation& invitation, const Call& call) {
  json::Value organization, product;
  if (const core::Organization* of = call.catalog->organization(invitation.place.organization))
    organization = json::Object{{"id", of->id.str()}, {"slug", of->slug}, {"name", of->name}};
  if (const core::Product* of = call.catalog->product(invitation.place.product))
    product = json::Object{{"id", of->id.value}, {"slug", of->slug}, {"name", of->name}};
  return {{"id", invitation.id.str()},
          {"organization", std::move(organization)},
          {"product", std::move(product)},
          {"role", role_object(invitation.role)},
          {"invited_by", invitation.invited_by_name},
          {"invited_at", to_iso8601(invitation.invited_at)},
          {"expires_at", to_iso8601(invitation.expires_at)},
          {"needs_code", store::needs_code(invitation, *call.user)}};
}

void log_answer(std::string_view what, const Call& call, const store::Invitation& invitation) {
  log::info(what, {{"user", call.user->id.str()}, {"invitation", invitation.id.str()}, {"peer", call.request.peer}});
}

Result<http::Response> renew(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto role, role_member(body, /*owner_too=*/false));
  const store::Invitation* old = waiting_for_name(services, call);
  if (old == nullptr) {
    return Error{Fault::kNotFound,
                 "no invitation of '" + call.path("username") + "' to " + place_name(call) + " is waiting"};
  }
  const std::string code = make_token(services.random);
  FLEETHOOK_TRY(const store::Invitation made, services.store.renew_invitation(old->id, role.value_or(Role::kNone),
                                                                              crypto::digest(code), call.actor()));
  log_answer("invitation.renewed", call, made);
  return invited_answer(made, code);
}

// --- of the one who is invited

Result<http::Response> list(Services& services, Call& call) {
  json::Array invitations;
  const Instant now = services.clock.now();
  for (const store::Invitation* one : call.catalog->invitations_for(call.user->username)) {
    if (now >= one->expires_at) continue;
    // Anybody may invite, so anybody could make this list long.
    if (invitations.size() >= services.limits.page_size_max) break;
    invitations.push_back(invitation_object(*one, call));
  }
  return answer(200, json::Object{{"invitations", std::move(invitations)}});
}

Result<store::Invitation> named_for_caller(Services& services, const Call& call) {
  const auto id = core::InvitationId::parse(call.path("id"));
  return store::invitation_for(call.catalog->data(), id.value_or(core::InvitationId()), call.actor(),
                               services.clock.now());
}

Result<http::Response> accept(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto sent, text_member(body, "code"));
  FLEETHOOK_TRY(const store::Invitation invitation, named_for_caller(services, call));
  std::optional<crypto::Digest> code;
  if (sent) code = crypto::digest(trim_spaces(*sent));
  const auto accepted = services.store.accept_invitation(invitation.id, code, call.actor());
  if (!accepted.ok()) {
    if (accepted.error().code == "invitation_code") log_answer("invitation.code_refused", call, invitation);
    return accepted.error();
  }
  log_answer("invitation.accepted", call, invitation);
  return answer(200, json::Object{{"ok", true}, {"accepted", invitation_object(invitation, call)}});
}

Result<http::Response> decline(Services& services, Call& call) {
  FLEETHOOK_TRY(const store::Invitation invitation, named_for_caller(services, call));
  FLEETHOOK_CHECK(services.store.decline_invitation(invitation.id, call.actor()));
  log_answer("invitation.declined", call, invitation);
  return ok_true();
}

// What to do instead, for who cannot be invited to the team at `place`, which is at `path`.
std::string instead_of_inviting(const store::Catalog& catalog,
                                const store::TeamPlace& place,
                                const std::string& path,
                                const std::string& username) {
  if (catalog.invitation_of(place, username) != nullptr)
    return "; POST " + path + "/" + username + "/invitation renews it";
  const core::User* user = catalog.user_by_name(username);
  if (user == nullptr) return "";
  const auto team = place.product.is_none() ? catalog.team_of(place.organization) : catalog.team_of(place.product);
  const auto member = std::ranges::find(team, user->id, &core::Member::user);
  // Who has a role from elsewhere (the product's owner, its organization's team) has none here to change.
  if (member == team.end()) return "";
  if (member->role != Role::kOwner) return "; PUT " + path + "/" + username + " changes a role in the team";
  return "; PUT " + path + "/USERNAME with the role Owner makes another member the Owner, and " + username +
         " Administrator";
}

}  // namespace

json::Object invited_object(const store::Invitation& invitation) {
  return {{"_id", invitation.id.str()},
          {"username", invitation.username},
          {"role", role_object(invitation.role)},
          {"no_mfa", true},
          {"scim_provisioned", false},
          {"no_password", false},
          {"invite_pending", true},
          {"invited_by", invitation.invited_by_name},
          {"invited_at", to_iso8601(invitation.invited_at)},
          {"expires_at", to_iso8601(invitation.expires_at)}};
}

Result<http::Response> invite(Services& services, Call& call, const json::Object& body) {
  FLEETHOOK_TRY(const auto sent, text_member(body, "username"));
  if (!sent || trim_spaces(*sent).empty()) {
    return Error::field("username",
                        "expected the email address of the member; or friendly_name and scopes, to create an API user");
  }
  store::NewInvitation wanted;
  wanted.place = team_place(call);
  FLEETHOOK_TRY(wanted.username, checked_username(*sent, services.limits));
  FLEETHOOK_TRY(const auto role, role_member(body, /*owner_too=*/false));
  wanted.role = role.value_or(Role::kDeveloper);
  const std::string code = make_token(services.random);
  wanted.code = crypto::digest(code);
  const std::string username = wanted.username;
  auto made = services.store.invite(std::move(wanted), call.actor());
  if (!made.ok()) {
    Error error = std::move(made).error();
    if (error.fault == Fault::kConflict)
      error.message += instead_of_inviting(*services.store.catalog(), team_place(call), team_path(call), username);
    return error;
  }
  log_answer("invitation.made", call, *made);
  return invited_answer(*made, code);
}

const store::Invitation* waiting_for_name(const Services& services, const Call& call) {
  const store::Invitation* found = call.catalog->invitation_of(team_place(call), ascii_lower(call.path("username")));
  return found != nullptr && services.clock.now() < found->expires_at ? found : nullptr;
}

std::vector<Route> invitation_routes() {
  std::vector<Route> routes;
  for (const std::string_view pattern :
       {"/v1/orgs/:organization/team/:username/invitation", "/v1/products/:product/team/:username/invitation"}) {
    routes.push_back({.method = "POST",
                      .pattern = pattern,
                      .permission = Permission::kTeamInvite,
                      .on_pool = renew,
                      .summary = "Renew an invitation that waits: another code, its whole time again, another role.",
                      .request = "InvitationRenewal",
                      .response = "TeamAdded"});
  }
  routes.push_back({.method = "GET",
                    .pattern = "/v1/user/invitations",
                    .permission = Permission::kAccount,
                    .on_pool = list,
                    .summary = "Invitations to teams that wait for the caller, the newest first, at most 100.",
                    .response = "Invitations"});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/user/invitations/:id/accept",
                    .permission = Permission::kAccount,
                    .on_pool = accept,
                    .summary = "Accept an invitation, with the code that its inviter passed on.",
                    .request = "InvitationAcceptance",
                    .response = "InvitationAccepted"});
  routes.push_back({.method = "POST",
                    .pattern = "/v1/user/invitations/:id/decline",
                    .permission = Permission::kAccount,
                    .on_pool = decline,
                    .summary = "Decline an invitation.",
                    .response = "Ok"});
  return routes;
}

}  // namespace fleethook::api
