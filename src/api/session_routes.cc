// Signing in from a browser, out again, and what one may do meanwhile.
#include "api/answers.h"
#include "api/named.h"
#include "api/router.h"
#include "api/session.h"
#include "api/sign_in.h"
#include "base/log.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

json::Value time_or_null(const std::optional<Instant>& when) {
  return when ? json::Value(to_iso8601(*when)) : json::Value();
}

json::Value role_or_null(core::Role role) {
  return role == core::Role::kNone ? json::Value() : json::Value(core::to_text(role));
}

json::Array permission_objects() {
  json::Array permissions;
  for (const PermissionRow& row : permission_table()) {
    permissions.push_back(json::Object{{"name", row.name},
                                       {"role", role_or_null(row.role)},
                                       {"of_owner", row.of_owner},
                                       {"for_oneself", row.or_for_oneself},
                                       {"of_installation", row.of_installation},
                                       {"sentence", row.sentence}});
  }
  return permissions;
}

json::Array organization_objects(const Call& call) {
  json::Array organizations;
  for (const core::Organization* organization : seen_organizations(call)) {
    const core::Role role =
        call.user->administrator ? core::Role::kOwner : call.catalog->role_in(organization->id, call.user->id);
    organizations.push_back(json::Object{{"id", organization->id.str()},
                                         {"slug", organization->slug},
                                         {"name", organization->name},
                                         {"plan", core::to_text(organization->plan)},
                                         {"role", role_or_null(role)},
                                         {"group_identical", core::to_text(organization->group_identical)}});
  }
  return organizations;
}

// Those that the user owns, and those in whose own team it is; the others come with their organizations.
json::Array product_objects(const Call& call) {
  std::vector<const core::Product*> seen = call.catalog->products_of(call.user->id);
  const auto joined = call.catalog->products_joined_by(call.user->id);
  seen.insert(seen.end(), joined.begin(), joined.end());
  if (call.user->api && call.user->api->organization.is_none())
    seen.push_back(call.catalog->product(call.user->api->product));
  json::Array products;
  for (const core::Product* product : seen) {
    const core::Organization* organization = call.catalog->organization(product->organization);
    const core::Role role =
        call.user->administrator ? core::Role::kOwner : call.catalog->role_on(product->id, call.user->id);
    products.push_back(
        json::Object{{"id", product->id.value},
                     {"slug", product->slug},
                     {"name", product->name},
                     {"organization", organization == nullptr ? json::Value() : json::Value(organization->slug)},
                     {"role", role_or_null(role)}});
  }
  return products;
}

// `call` has user and token.
http::Response session_answer(const Call& call, const Limits& limits) {
  const core::User& user = *call.user;
  const bool by_cookie = !call.session_secret.empty();
  http::Response response =
      answer(200, json::Object{{"user", json::Object{{"id", user.id.str()},
                                                     {"username", user.username},
                                                     {"name", full_name(user)},
                                                     {"administrator", user.administrator}}},
                               {"csrf", by_cookie ? json::Value(csrf_of(call.session_secret)) : json::Value()},
                               {"expires_at", time_or_null(call.token->expires_at)},
                               {"idle_expires_at", time_or_null(core::idle_end(*call.token, limits.session_idle_max))},
                               {"version", FLEETHOOK_VERSION},
                               {"permissions", permission_objects()},
                               {"organizations", organization_objects(call)},
                               {"products", product_objects(call)}});
  response.headers.set("Cache-Control", "no-store");
  return response;
}

bool says_json(const http::Request& request) {
  const std::string_view type = request.headers.get("content-type");
  return ascii_iequals(trim_spaces(type.substr(0, type.find(';'))), "application/json");
}

// Whoever plants a cookie in somebody's browser gains nothing: what is presented here is never taken over, and ends.
void end_presented(Services& services, const Call& call) {
  const std::string secret = session_cookie(call.request);
  if (secret.empty()) return;
  const crypto::Digest digest = crypto::digest(secret);
  const core::AccessToken* old = call.catalog->token(digest);
  if (old != nullptr && old->kind == core::TokenKind::kSession) (void)services.store.revoke_token(digest);
}

Result<http::Response> sign_in(Services& services, Call& call) {
  FLEETHOOK_CHECK(check_origin(call.request));
  // A form of another site cannot send this type without asking first.
  if (!says_json(call.request)) return Error{Fault::kInvalid, "expected the content type application/json"};
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto username, text_member(body, "username"));
  FLEETHOOK_TRY(const auto password, text_member(body, "password"));
  if (!username || username->empty()) return Error::field("username", "required");
  if (!password || password->empty()) return Error::field("password", "required");
  PasswordCheck checked = check_password(services, call, ascii_lower(trim_spaces(*username)), *password);
  if (checked.must_wait) return std::move(*checked.must_wait);
  const Error wrong{Fault::kInvalid, "the email address or the password is wrong", "invalid_grant"};
  if (checked.user == nullptr) return wrong;
  end_presented(services, call);
  FLEETHOOK_TRY(call.session_secret, start_session(services, call.request, *checked.user));
  if (!is_still_right(services, checked)) {
    (void)services.store.revoke_token(crypto::digest(call.session_secret));
    return wrong;
  }
  const core::UserId id = checked.user->id;
  call.catalog = services.store.catalog();
  call.token = call.catalog->token(crypto::digest(call.session_secret));
  call.user = call.catalog->user(id);
  if (call.token == nullptr || call.user == nullptr)  // ended by somebody else meanwhile
    return Error{Fault::kUnauthorized, "no valid token"};
  http::Response response = session_answer(call, services.limits);
  set_session_cookie(response, call.request, call.session_secret, services.limits);
  return response;
}

Result<http::Response> show_session(Services& services, Call& call) {
  return session_answer(call, services.limits);
}

Result<http::Response> sign_out(Services& services, Call& call) {
  const auto ended = services.store.revoke_token(call.token->digest);
  if (!ended.ok() && ended.error().fault != Fault::kNotFound) return ended.error();
  log::info("sign_out", {{"user", call.user->id.str()}, {"peer", call.request.peer}});
  http::Response response = ok_true();
  clear_session_cookie(response, call.request);
  return response;
}

}  // namespace

std::vector<Route> session_routes() {
  return {
      {.method = "POST",
       .pattern = "/v1/session",
       .permission = Permission::kPublic,
       .on_password_pool = sign_in,
       .summary = "Sign in from a browser: a session in a cookie.",
       .request = "Credentials",
       .response = "Session"},
      {.method = "GET",
       .pattern = "/v1/session",
       .permission = Permission::kWhoAmI,
       .on_pool = show_session,
       .summary = "Who you are, where you belong, and what each role may do.",
       .response = "Session"},
      {.method = "DELETE",
       .pattern = "/v1/session",
       .permission = Permission::kWhoAmI,
       .on_pool = sign_out,
       .summary = "Sign out: end the session in use.",
       .response = "Ok"},
  };
}

}  // namespace fleethook::api
