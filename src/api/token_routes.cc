// Logging in; listing and ending tokens and sessions.
#include <charconv>
#include <span>

#include "api/answers.h"
#include "api/api.h"
#include "api/named.h"
#include "api/router.h"
#include "api/session.h"
#include "api/sign_in.h"
#include "api/token_text.h"
#include "base/hex.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

constexpr std::size_t kTokenIdBytes = 12;

std::string form_value(const http::Pairs& form, std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return {};
}

// The client id comes as a field or as HTTP Basic. It is noted, not checked: for one's own account any client will do.
std::string client_of(const http::Request& request, const http::Pairs& form) {
  std::string client = form_value(form, "client_id");
  const std::string_view header = request.headers.get("authorization");
  if (client.empty() && header.size() > 6 && ascii_iequals(header.substr(0, 6), "basic ")) {
    if (const auto decoded = from_base64(trim_spaces(header.substr(6))))
      client = decoded->substr(0, decoded->find(':'));
  }
  return client.empty() ? "particle" : client;
}

// Seconds the token lives; nullopt = for ever.
Result<std::optional<Duration>> lifetime_of(const http::Pairs& form, Instant now, const Limits& limits) {
  if (const std::string text = form_value(form, "expires_in"); !text.empty()) {
    std::int64_t seconds = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr std::int64_t kCenturySeconds = 3'155'760'000;
    if (status != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > kCenturySeconds) {
      return Error::field("expires_in", "expected seconds, or 0 for never");
    }
    if (seconds == 0) return std::optional<Duration>();
    return std::optional<Duration>(std::chrono::seconds(seconds));
  }
  if (const std::string text = form_value(form, "expires_at"); !text.empty()) {
    const auto when = parse_iso8601(text);
    if (!when || *when <= now) return Error::field("expires_at", "expected an ISO 8601 time in the future");
    return std::optional<Duration>(*when - now);
  }
  return std::optional<Duration>(limits.token_lifetime);
}

Result<http::Response> password_grant(Services& services, Call& call, const http::Pairs& form) {
  const std::string username = ascii_lower(form_value(form, "username"));
  const std::string password = form_value(form, "password");
  if (username.empty() || password.empty())
    return oauth_error(400, "invalid_request", "username and password are required");
  PasswordCheck checked = check_password(services, call, username, password);
  if (checked.must_wait) return std::move(*checked.must_wait);
  const http::Response wrong = oauth_error(400, "invalid_grant", "User credentials are invalid");
  if (checked.user == nullptr) return wrong;
  const core::User* user = checked.user;
  const Instant now = services.clock.now();
  const auto lifetime = lifetime_of(form, now, services.limits);
  if (!lifetime.ok()) return oauth_error(400, "invalid_request", lifetime.error().message);
  const std::string token = make_token(services.random);
  core::AccessToken record;
  const store::Actor by{user->id, user->username};
  record.digest = crypto::digest(token);
  record.user = user->id;
  record.client = client_of(call.request, form);
  record.created_at = now;
  if (*lifetime) record.expires_at = now + **lifetime;
  FLEETHOOK_CHECK(services.store.add_token(std::move(record), by));
  if (!is_still_right(services, checked)) {
    (void)services.store.revoke_token(crypto::digest(token));
    return wrong;
  }
  const std::int64_t seconds = *lifetime ? std::chrono::duration_cast<std::chrono::seconds>(**lifetime).count() : 0;
  http::Response response =
      answer(200, json::Object{{"access_token", token}, {"token_type", "bearer"}, {"expires_in", seconds}});
  response.headers.set("Cache-Control", "no-store");
  return response;
}

Result<http::Response> create_token(Services& services, Call& call) {
  const auto read = http::parse_form(call.request.body, services.limits.form_fields_max);
  if (!read.ok()) return oauth_error(400, "invalid_request", read.error().message);
  const http::Pairs& form = *read;
  const std::string grant = form_value(form, "grant_type");
  if (grant.empty()) return oauth_error(400, "invalid_request", "grant_type is required, in a form body");
  if (grant != "password")
    return oauth_error(400, "unsupported_grant_type", "this server knows the grant type password only");
  return password_grant(services, call, form);
}

json::Value time_or_null(const std::optional<Instant>& when) {
  return when ? json::Value(to_iso8601(*when)) : json::Value();
}

Result<http::Response> current_token(Services&, Call& call) {
  json::Array organizations;
  const auto found = call.user->api ? seen_organizations(call) : call.catalog->organizations_of(call.user->id);
  for (const core::Organization* organization : found) {
    organizations.push_back(json::Object{{"id", organization->id.str()}, {"slug", organization->slug}});
  }
  json::Array scopes;
  if (call.user->api) {
    for (const std::string& scope : call.user->api->scopes) scopes.emplace_back(scope);
  }
  return answer(200, json::Object{{"expires_at", time_or_null(call.token->expires_at)},
                                  {"client", call.token->client},
                                  {"client_id", call.token->client},
                                  {"scopes", std::move(scopes)},
                                  {"orgs", std::move(organizations)}});
}

