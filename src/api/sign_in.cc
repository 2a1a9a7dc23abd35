#include "api/sign_in.h"

#include "api/answers.h"
#include "api/login_guard.h"
#include "api/peer_key.h"
#include "api/router.h"
#include "base/log.h"

namespace fleethook::api {
namespace {

void count(Services& services, std::string_view result) {
  services.metrics
      .counter("fleethook_sign_ins_total", "Names and passwords sent, for tokens and sessions, by what came of it.",
               {{"result", std::string(result)}})
      .add(1);
}

http::Response try_later(const std::string& reason, Duration wait) {
  const std::string seconds = std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
  http::Response response =
      error_answer({Fault::kOverloaded, "too many " + reason + "; try again in " + seconds + " seconds"});
  response.headers.set("Retry-After", seconds);
  return response;
}

// The same for names that nobody has.
std::string words_of(LoginGuard::Reason reason) {
  switch (reason) {
    case LoginGuard::Reason::kNameLocked:
      return "wrong passwords for this name; it may sign in from where it did before";
    case LoginGuard::Reason::kAddressAsksTooOften:
    case LoginGuard::Reason::kAddressLocked:
      break;
  }
  return "login attempts from this address";
}

// The name stays out of the log: people type passwords into it.
void note_refusal(Services& services, const Call& call, const std::string& username, const core::User* user) {
  const std::string& peer = call.request.peer;
  const LoginGuard::Locked locked = services.login_guard.failed(peer_key(peer), username);
  count(services, "refused");
  log::warn("sign_in.refused", {{"known_user", user != nullptr}, {"route", call.route->pattern}, {"peer", peer}});
  if (locked.address) log::warn("sign_in.locked", {{"peer", peer}});
  if (locked.name) log::warn("sign_in.name_locked", {{"user", user == nullptr ? "unknown" : user->id.str()}});
}

}  // namespace

PasswordCheck check_password(Services& services,
                             const Call& call,
                             const std::string& username,
                             const std::string& password) {
  PasswordCheck checked;
  const std::string& peer = call.request.peer;
  if (const auto refusal = services.login_guard.admit(peer_key(peer), username)) {
    count(services, "locked");
    checked.must_wait = try_later(words_of(refusal->reason), refusal->wait);
    return checked;
  }
  checked.catalog = services.store.catalog();
  const core::User* user = checked.catalog->user_by_name(username);
  if (user != nullptr && user->password_hash.empty()) user = nullptr;
  // An unknown name costs as much time as a wrong password, so names cannot be probed.
  static const std::string kNobody = crypto::hash_password("nobody", services.settings.password_cost);
  const bool right = crypto::verify_password(user != nullptr ? user->password_hash : kNobody, password);
  if (user == nullptr || !right) {
    note_refusal(services, call, username, user);
    return checked;
  }
  checked.user = user;
  services.login_guard.succeeded(peer_key(peer), username);
  count(services, "ok");
  log::info("sign_in.ok", {{"user", user->id.str()}, {"route", call.route->pattern}, {"peer", peer}});
  return checked;
}

bool is_still_right(Services& services, const PasswordCheck& checked) {
  const auto now = services.store.catalog();
  const core::User* user = now->user(checked.user->id);
  return user != nullptr && user->password_hash == checked.user->password_hash;
}

std::optional<http::Response> refuse_unless_own_password(Services& services,
                                                         const Call& call,
                                                         const std::optional<std::string>& password,
                                                         const std::string& field,
                                                         const std::string& sentence) {
  if (!password) return error_answer(Error::field(field, sentence));
  PasswordCheck checked = check_password(services, call, call.user->username, *password);
  if (checked.must_wait) return std::move(checked.must_wait);
  // The name may be another's by now, when the request had to wait.
  if (checked.user != nullptr && checked.user->id == call.user->id) return std::nullopt;
  return error_answer(Error::field(field, sentence));
}

std::optional<http::Response> refuse_too_many_names(Services& services, const Call& call) {
  const auto refusal = services.login_guard.admit_sign_up(peer_key(call.request.peer));
  if (!refusal) return std::nullopt;
  services.metrics
      .counter("fleethook_sign_ups_refused_total", "New names refused because there were too many within an hour.",
               {{"reason", refusal->of_address ? "address" : "server"}})
      .add(1);
  log::warn("sign_up.refused", {{"peer", call.request.peer}, {"of_address", refusal->of_address}});
  return try_later(
      refusal->of_address ? "sign-ups from this address within an hour" : "sign-ups on this server within an hour",
      refusal->wait);
}

}  // namespace fleethook::api
