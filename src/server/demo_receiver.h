// The demo's receivers: real HTTP servers on loopback, on a loop and a thread of their own, since what is measured must
// not share a loop with what measures. One takes everything and counts the temperatures; the other one was closed, and
// refuses everything with 422. They have a port each, so a lane each.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>

#include "http/server_connection.h"
#include "net/listener.h"
#include "server/demo_organization.h"

namespace fleethook::server {

// What came from one product: of /temperatures only.
struct DemoReceived {
  std::uint64_t refused = 0;    // first attempts that were answered 503 on purpose; they come again
  std::uint64_t delivered = 0;  // different deliveries
};

class OpenReceiver final : public http::Handler {
 public:
  void handle(http::Request request, std::shared_ptr<http::Responder> responder) override;
  http::Ruling judge(http::Request&) override { return {.body_bytes_max = 1024 * 1024}; }
  http::Response protocol_error(int status, std::string_view message) const override;
  // Thread-safe.
  DemoReceived of(std::uint64_t product) const;

 private:
  // The status to answer with.
  int take_temperature(const http::Request& request);

  struct Received {
    std::uint64_t refused = 0;
    std::unordered_set<std::string> delivered;  // webhook-id: the same for every attempt of a delivery
  };
  mutable std::mutex mutex_;
  std::map<std::string, Received> received_;  // by the product's id, as the body has it
  std::uint64_t first_attempts_ = 0;
};

class ClosedReceiver final : public http::Handler {
 public:
  void handle(http::Request request, std::shared_ptr<http::Responder> responder) override;
  http::Ruling judge(http::Request&) override { return {.body_bytes_max = 1024 * 1024}; }
  http::Response protocol_error(int status, std::string_view message) const override;
};

class DemoReceivers {
 public:
  static Result<std::unique_ptr<DemoReceivers>> start(const Clock& clock);
  ~DemoReceivers();
  DemoReceivers(const DemoReceivers&) = delete;

  DemoReceiverUrls urls() const;
  const OpenReceiver& open() const { return open_; }

 private:
  explicit DemoReceivers(const Clock& clock) : loop_(clock) {}
  Result<std::unique_ptr<net::Listener>> listen(http::Handler& handler);

  const Limits limits_;
  OpenReceiver open_;
  ClosedReceiver closed_;
  net::AsioLoop loop_;
  std::unique_ptr<net::Listener> open_listener_, closed_listener_;
  std::set<std::shared_ptr<http::ServerConnection>> connections_;  // on the loop only
  std::thread thread_;
};

}  // namespace fleethook::server
