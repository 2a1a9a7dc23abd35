// Users: oneself, and signing up.
#include "api/answers.h"
#include "api/named.h"
#include "api/router.h"
#include "api/session.h"
#include "api/sign_in.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

json::Object user_object(const core::User& user) {
  return {{"id", user.id.str()},
          {"username", user.username},
          {"subscription_ids", json::Array{}},
          {"account_info", user.account_info.is_object() ? user.account_info : json::Value(json::Object{})},
          {"scim_provisioned", false},
          {"no_password", user.password_hash.empty()},
          {"mfa", json::Object{{"enabled", false}}},
          {"memberships", json::Array{}},
          {"wifi_device_count", 0},
          {"cellular_device_count", 0}};
}

Result<void> check_new_password(const std::string& password, const Limits& limits) {
  if (password.size() < limits.password_bytes_min || password.size() > limits.password_bytes_max) {
    return Error::field("password", "expected " + std::to_string(limits.password_bytes_min) + " to " +
                                        std::to_string(limits.password_bytes_max) + " characters");
  }
  return {};
}

Result<json::Value> checked_account_info(const json::Object& body) {
  const json::Value* info = body.find("account_info");
  if (info == nullptr || info->is_null()) return json::Value(json::Object{});
  if (!info->is_object()) return Error::field("account_info", "expected an object");
  for (const auto& [name, value] : info->as_object()) {
    if (!value.is_string()) continue;
    FLEETHOOK_CHECK(check_seen(value.as_string(), "account_info." + name));
  }
  return *info;
}

Result<http::Response> sign_up(Services& services, Call& call) {
  if (!services.settings.open_signup && (call.user == nullptr || !call.user->administrator)) {
    return Error{Fault::kForbidden, "only the administrator of this installation creates users (open-signup is off)"};
  }
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto username, text_member(body, "username"));
  FLEETHOOK_TRY(const auto password, text_member(body, "password"));
  if (!username) return Error::field("username", "expected an email address");
  if (!password) return Error::field("password", "required");
  store::NewUser user;
  FLEETHOOK_TRY(user.username, checked_username(*username, services.limits));
  FLEETHOOK_CHECK(check_new_password(*password, services.limits));
  FLEETHOOK_TRY(user.account_info, checked_account_info(body));
  const bool by_administrator = call.user != nullptr && call.user->administrator;
  if (!by_administrator) {
    if (auto refusal = refuse_too_many_names(services, call)) return std::move(*refusal);
  }
  if (services.store.catalog()->user_by_name(user.username) != nullptr) {  // before the slow hash
    return Error{Fault::kConflict, "the username " + user.username + " is taken"};
  }
  user.password_hash = crypto::hash_password(*password, services.settings.password_cost);
  const auto by = call.user == nullptr ? std::nullopt : std::optional(call.actor());
  FLEETHOOK_TRY(const core::User made, services.store.create_user(std::move(user), by));
  return answer(200, json::Object{{"ok", true}, {"id", made.id.str()}, {"username", made.username}});
}

Result<http::Response> get_user(Services&, Call& call) {
  return answer(200, user_object(*call.user));
}

Result<http::Response> identify(Services&, Call& call) {
  return answer(200, json::Object{{"id", call.user->id.str()}, {"email", call.user->username}});
}

// Which tokens end when the account changes. A new password ends all sessions, by the store, and every other token
// unless the body asks to keep them; `invalidate_tokens` ends the one in use too.
Result<store::TokensToEnd> tokens_that_end(const Call& call, const json::Object& body, bool new_password) {
  FLEETHOOK_TRY(const auto invalidate, bool_member(body, "invalidate_tokens"));
  FLEETHOOK_TRY(const auto keep, bool_member(body, "keep_tokens"));
  const bool ends_all = invalidate.value_or(false);
  if (ends_all && keep.value_or(false))
    return Error::field("keep_tokens", "expected false, or nothing, beside invalidate_tokens");
  store::TokensToEnd ends;
  ends.any = ends_all || (new_password && !keep.value_or(false));
  // In a browser its own session ends with the password.
  if (ends.any && !ends_all && call.session_secret.empty()) ends.but = call.token->digest;
  return ends;
}

