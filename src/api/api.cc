#include "api/api.h"

#include <exception>
#include <utility>

#include "api/answers.h"
#include "api/console_answer.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

// Tokens travel in a header, never in a cookie, so any origin may ask.
void allow_any_origin(http::Response& response) {
  if (response.headers.has("Cross-Origin-Resource-Policy")) return;
  response.headers.set("Access-Control-Allow-Origin", "*");
}

// Whatever the API answers, any origin may read it. The console's files, which say so, are for the console.
class OpenToAnyOrigin final : public http::Responder {
 public:
  explicit OpenToAnyOrigin(std::shared_ptr<http::Responder> to) : to_(std::move(to)) {}
  void respond(http::Response response) override {
    allow_any_origin(response);
    to_->respond(std::move(response));
  }
  std::shared_ptr<http::BodyWriter> stream(http::Response head) override {
    allow_any_origin(head);
    return to_->stream(std::move(head));
  }

 private:
  std::shared_ptr<http::Responder> to_;
};

http::Response preflight() {
  http::Response response;
  response.status = 204;
  response.headers.set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
  response.headers.set("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, If-Match, X-Particle-Tool, X-Particle-Project");
  response.headers.set("Access-Control-Max-Age", "86400");
  return response;
}

Error no_such_route(const Router::Match& match, const http::Request& request) {
  if (match.path_known) {
    return {Fault::kNotFound, "the method " + request.method + " is not served here; allowed: " + match.allowed,
            "method_not_allowed"};
  }
  return {Fault::kNotFound,
          "there is nothing at " + repair_utf8(request.path()) + "; /openapi.json lists what there is"};
}

// An exception is a bug: it must cost this request, not the process.
http::Response run(PoolHandler handler, Services& services, Call& call) {
  try {
    auto result = handler(services, call);
    return result.ok() ? std::move(result).value() : error_answer(result.error());
  } catch (const std::exception& bug) {
    log::error("handler.exception", {{"path", std::string(call.request.path())}, {"what", bug.what()}});
    return error_answer({Fault::kCorrupt, "an internal error; it has been logged"});
  }
}

}  // namespace

std::string bearer_token(const http::Request& request) {
  const std::string_view header = request.headers.get("authorization");
  if (header.size() > 7 && ascii_iequals(header.substr(0, 7), "bearer "))
    return std::string(trim_spaces(header.substr(7)));
  const auto from = [](std::string_view text) {
    for (auto& [key, value] : http::parse_form(text)) {
      if (key == "access_token") return std::move(value);
    }
    return std::string();
  };
  if (request.method == "GET" || request.method == "HEAD") {
    return request.query().empty() ? std::string() : from(request.query());
  }
  const bool is_form =
      ascii_iequals(request.headers.get("content-type").substr(0, 33), "application/x-www-form-urlencoded");
  return is_form ? from(request.body) : std::string();
}

Api::Api(Services& services, LoopServices loop, const Router& router)
    : services_(services),
      loop_(loop),
      router_(router),
      requests_total_(services.metrics.counter("fleethook_http_requests_total", "Requests taken from clients.", {})) {}

Api::~Api() = default;

std::size_t Api::body_bytes_max(const http::Request& head) const {
  const Router::Match match = router_.match(head.method, head.path());
  return services_.limits.*(match.route != nullptr ? match.route->body_bytes_max : &Limits::request_body_bytes_max);
}

http::Response Api::protocol_error(int status, std::string_view message) const {
  http::Response response = answer(
      status, json::Object{{"ok", false}, {"error", message}, {"error_description", message}, {"code", "bad_http"}});
  allow_any_origin(response);
  return response;
}

void Api::complete(http::Response& response) const {
  add_security_headers(response, services_.settings.own_tls);
}

void Api::handle(http::Request request, std::shared_ptr<http::Responder> responder) {
  requests_total_.add(1);
  responder = std::make_shared<OpenToAnyOrigin>(std::move(responder));
  if (request.method == "OPTIONS") return responder->respond(preflight());
  Router::Match match = router_.match(request.method, request.path());
  if (match.route == nullptr) {
    if (!match.path_known) {
      if (auto file = console_answer(services_.console, request)) return responder->respond(std::move(*file));
    }
    http::Response response = error_answer(no_such_route(match, request));
    if (match.path_known) {
      response.status = 405;
      response.headers.set("Allow", match.allowed);
    }
    return responder->respond(std::move(response));
  }
  Call call;
  call.route = match.route;
  call.request = std::move(request);
  call.parameters = std::move(match.parameters);
  call.catalog = services_.store.catalog();
  dispatch(std::move(call), std::move(responder));
}

void Api::dispatch(Call call, std::shared_ptr<http::Responder> responder) {
  if (const std::string token = bearer_token(call.request); !token.empty()) {
    call.token = call.catalog->token(crypto::digest(token));
    const bool expired =
        call.token != nullptr && call.token->expires_at && *call.token->expires_at <= services_.clock.now();
    if (call.token != nullptr && !expired) call.user = call.catalog->user(call.token->user);
  }
  if (const auto admitted = admit(call); !admitted.ok()) return responder->respond(error_answer(admitted.error()));
  const Route& route = *call.route;
  if (route.on_loop != nullptr) return route.on_loop(services_, loop_, std::move(call), std::move(responder));

  auto shared = std::make_shared<Call>(std::move(call));
  services_.on_pool(
      [this, shared, handler = route.on_pool, responder = std::move(responder), &loop = loop_.loop]() mutable {
        loop.post([responder = std::move(responder), response = run(handler, services_, *shared)]() mutable {
          responder->respond(std::move(response));
        });
      });
}

}  // namespace fleethook::api