// The answer to a request that ended what it came with.
http::Response signed_out(const Call& call) {
  http::Response response = ok_true();
  if (!call.session_secret.empty()) clear_session_cookie(response, call.request);
  return response;
}

Result<http::Response> revoke_current(Services& services, Call& call) {
  FLEETHOOK_CHECK(services.store.revoke_token(call.token->digest));
  return signed_out(call);
}

// The beginning of the digest: names one of a user's tokens, and opens nothing.
std::string id_of(const core::AccessToken& token) {
  return to_hex(std::span(token.digest).first(kTokenIdBytes));
}

Result<http::Response> list_tokens(Services& services, Call& call) {
  json::Array tokens;
  for (const core::AccessToken* token : call.catalog->tokens_of(call.user->id)) {
    if (core::has_ended(*token, services.clock.now(), services.limits.session_idle_max)) continue;
    tokens.push_back(json::Object{{"id", id_of(*token)},
                                  {"kind", core::to_text(token->kind)},
                                  {"client", token->client},
                                  {"created_at", to_iso8601(token->created_at)},
                                  {"expires_at", time_or_null(token->expires_at)},
                                  {"last_used_at", time_or_null(token->use->last())},
                                  {"current", token->digest == call.token->digest}});
  }
  return answer(200, json::Object{{"tokens", std::move(tokens)}});
}

Result<http::Response> revoke_by_id(Services& services, Call& call) {
  const Error unknown{Fault::kNotFound, "you have no token or session '" + call.path("id") + "'"};
  for (const core::AccessToken* token : call.catalog->tokens_of(call.user->id)) {
    if (id_of(*token) != call.path("id")) continue;
    const auto ended = services.store.revoke_token(token->digest);
    if (!ended.ok() && ended.error().fault == Fault::kNotFound) return unknown;
    FLEETHOOK_CHECK(ended);
    return token->digest == call.token->digest ? signed_out(call) : ok_true();
  }
  return unknown;
}

Result<http::Response> revoke_all(Services& services, Call& call) {
  FLEETHOOK_CHECK(services.store.revoke_tokens_of(call.user->id, call.actor()));
  return signed_out(call);
}

// Holding a token is enough to end it: the clients send no Authorization header here.
Result<http::Response> revoke_one(Services& services, Call& call) {
  auto revoked = services.store.revoke_token(crypto::digest(call.path("token")));
  if (!revoked.ok() && revoked.error().fault == Fault::kNotFound) return invalid_token();
  FLEETHOOK_CHECK(std::move(revoked));
  return ok_true();
}

}  // namespace

std::vector<Route> token_routes() {
  return {
      {.method = "POST",
       .pattern = "/oauth/token",
       .permission = Permission::kPublic,
       .on_password_pool = create_token,
       .summary = "Log in with username and password (form body) and get a token.",
       .request = "TokenRequest",
       .response = "Token",
       .request_type = "application/x-www-form-urlencoded"},
      {.method = "GET",
       .pattern = "/v1/access_tokens/current",
       .permission = Permission::kWhoAmI,
       .on_pool = current_token,
       .summary = "The token in use.",
       .response = "CurrentToken"},
      {.method = "DELETE",
       .pattern = "/v1/access_tokens/current",
       .permission = Permission::kWhoAmI,
       .on_pool = revoke_current,
       .summary = "End the token in use.",
       .response = "Ok"},
      {.method = "DELETE",
       .pattern = "/v1/access_tokens",
       .permission = Permission::kAccount,
       .on_pool = revoke_all,
       .summary = "End all of your tokens and sessions: sign out everywhere.",
       .response = "Ok"},
      {.method = "GET",
       .pattern = "/v1/access_tokens",
       .permission = Permission::kAccount,
       .on_pool = list_tokens,
       .summary = "Your tokens and sessions.",
       .response = "AccessTokens"},
      {.method = "DELETE",
       .pattern = "/v1/access_tokens/by-id/:id",
       .permission = Permission::kAccount,
       .on_pool = revoke_by_id,
       .summary = "End one of your tokens or sessions, by its id in the list.",
       .response = "Ok"},
      {.method = "DELETE",
       .pattern = "/v1/access_tokens/:token",
       .permission = Permission::kPublic,
       .on_pool = revoke_one,
       .summary = "End a token by naming it.",
       .response = "Ok"},
  };
}

}  // namespace fleethook::api
