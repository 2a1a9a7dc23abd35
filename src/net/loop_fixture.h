// For the tests of net/: a loop that runs on the test's thread until the test says done().
#pragma once
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "net/connector.h"
#include "net/listener.h"
#include "net/loop.h"

namespace fleethook::net {

class LoopTest : public testing::Test {
 protected:
  // Runs the loop until done(). A test that hangs fails after 20 s instead.
  void run() {
    const TimerId guard = loop.schedule_after(std::chrono::seconds(20), [this] {
      ADD_FAILURE() << "the test did not get to its end";
      loop.stop();
    });
    loop.run();
    loop.cancel(guard);
  }
  void done() { loop.stop(); }

  SystemClock clock;
  AsioLoop loop{clock};
};

// With a listener on a free port of loopback and a connector that may go there.
class LoopbackTest : public LoopTest {
 protected:
  std::unique_ptr<Listener> listen(Listener::OnAccept on_accept, const std::string& address = "127.0.0.1:0") {
    auto listener = Listener::open(loop, address, false, std::move(on_accept));
    EXPECT_TRUE(listener.ok()) << listener.error().message;
    return std::move(listener).value();
  }
  // Connects, runs the loop until it is known how that went.
  http::ConnectResult dial(const http::Destination& destination, Duration within = std::chrono::seconds(10)) {
    http::ConnectResult outcome;
    connector.connect(destination, Deadline::after(clock, within), [&](http::ConnectResult result) {
      outcome = std::move(result);
      done();
    });
    run();
    return outcome;
  }

  EgressPolicy policy{{Cidr::parse("127.0.0.0/8").value(), Cidr::parse("::1").value()}};
  Resolver resolver{clock, ResolverOptions{}};
  // One for all tests: reading the system's trust store takes a while.
  static inline const std::shared_ptr<TlsClient> tls = TlsClient::make("").value();
  Connector connector{loop, resolver, tls, policy};
};

}  // namespace fleethook::net
