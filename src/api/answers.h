// Answers in the house's shapes. Errors are always a JSON object with ok, error, error_description and code.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "json/value.h"

namespace fleethook::api {

http::Response answer(int status, const json::Value& body);
http::Response ok_true();  // 200 {"ok":true}
int status_of(const Error& error);
// {"ok":false,"error":<sentence>,"error_description":<the same>,"code":..., "violations":[...]}, of more than
// Limits::violations_shown_max the first and "more_violations"; 429 and 503 carry Retry-After, 508 what say_loop()
// adds. The code "plan_required" comes with "plans".
http::Response error_answer(const Error& error);
// Of many violations those that an answer tells: nobody reads thousands, and each costs bytes.
std::span<const Violation> shown(const std::vector<Violation>& violations);
// To a 508: the header by which a Fleethook that sent the request knows that we are one, and does not try it again.
void say_loop(http::Response& response);
// The code of the refusal whose shape clients of API users know: 400 {"error":"unauthorized","error_description":...}.
inline constexpr std::string_view kApiUserRefused = "unauthorized";
// The same with members of its own behind the usual ones.
http::Response error_answer(const Error& error, const json::Object& more);
// What browsers must know of every answer, unless it says so itself: the type is the one that is written there, and no
// address of ours is told to others. `own_tls`: and for a year come by HTTPS only.
void add_security_headers(http::Response& response, bool own_tls);
// What is no HTTP that we take: the answer of the connection itself.
http::Response bad_http(int status, std::string_view message);
// The refusals whose `error` is a machine word (OAuth, 401, API users).
http::Response oauth_error(int status, std::string_view error, std::string_view description);
http::Response invalid_token();

}  // namespace fleethook::api
