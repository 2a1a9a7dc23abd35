// A small HTTP client for our own commands: one loop on a thread of its own, blocking calls from outside. Talks to
// servers that the operator names, so no egress guard stands in its way.
#pragma once
#include <memory>
#include <string>
#include <thread>

#include "base/result.h"
#include "http/message.h"
#include "json/value.h"
#include "net/connector.h"
#include "net/loop.h"

namespace fleethook::server {

// Calls block; not from its own loop. Thread-safe.
class HttpClient {
 public:
  HttpClient(const Clock& clock, std::shared_ptr<net::TlsClient> tls);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;

  // A body that is a text is a form as it stands. A new connection for each call. kUnavailable with the reason when no
  // answer comes within 20 s.
  Result<http::Response> send(const std::string& method,
                              const std::string& url,
                              const std::string& token,
                              const json::Value* body);
  // send(), and the answer read as JSON; an answer that is not 2xx is an error with the server's sentence.
  Result<json::Value> call(const std::string& method,
                           const std::string& url,
                           const std::string& token,
                           const json::Value* body = nullptr);

  // For work that stays on the client's loop (the demo's devices).
  net::AsioLoop& loop() { return loop_; }
  http::Transport& transport() { return *connector_; }

 private:
  net::AsioLoop loop_;
  net::Resolver resolver_;
  net::EgressPolicy everywhere_;
  std::unique_ptr<net::Connector> connector_;
  std::thread thread_;
};

}  // namespace fleethook::server
