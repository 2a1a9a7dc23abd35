#include "server/http_client.h"

#include <future>
#include <utility>

#include "base/limits.h"
#include "http/client_connection.h"
#include "http/serialize.h"
#include "http/url.h"

namespace fleethook::server {
namespace {

net::EgressPolicy everywhere() {
  return net::EgressPolicy({net::Cidr::parse("0.0.0.0/0").value(), net::Cidr::parse("::/0").value()});
}

// One call on its way; lives until its answer or its failure.
struct Exchange : std::enable_shared_from_this<Exchange> {
  std::promise<Result<http::Response>> promise;
  std::unique_ptr<http::ClientConnection> connection;

  void fail(std::string message) { promise.set_value(Error{Fault::kUnavailable, std::move(message)}); }
};

}  // namespace

HttpClient::HttpClient(const Clock& clock, std::shared_ptr<net::TlsClient> tls)
    : loop_(clock), resolver_(clock, net::ResolverOptions{}), everywhere_(everywhere()) {
  connector_ = std::make_unique<net::Connector>(loop_, resolver_, std::move(tls), everywhere_);
  thread_ = std::thread([this] { loop_.run(); });
}

HttpClient::~HttpClient() {
  loop_.stop();
  thread_.join();
}

Result<http::Response> HttpClient::send(const std::string& method,
                                        const std::string& url,
                                        const std::string& token,
                                        const json::Value* body) {
  FLEETHOOK_TRY(const http::Url target, http::parse_url(url));
  http::Headers headers;
  if (!token.empty()) headers.add("Authorization", "Bearer " + token);
  std::string text;
  if (body != nullptr) {
    headers.add("Content-Type", body->is_string() ? "application/x-www-form-urlencoded" : "application/json");
    text = body->is_string() ? body->as_string() : json::write(*body);
  }
  std::string bytes;
  http::append_request(method, target.target, target.host_header(), headers, text, bytes);

  auto exchange = std::make_shared<Exchange>();
  auto answer = exchange->promise.get_future();
  loop_.post([this, exchange, target, method, bytes = std::move(bytes)]() mutable {
    const Limits limits;
    const Deadline deadline = Deadline::after(loop_.clock(), limits.delivery_time_max);
    http::Destination destination{target.host, target.port, target.tls, true};
    connector_->connect(
        destination, deadline,
        [this, exchange, method, deadline, bytes = std::move(bytes)](http::ConnectResult connected) mutable {
          if (connected.fault != http::ConnectFault::kNone) return exchange->fail(std::move(connected.message));
          exchange->connection = std::make_unique<http::ClientConnection>(std::move(connected.stream), loop_, Limits{});
          exchange->connection->exchange(std::move(bytes), method == "HEAD", deadline,
                                         [this, exchange](http::ExchangeResult result) {
                                           if (result.fault == http::ExchangeFault::kNone) {
                                             exchange->promise.set_value(std::move(result.response));
                                           } else {
                                             exchange->fail(std::move(result.message));
                                           }
                                           loop_.post([exchange] {
                                             exchange->connection.reset();
                                           });  // breaks the cycle outside the connection's own callback
                                         });
        });
  });
  return answer.get();
}

Result<json::Value> HttpClient::call(const std::string& method,
                                     const std::string& url,
                                     const std::string& token,
                                     const json::Value* body) {
  FLEETHOOK_TRY(const http::Response response, send(method, url, token, body));
  if (response.body.empty() && response.status == 204) return json::Value();
  FLEETHOOK_TRY(json::Value value, json::parse(response.body));
  if (response.status / 100 != 2) {
    const json::Value* sentence = value.find("error_description");
    return Error{Fault::kInvalid,
                 method + " " + url + " was answered with " + std::to_string(response.status) + ": " +
                     (sentence != nullptr && sentence->is_string() ? sentence->as_string() : response.body)};
  }
  return value;
}

}  // namespace fleethook::server
