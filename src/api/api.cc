#include "api/api.h"

#include <utility>

#include "api/answers.h"
#include "api/console_answer.h"
#include "api/idempotency.h"
#include "api/password_line.h"
#include "api/session.h"
#include "base/crypto.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

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

// Any origin may ask with a token. None but ours may with a cookie: browsers send none along without a header
// Access-Control-Allow-Credentials, and X-CSRF-Token is not among the headers below.
http::Response preflight() {
  http::Response response;
  response.status = 204;
  response.headers.set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
  response.headers.set("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, Idempotency-Key, If-Match, X-Particle-Tool, X-Particle-Project");
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
  http::Response response = bad_http(status, message);
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

// Who calls. An Authorization header, or a token anywhere else, wins over a cookie, and is never mistaken for one.
void Api::identify(Call& call) const {
  std::string secret = bearer_token(call.request);
  auto kind = core::TokenKind::kToken;
  if (secret.empty() && !call.request.headers.has("authorization")) {
    secret = session_cookie(call.request);
    kind = core::TokenKind::kSession;
  }
  if (secret.empty()) return;
  const core::AccessToken* token = call.catalog->token(crypto::digest(secret));
  const Instant now = services_.clock.now();
  if (token == nullptr || token->kind != kind || core::has_ended(*token, now, services_.limits.session_idle_max))
    return;
  call.token = token;
  call.user = call.catalog->user(token->user);
  if (kind == core::TokenKind::kSession) call.session_secret = std::move(secret);
}

// A site that makes somebody's browser send a request must not be able to act with the cookie that goes along. Where
// nobody needs to be known, the caller is then nobody.
Result<void> Api::check_cross_site(Call& call) const {
  if (call.session_secret.empty() || !changes_something(call.request)) return {};
  auto proof = check_proof(call.request, call.session_secret);
  if (proof.ok() || !row_of(call.route->permission).without_token) return proof;
  call.user = nullptr;
  call.token = nullptr;
  call.session_secret.clear();
  return {};
}

void Api::note_use(const Call& call) const {
  if (call.token == nullptr) return;
  const Instant now = services_.clock.now();
  const auto last = call.token->use->last();
  if (!last || now - *last >= services_.limits.token_use_noted_every) call.token->use->note(now);
}

Result<void> Api::let_in(Call& call) const {
  identify(call);
  FLEETHOOK_CHECK(check_cross_site(call));
  note_use(call);
  return admit(call);
}

void Api::dispatch(Call call, std::shared_ptr<http::Responder> responder) {
  if (const auto admitted = let_in(call); !admitted.ok()) return responder->respond(error_answer(admitted.error()));
  const Route& route = *call.route;
  if (route.on_loop != nullptr) return route.on_loop(services_, loop_, std::move(call), std::move(responder));

  if (route.at_once != nullptr) return responder->respond(run(route.at_once, services_, call));

  const bool passwords = route.on_password_pool != nullptr;
  auto shared = std::make_shared<Call>(std::move(call));
  auto work = [this, shared, handler = passwords ? route.on_password_pool : route.on_pool, responder,
               &loop = loop_.loop]() mutable {
    const bool by_session = !shared->session_secret.empty();
    http::Response response =
        shared->route->takes_key ? run_once(handler, services_, *shared) : run(handler, services_, *shared);
    if (by_session && !response.headers.has("Cache-Control")) response.headers.set("Cache-Control", "no-store");
    loop.post([responder = std::move(responder), response = std::move(response)]() mutable {
      responder->respond(std::move(response));
    });
  };
  if (!passwords) return services_.on_pool(std::move(work));
  if (const auto full = services_.password_line.join(shared->request.peer, std::move(work)); !full.ok())
    responder->respond(error_answer(full.error()));
}

}  // namespace fleethook::api
