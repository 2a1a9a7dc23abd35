#include "api/sign_in.h"

#include "api/answers.h"
#include "api/login_guard.h"
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

http::Response try_later(Duration wait) {
  const std::string seconds = std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
  http::Response response = error_answer(
      {Fault::kOverloaded, "too many login attempts from this address; try again in " + seconds + " seconds"});
  response.headers.set("Retry-After", seconds);
  return response;
}

// The name stays out of the log: people type passwords into it.
void note_refusal(Services& services, const Call& call, bool known) {
  const std::string& peer = call.request.peer;
  const bool locked = services.login_guard.failed(peer);
  count(services, "refused");
  log::warn("sign_in.refused", {{"known_user", known}, {"route", call.route->pattern}, {"peer", peer}});
  if (locked) log::warn("sign_in.locked", {{"peer", peer}});
}

}  // namespace

std::optional<http::Response> too_many_sign_ins(Services& services, const Call& call) {
  const auto wait = services.login_guard.admit(call.request.peer);
  if (!wait) return std::nullopt;
  count(services, "locked");
  return try_later(*wait);
}

const core::User* check_password(Services& services,
                                 const Call& call,
                                 const std::string& username,
                                 const std::string& password) {
  const core::User* user = call.catalog->user_by_name(username);
  // An unknown name costs as much time as a wrong password, so names cannot be probed.
  static const std::string kNobody = crypto::hash_password("nobody", services.settings.password_cost);
  const bool known = user != nullptr && !user->password_hash.empty();
  const bool right = crypto::verify_password(known ? user->password_hash : kNobody, password);
  const std::string& peer = call.request.peer;
  if (known && right) {
    services.login_guard.succeeded(peer);
    count(services, "ok");
    log::info("sign_in.ok", {{"user", user->id.str()}, {"route", call.route->pattern}, {"peer", peer}});
    return user;
  }
  note_refusal(services, call, known);
  return nullptr;
}

std::optional<http::Response> refuse_unless_own_password(Services& services,
                                                         const Call& call,
                                                         const std::optional<std::string>& password,
                                                         const std::string& field,
                                                         const std::string& sentence) {
  if (!password) return error_answer(Error::field(field, sentence));
  if (auto refusal = too_many_sign_ins(services, call)) return refusal;
  if (crypto::verify_password(call.user->password_hash, *password)) {
    services.login_guard.succeeded(call.request.peer);
    return std::nullopt;
  }
  note_refusal(services, call, /*known=*/true);
  return error_answer(Error::field(field, sentence));
}

}  // namespace fleethook::api