Result<http::Response> update_user(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(auto username, text_member(body, "username"));
  FLEETHOOK_TRY(const auto password, text_member(body, "password"));
  FLEETHOOK_TRY(const auto current, text_member(body, "current_password"));
  FLEETHOOK_TRY(const store::TokensToEnd ends, tokens_that_end(call, body, password.has_value()));
  std::optional<json::Value> account_info;
  if (body.find("account_info") != nullptr) {
    FLEETHOOK_TRY(account_info, checked_account_info(body));
  }
  if (username) {
    FLEETHOOK_TRY(username, checked_username(*username, services.limits));
  }
  if (password) FLEETHOOK_CHECK(check_new_password(*password, services.limits));
  if (username || password) {
    if (auto refusal = refuse_unless_own_password(services, call, current, "current_password",
                                                  "changing username or password needs the current password"))
      return std::move(*refusal);
  }
  if (username && *username != call.user->username) {
    if (auto refusal = refuse_too_many_names(services, call)) return std::move(*refusal);
  }
  std::string hash;
  if (password) hash = crypto::hash_password(*password, services.settings.password_cost);
  // The newest, for the call may have waited in line while another one changed the password.
  const auto newest = services.store.catalog();
  if (newest->user(call.user->id) == nullptr) return Error{Fault::kUnauthorized, "no valid token"};
  core::User user = *newest->user(call.user->id);
  if (username) user.username = *username;
  if (password) user.password_hash = std::move(hash);
  if (account_info) user.account_info = std::move(*account_info);
  FLEETHOOK_CHECK(services.store.update_user(user, call.actor(), ends));
  json::Object done{{"ok", true}, {"message", "User info updated"}};
  const bool session_ended = password || (ends.any && !ends.but);
  if (call.session_secret.empty() || !session_ended) return answer(200, done);
  // Whoever did it in a browser stays signed in there, by a session that nobody else can know.
  FLEETHOOK_TRY(const std::string secret, start_session(services, call.request, user));
  done.set("csrf", csrf_of(secret));
  http::Response response = answer(200, done);
  set_session_cookie(response, call.request, secret, services.limits);
  return response;
}

Result<http::Response> delete_user(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto password, text_member(body, "password"));
  if (auto refusal =
          refuse_unless_own_password(services, call, password, "password", "the current password is required"))
    return std::move(*refusal);
  FLEETHOOK_CHECK(services.store.delete_user(call.user->id, call.actor()));
  services.take_effect();  // on its sandbox's integrations
  return answer(200, json::Object{{"ok", true}, {"message", "User deleted"}});
}

// There is no mailer, and saying "sent" would be a lie. The answer is the same whether the user exists or not.
Result<http::Response> reset_password(Services&, Call&) {
  http::Response response = answer(
      501,
      json::Object{{"ok", false},
                   {"error", "this server sends no mail; ask the administrator of the installation for a new password"},
                   {"error_description",
                    "this server sends no mail; ask the administrator of the installation for a new password"},
                   {"code", "not_available"}});
  return response;
}

}  // namespace

std::vector<Route> user_routes() {
  return {
      {.method = "POST",
       .pattern = "/v1/users",
       .permission = Permission::kSignUp,
       .on_password_pool = sign_up,
       .summary = "Create a user.",
       .request = "SignUp",
       .response = "SignedUp"},
      {.method = "GET",
       .pattern = "/v1/user",
       .permission = Permission::kWhoAmI,
       .on_pool = get_user,
       .summary = "Yourself.",
       .response = "User"},
      {.method = "PUT",
       .pattern = "/v1/user",
       .permission = Permission::kAccount,
       .on_password_pool = update_user,
       .summary = "Change account_info, username or password; a new password ends all other tokens and sessions.",
       .request = "UserChange",
       .response = "UserChanged"},
      {.method = "DELETE",
       .pattern = "/v1/user",
       .permission = Permission::kAccount,
       .on_password_pool = delete_user,
       .summary = "Delete yourself; needs the password.",
       .request = "CurrentPassword",
       .response = "Done"},
      {.method = "GET",
       .pattern = "/v1/user/identify",
       .permission = Permission::kWhoAmI,
       .on_pool = identify,
       .summary = "Your id and email.",
       .response = "Identity"},
      {.method = "POST",
       .pattern = "/v1/user/password-reset",
       .permission = Permission::kPublic,
       .on_pool = reset_password,
       .summary = "Not available: this server sends no mail."},
  };
}

}  // namespace fleethook::api
