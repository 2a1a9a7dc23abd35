// The demo's simulated devices: they publish over HTTP at a steady rate, each place over one kept-alive connection.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "http/client_connection.h"
#include "http/transport.h"
#include "json/value.h"
#include "server/demo_api.h"
#include "server/demo_organization.h"

namespace fleethook::server {

// One stream of events to one path. start() on the client's loop, where it lives; the rest is thread-safe.
class DemoPublisher : public std::enable_shared_from_this<DemoPublisher> {
 public:
  using Events = std::function<json::Object(std::size_t turn)>;  // the body of each publish in turn

  DemoPublisher(const DemoApi& api, std::string path, Duration pause, Events events);

  void start() { publish(); }
  void stop();
  bool idle() const { return idle_.load(); }  // after stop(): the last answer is there
  std::uint64_t published() const { return published_.load(); }
  std::uint64_t refused() const { return refused_.load(); }

 private:
  void publish();
  void connect();
  void answered(const http::ExchangeResult& result);
  void later();
  void finish();

  HttpClient& client_;
  const http::Destination destination_;
  const std::string path_, token_;
  const Duration pause_;
  const Events events_;
  std::unique_ptr<http::ClientConnection> connection_;
  std::size_t turn_ = 0;
  bool under_way_ = false;  // an answer or a connection is waited for
  std::atomic<bool> stopped_{false};
  std::atomic<bool> idle_{false};
  std::atomic<std::uint64_t> published_{0};
  std::atomic<std::uint64_t> refused_{0};
};

// The temperatures that the products publish and that the demo counts: one publisher for each product.
std::vector<std::shared_ptr<DemoPublisher>> temperature_publishers(const DemoApi& api,
                                                                   const DemoOrganization& organization,
                                                                   int events_per_second);
// Everything else that happens there, a few events a second: doors, alarms, batteries, stock, humidity; the other
// organization and the sandbox.
std::vector<std::shared_ptr<DemoPublisher>> other_publishers(const DemoApi& api, const DemoOrganization& organization);

// One of each of those other events, answered before this returns: so every screen has something from the start.
Result<void> publish_one_of_each(const DemoApi& api, const DemoOrganization& organization);

}  // namespace fleethook::server
