#include "api/api.h"

#include <utility>

#include "api/answers.h"
#include "api/budgets.h"
#include "api/console_answer.h"
#include "api/idempotency.h"
#include "api/pages.h"
#include "api/password_line.h"
#include "api/session.h"
#include "base/crypto.h"
#include "base/text.h"
#include "core/hops.h"

namespace fleethook::api {
namespace {

void allow_any_origin(http::Response& response) {
  if (response.headers.has("Cross-Origin-Resource-Policy")) return;
  response.headers.set("Access-Control-Allow-Origin", "*");
}

// On the way to the client: whatever the API answers, any origin may read it (the console's files, which say so, are
// for the console), and a large answer takes of the client's share until it is taken.
class ToClient final : public http::Responder {
 public:
  ToClient(std::shared_ptr<http::Responder> to,
           const http::Request& request,
           Shares& answers,
           metrics::Counter& refused)
      : to_(std::move(to)),
        answers_(answers),
        refused_(refused),
        peer_(request.peer),
        peer_is_proxy_(request.peer_is_proxy),
        only_reads_(!changes_something(request)) {}

  void respond(http::Response response) override {
    if (response.body.size() > kSmallAnswerBytes) hold(response);
    allow_any_origin(response);
    to_->respond(std::move(response));
  }
  std::shared_ptr<http::BodyWriter> stream(http::Response head) override {
    allow_any_origin(head);
    return to_->stream(std::move(head));
  }

 private:
  static constexpr std::size_t kSmallAnswerBytes = 16 * 1024;

  void hold(http::Response& response) {
    auto held = std::make_shared<Shares::Hold>(answers_.hold(peer_is_proxy_ ? std::string() : share_of_address(peer_)));
    const Shares::Taken taken = held->grow_to(response.body.size());
    if (taken == Shares::Taken::kYes) {
      response.held = std::move(held);
    } else if (only_reads_) {  // what was done must be told as it was
      refused_.add(1);
      response = taken == Shares::Taken::kAllTaken
                     ? error_answer({Fault::kUnavailable,
                                     "too many large answers wait for their readers; try again in a moment"})
                     : error_answer({Fault::kOverloaded,
                                     "answers to this address that nobody has read yet are more than one address may "
                                     "have; read them, or close their connections"});
    }
  }

