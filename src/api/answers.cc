#include "api/answers.h"

#include <algorithm>

#include "base/limits.h"
#include "core/hops.h"
#include "ingest/ingest.h"

namespace fleethook::api {
namespace {

struct FaultShape {
  int status;
  std::string_view code;
};

FaultShape shape_of(Fault fault) {
  switch (fault) {
    case Fault::kInvalid:
      return {400, "invalid_request"};
    case Fault::kUnauthorized:
      return {401, "invalid_token"};
    case Fault::kForbidden:
      return {403, "forbidden"};
    case Fault::kNotFound:
      return {404, "not_found"};
    case Fault::kConflict:
      return {409, "conflict"};
    case Fault::kTooLarge:
      return {413, "too_large"};
    case Fault::kOverloaded:
      return {429, "too_many_requests"};
    case Fault::kUnavailable:
      return {503, "unavailable"};
    case Fault::kCorrupt:
      return {500, "internal"};
  }
  return {500, "internal"};
}

FaultShape shape_of(const Error& error) {
  if (error.code == ingest::kLoopDetected) return {core::kLoopStatus, ingest::kLoopDetected};
  return shape_of(error.fault);
}

}  // namespace

std::span<const Violation> shown(const std::vector<Violation>& violations) {
  return {violations.data(), std::min(violations.size(), Limits().violations_shown_max)};
}

http::Response answer(int status, const json::Value& body) {
  return http::Response::json(status, json::write(body));
}

http::Response ok_true() {
  return http::Response::json(200, R"({"ok":true})");
}

int status_of(const Error& error) {
  return shape_of(error).status;
}

http::Response error_answer(const Error& error) {
  // The one refusal with a member of its own that comes from deep inside, where there is only an Error to return.
  if (error.code == "plan_required")
    return error_answer(error, {{"plans", json::Array{"basic", "plus", "enterprise"}}});
  return error_answer(error, {});
}

http::Response error_answer(const Error& error, const json::Object& more) {
  if (error.fault == Fault::kUnauthorized) return invalid_token();
  if (error.code == kApiUserRefused) return oauth_error(400, error.code, error.message);
  const FaultShape shape = shape_of(error);
  json::Object body{{"ok", false},
                    {"error", error.message},
                    {"error_description", error.message},
                    {"code", error.code.empty() ? std::string(shape.code) : error.code}};
  if (!error.violations.empty()) {
    json::Array violations;
    for (const Violation& violation : shown(error.violations)) {
      violations.push_back(json::Object{{"field", violation.field}, {"message", violation.message}});
    }
    const std::size_t left_out = error.violations.size() - violations.size();
    body.set("violations", std::move(violations));
    if (left_out > 0) body.set("more_violations", left_out);
  }
  for (const auto& [name, value] : more) body.set(name, value);
  http::Response response = answer(shape.status, std::move(body));
  if (shape.status == 429 || shape.status == 503) response.headers.set("Retry-After", "1");
  say_loop(response);
  return response;
}

void say_loop(http::Response& response) {
  if (response.status == core::kLoopStatus)
    response.headers.set(core::kHopsHeader, std::to_string(Limits().event_hops_max));
}

void add_security_headers(http::Response& response, bool own_tls) {
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!response.headers.has(name)) response.headers.add(name, value);
  };
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  if (own_tls) add("Strict-Transport-Security", "max-age=31536000");
}

http::Response bad_http(int status, std::string_view message) {
  return answer(status,
                json::Object{{"ok", false}, {"error", message}, {"error_description", message}, {"code", "bad_http"}});
}

http::Response oauth_error(int status, std::string_view error, std::string_view description) {
  return answer(status, json::Object{{"ok", false}, {"error", error}, {"error_description", description}});
}

http::Response invalid_token() {
  http::Response response = oauth_error(401, "invalid_token", "The access token provided is invalid.");
  response.headers.set("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace fleethook::api
