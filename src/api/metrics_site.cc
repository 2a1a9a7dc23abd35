#include "api/metrics_site.h"

#include <utility>

#include "api/answers.h"

namespace fleethook::api {
namespace {

http::Response refusal(const Router::Match& match) {
  if (!match.path_known) {
    return error_answer({Fault::kNotFound,
                         "this listener serves /metrics, /metrics/integrations, /healthz and /readyz; all else is at "
                         "the server's own address"});
  }
  http::Response response = error_answer({Fault::kNotFound, "only GET is served here", "method_not_allowed"});
  response.status = 405;
  response.headers.set("Allow", match.allowed);
  return response;
}

}  // namespace

MetricsSite::MetricsSite(Services& services, Loop& loop)
    : services_(services), loop_(loop), router_(metrics_site_routes()) {}

http::Response MetricsSite::protocol_error(int status, std::string_view message) const {
  return bad_http(status, message);
}

// It speaks plain HTTP, whatever the server's own address does.
void MetricsSite::complete(http::Response& response) const {
  add_security_headers(response, /*own_tls=*/false);
}

void MetricsSite::handle(http::Request request, std::shared_ptr<http::Responder> responder) {
  const Router::Match match = router_.match(request.method, request.path());
  if (match.route == nullptr) return responder->respond(refusal(match));
  auto call = std::make_shared<Call>();
  call->request = std::move(request);
  if (match.route->at_once != nullptr) return responder->respond(run(match.route->at_once, services_, *call));
  services_.on_pool([&services = services_, &loop = loop_, call, handler = match.route->on_pool,
                     responder = std::move(responder)]() mutable {
    http::Response response = run(handler, services, *call);
    loop.post([responder = std::move(responder), response = std::move(response)]() mutable {
      responder->respond(std::move(response));
    });
  });
}

}  // namespace fleethook::api
