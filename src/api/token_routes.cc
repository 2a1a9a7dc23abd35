// Logging in, and ending tokens.
#include <charconv>

#include "api/answers.h"
#include "api/api.h"
#include "api/login_guard.h"
#include "api/named.h"
#include "api/router.h"
#include "api/token_text.h"
#include "base/hex.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

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
  const core::User* user = call.catalog->user_by_name(username);
  // An unknown name costs as much time as a wrong password, so names cannot be probed.
  static const std::string kNobody = crypto::hash_password("nobody", services.settings.password_cost);
  const bool known = user != nullptr && !user->password_hash.empty();
  const bool right = crypto::verify_password(known ? user->password_hash : kNobody, password);
  if (!known || !right) {
    services.login_guard.failed(call.request.peer);
    return oauth_error(400, "invalid_grant", "User credentials are invalid");
  }
  services.login_guard.succeeded(call.request.peer);

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
  const std::int64_t seconds = *lifetime ? std::chrono::duration_cast<std::chrono::seconds>(**lifetime).count() : 0;
  http::Response response =
      answer(200, json::Object{{"access_token", token}, {"token_type", "bearer"}, {"expires_in", seconds}});
  response.headers.set("Cache-Control", "no-store");
  return response;
}

http::Response try_later(Duration wait) {
  const std::string seconds = std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
  http::Response response = error_answer(
      {Fault::kOverloaded, "too many login attempts from this address; try again in " + seconds + " seconds"});
  response.headers.set("Retry-After", seconds);
  return response;
}

Result<http::Response> create_token(Services& services, Call& call) {
  if (const auto wait = services.login_guard.admit(call.request.peer)) return try_later(*wait);
  const http::Pairs form = http::parse_form(call.request.body);
  const std::string grant = form_value(form, "grant_type");
  if (grant.empty()) return oauth_error(400, "invalid_request", "grant_type is required, in a form body");
  if (grant != "password")
    return oauth_error(400, "unsupported_grant_type", "this server knows the grant type password only");
  return password_grant(services, call, form);
}

json::Value expiry(const core::AccessToken& token) {
  return token.expires_at ? json::Value(to_iso8601(*token.expires_at)) : json::Value();
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
  return answer(200, json::Object{{"expires_at", expiry(*call.token)},
                                  {"client", call.token->client},
                                  {"client_id", call.token->client},
                                  {"scopes", std::move(scopes)},
                                  {"orgs", std::move(organizations)}});
}

Result<http::Response> revoke_current(Services& services, Call& call) {
  FLEETHOOK_CHECK(services.store.revoke_token(call.token->digest));
  return ok_true();
}

Result<http::Response> revoke_all(Services& services, Call& call) {
  FLEETHOOK_CHECK(services.store.revoke_tokens_of(call.user->id, call.actor()));
  return ok_true();
}

// Holding a token is enough to end it: the clients send no Authorization header here.
Result<http::Response> revoke_one(Services& services, Call& call) {
  auto revoked = services.store.revoke_token(crypto::digest(call.parameters[0]));
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
       .on_pool = create_token,
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
       .summary = "End all of your tokens.",
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
