// What the routes of teams and of invitations share.
#pragma once
#include <optional>
#include <string>

#include "api/call.h"
#include "api/services.h"
#include "store/invitations.h"

namespace fleethook::api {

// The team that the path names.
store::TeamPlace team_place(const Call& call);
std::string place_name(const Call& call);  // "organization acme"
std::string team_path(const Call& call);   // "/v1/orgs/acme/team"
// ROLE of the reference.
json::Object role_object(core::Role role);
// `role` of a body. Without `owner_too` it cannot be Owner.
Result<std::optional<core::Role>> role_member(const json::Object& body, bool owner_too);
http::Response never_stored(http::Response response);  // for answers with a token or a code

// As one of the team's list, with invite_pending: nothing in it depends on whether there is such an account.
json::Object invited_object(const store::Invitation& invitation);
// POST …/team with a username. The code is in the answer, and nowhere else.
Result<http::Response> invite(Services& services, Call& call, const json::Object& body);
// The one for the name that the path has, if it waits still; nullptr: none.
const store::Invitation* waiting_for_name(const Services& services, const Call& call);

}  // namespace fleethook::api