  std::shared_ptr<http::Responder> to_;
  Shares& answers_;
  metrics::Counter& refused_;
  const std::string peer_;
  const bool peer_is_proxy_, only_reads_;
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

bool is_form(const http::Request& request) {
  return ascii_iequals(request.headers.get("content-type").substr(0, 33), "application/x-www-form-urlencoded");
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

std::string share_of(const http::Request& request) {
  return request.peer_is_proxy ? std::string() : share_of_address(request.peer);
}

std::string bearer_token(const http::Request& request) {
  const std::string_view header = request.headers.get("authorization");
  if (header.size() > 7 && ascii_iequals(header.substr(0, 7), "bearer "))
    return std::string(trim_spaces(header.substr(7)));
  if (!changes_something(request)) {
    return request.query().empty() ? std::string()
                                   : http::form_value(request.query(), "access_token").value_or(std::string());
  }
  return is_form(request) ? http::form_value(request.body, "access_token").value_or(std::string()) : std::string();
}

// What was found out on the head of a request, and what its body takes until it is answered.
struct Api::Admitted final : http::Keep {
  Admitted(Budgets& budgets, metrics::Counter& refused_total, std::string share)
      : bytes(budgets.bodies.hold(std::move(share))),
        unidentified(budgets.unidentified_bodies.hold({})),
        refused(refused_total) {}

  std::optional<http::Response> body_takes(std::size_t size) override {
    if (size <= http::Handler::kBodyWithHeadBytesMax) return std::nullopt;
    Shares::Taken taken = is_let_in ? Shares::Taken::kYes : unidentified.grow_to(size);
    if (taken == Shares::Taken::kYes) taken = bytes.grow_to(size);
    if (taken == Shares::Taken::kYes) return std::nullopt;
    refused.add(1);
    http::Response response =
        taken == Shares::Taken::kAllTaken
            ? error_answer({Fault::kUnavailable,
                            is_let_in ? "too many requests are being read at once; try again in a moment"
                                      : "too many requests without a token in their head are being read at once; try "
                                        "again in a moment, or send the token as Authorization: Bearer"})
            : error_answer({Fault::kOverloaded,
                            "the requests from this address that are being read are larger than one address may have "
                            "at once; send fewer at a time"});
    allow_any_origin(response);
    return response;
  }

  Call call;               // without its request
  bool is_let_in = false;  // by what is in the head; else only the body may say who calls
  Shares::Hold bytes, unidentified;
  metrics::Counter& refused;
};

Api::Api(Services& services, LoopServices loop, const Router& router)
    : services_(services),
      loop_(loop),
      router_(router),
      requests_total_(services.metrics.counter("fleethook_http_requests_total", "Requests taken from clients.", {})),
      bodies_refused_total_(services.metrics.counter(
          "fleethook_request_bodies_refused_total", "Requests refused for want of room for their bodies.", {})),
      answers_refused_total_(services.metrics.counter(
          "fleethook_answers_refused_total", "Answers not given since too many were not taken by their readers.", {})) {
}

Api::~Api() = default;

// What the head alone decides is decided here, so that nobody without a right to it makes us read and keep a body. In a
// form without Authorization header the token may stand in the body: that is read so far as it is short.
http::Ruling Api::judge(http::Request& head) {
  auto admitted = std::make_shared<Admitted>(services_.budgets, bodies_refused_total_, share_of(head));
  Call& call = admitted->call;
  if (auto answer = find_route(head, call)) return refused(std::move(*answer));
  const std::size_t route_max = services_.limits.*(call.route->body_bytes_max);
  const bool body_may_tell = changes_something(head) && is_form(head) && bearer_token(head).empty();
  if (!body_may_tell) {
    call.catalog = services_.store.catalog();
    std::swap(call.request, head);
    const auto verdict = let_in(call);
    std::swap(call.request, head);
    if (!verdict.ok()) return refused(error_answer(verdict.error()));
    admitted->is_let_in = call.user != nullptr;
  }
  http::Ruling ruling;
  ruling.body_bytes_max = route_max;
  if (!admitted->is_let_in && route_max > services_.limits.unidentified_body_bytes_max) {
    ruling.body_bytes_max = services_.limits.unidentified_body_bytes_max;
    ruling.too_large = "the body is too large for a request without a token in its head (Authorization: Bearer ...)";
  }
  ruling.keep = std::move(admitted);
  return ruling;
}

http::Ruling Api::refused(http::Response response) {
  requests_total_.add(1);
  allow_any_origin(response);
  return {.refusal = std::move(response)};
}

http::Response Api::protocol_error(int status, std::string_view message) const {
  http::Response response = bad_http(status, message);
  allow_any_origin(response);
  return response;
}

void Api::complete(http::Response& response) const {
  add_security_headers(response, services_.settings.own_tls);
}

// The answer to what is no request for a route; else the call has its route.
std::optional<http::Response> Api::find_route(const http::Request& request, Call& call) const {
  if (request.method == "OPTIONS") return preflight();
  Router::Match match = router_.match(request.method, request.path());
  if (match.route != nullptr) {
    call.route = match.route;
    call.parameters = std::move(match.parameters);
    return std::nullopt;
  }
  if (!match.path_known) {
    if (auto file = console_answer(services_.console, request)) return file;
  }
  http::Response response = error_answer(no_such_route(match, request));
  if (match.path_known) {
    response.status = 405;
    response.headers.set("Allow", match.allowed);
  }
  return response;
}

// Rights may have changed, and the token may have ended, while the body came: then all is asked again, so that a
// request is answered by what holds when it is whole.
bool Api::still_holds(const Admitted& admitted) const {
  const Call& call = admitted.call;
  return admitted.is_let_in && call.catalog == services_.store.catalog() &&
         !core::has_ended(*call.token, services_.clock.now(), services_.limits.session_idle_max);
}

void Api::handle(http::Request request, std::shared_ptr<http::Responder> responder) {
  requests_total_.add(1);
  responder =
      std::make_shared<ToClient>(std::move(responder), request, services_.budgets.answers, answers_refused_total_);
  Call call;
  if (auto* admitted = static_cast<Admitted*>(request.keep.get())) {
    if (still_holds(*admitted)) {
      call = std::move(admitted->call);
      call.request = std::move(request);
      return dispatch(std::move(call), std::move(responder));
    }
    call.route = admitted->call.route;
    call.parameters = std::move(admitted->call.parameters);
    admitted->call = Call();
  } else if (auto answer = find_route(request, call)) {
    return responder->respond(std::move(*answer));
  }
  call.request = std::move(request);
  call.catalog = services_.store.catalog();
  if (const auto admitted = let_in(call); !admitted.ok()) return responder->respond(error_answer(admitted.error()));
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

Result<void> Api::let_in(Call& call) {
  identify(call);
  FLEETHOOK_CHECK(check_cross_site(call));
  note_use(call);
  FLEETHOOK_CHECK(admit(call));
  return check_hops(call);
}

Result<void> Api::check_hops(Call& call) {
  if (!call.route->reads_hops) return {};
  call.hops = core::hops_of(call.request.headers);
  if (call.hops <= services_.limits.event_hops_max) return {};
  return loop_.ingest.refuse_loop(call.product != nullptr ? call.product->id : core::ProductId(), call.user->id,
                                  call.hops);
}

void Api::dispatch(Call call, std::shared_ptr<http::Responder> responder) {
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
    const std::size_t most = services_.limits.list_bytes_max;
    if (response.body.size() > most && !changes_something(shared->request))
      response = error_answer(list_too_long(services_.limits));
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
