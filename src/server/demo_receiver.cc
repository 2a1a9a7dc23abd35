#include "server/demo_receiver.h"

#include <vector>

#include "json/value.h"

namespace fleethook::server {
namespace {

// One first attempt in this many is answered 503, to show that nothing is lost: the delivery comes again.
constexpr std::uint64_t kRefuseEvery = 50;

http::Response plain(int status, std::string_view text) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "text/plain");
  response.body = text;
  return response;
}

}  // namespace

void OpenReceiver::handle(http::Request request, std::shared_ptr<http::Responder> responder) {
  if (request.target == "/temperatures") return responder->respond(plain(take_temperature(request), ""));
  responder->respond(http::Response::json(200, R"({"taken":true,"visit":"on Tuesday"})"));
}

int OpenReceiver::take_temperature(const http::Request& request) {
  const auto body = json::parse(request.body);
  const json::Value* product = body.ok() ? body->find("product") : nullptr;
  if (product == nullptr || !product->is_string()) return 400;
  const std::lock_guard lock(mutex_);
  Received& received = received_[product->as_string()];
  const bool first = request.headers.get("fleethook-attempt") == "1";
  if (first && ++first_attempts_ % kRefuseEvery == 0) {
    ++received.refused;
    return 503;
  }
  received.delivered.emplace(request.headers.get("webhook-id"));
  return 200;
}

http::Response OpenReceiver::protocol_error(int status, std::string_view message) const {
  return plain(status, message);
}

DemoReceived OpenReceiver::of(std::uint64_t product) const {
  const std::lock_guard lock(mutex_);
  const auto found = received_.find(std::to_string(product));
  if (found == received_.end()) return {};
  return {found->second.refused, found->second.delivered.size()};
}

void ClosedReceiver::handle(http::Request, std::shared_ptr<http::Responder> responder) {
  responder->respond(http::Response::json(422, R"({"error":"This interface was closed in May. Use /v2/stock."})"));
}

http::Response ClosedReceiver::protocol_error(int status, std::string_view message) const {
  return plain(status, message);
}

Result<std::unique_ptr<net::Listener>> DemoReceivers::listen(http::Handler& handler) {
  return net::Listener::open(loop_, "127.0.0.1:0", false, [this, &handler](std::unique_ptr<http::Stream> stream) {
    auto self = std::make_shared<std::weak_ptr<http::ServerConnection>>();
    auto connection = http::ServerConnection::start(std::move(stream), loop_, handler, limits_,
                                                    [this, self] { connections_.erase(self->lock()); });
    *self = connection;
    connections_.insert(std::move(connection));
  });
}

Result<std::unique_ptr<DemoReceivers>> DemoReceivers::start(const Clock& clock) {
  auto receivers = std::unique_ptr<DemoReceivers>(new DemoReceivers(clock));
  FLEETHOOK_TRY(receivers->open_listener_, receivers->listen(receivers->open_));
  FLEETHOOK_TRY(receivers->closed_listener_, receivers->listen(receivers->closed_));
  receivers->thread_ = std::thread([raw = receivers.get()] { raw->loop_.run(); });
  return receivers;
}

// Connections that are still open belong to the loop: they go before it does.
DemoReceivers::~DemoReceivers() {
  if (!thread_.joinable()) return;
  loop_.post([this] {
    for (const auto& connection : std::vector(connections_.begin(), connections_.end())) connection->abort();
    loop_.stop();
  });
  thread_.join();
}

DemoReceiverUrls DemoReceivers::urls() const {
  const auto url = [](const net::Listener& listener) { return "http://127.0.0.1:" + std::to_string(listener.port()); };
  return {url(*open_listener_), url(*closed_listener_)};
}

}  // namespace fleethook::server
