#include "api/metrics_site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class MetricsSiteTest : public ::testing::Test {
 protected:
  // What a client of the site reads until the connection closes.
  std::string ask(const std::string& first_line) {
    auto [ours, theirs] = testing::MemoryStream::pair(world_.loop());
    testing::RawPeer peer(std::move(theirs));
    const auto connection = http::ServerConnection::start(std::move(ours), world_.loop(), site_, limits_, [] {});
    peer.send(first_line + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    world_.loop().run_ready();
    EXPECT_TRUE(peer.ended());
    return peer.received;
  }
  TestWorld world_;
  const Limits limits_;
  MetricsSite site_{world_.services(), world_.loop()};
};

TEST_F(MetricsSiteTest, ServesMetricsAndHealthAndNothingElse) {
  world_.metrics().counter("fleethook_examples_total", "Examples.", {}).add(3);
  EXPECT_THAT(ask("GET /metrics"), HasSubstr("\nfleethook_examples_total 3\n"));
  EXPECT_THAT(ask("HEAD /metrics"), Not(HasSubstr("fleethook_examples_total")));
  EXPECT_THAT(ask("GET /healthz"), HasSubstr(R"({"ok":true})"));
  EXPECT_THAT(ask("GET /readyz"), StartsWith("HTTP/1.1 200 OK\r\n"));
  world_.troubles.emplace_back("the disk is full");
  EXPECT_THAT(ask("GET /readyz"), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  for (const char* elsewhere : {"GET /", "GET /v1/user", "GET /openapi.json", "POST /oauth/token"}) {
    EXPECT_THAT(ask(elsewhere), StartsWith("HTTP/1.1 404 Not Found\r\n")) << elsewhere;
  }
  EXPECT_THAT(ask("POST /metrics"), StartsWith("HTTP/1.1 405 Method Not Allowed\r\nContent-Type: "));
}

TEST_F(MetricsSiteTest, NeverSpeaksOfTlsWhichItHasNot) {
  world_.services().settings.own_tls = true;
  EXPECT_THAT(ask("GET /healthz"), HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(ask("GET /healthz"), Not(HasSubstr("Strict-Transport-Security")));
}

TEST_F(MetricsSiteTest, MetricsAreNotAtTheServersOwnAddressThen) {
  EXPECT_EQ(world_.send("", "GET", "/metrics").status, 200);
  world_.services().settings.metrics_apart = true;
  world_.refused(404, "not_found", "a listener of their own", "", "GET", "/metrics");
  EXPECT_EQ(world_.send("", "GET", "/healthz").status, 200);
  EXPECT_THAT(ask("GET /metrics"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

}  // namespace
}  // namespace fleethook::api
