// The pages for Prometheus with series of single integrations: what stands there, for whom, and how much of it.
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "api/metrics_site.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Limits few() {
  Limits limits;
  limits.placements_in_metrics_max = 3;
  return limits;
}

class PlacementMetricsTest : public ::testing::Test {
 protected:
  explicit PlacementMetricsTest(const Limits& limits = {}) : world_(limits) {
    world_.add_user("ann");
    world_.add_user("bob");
    world_.add_user("root", /*administrator=*/true);
    acme_ = world_.add_organization("ann", "Acme");
    one_ = world_.add_product("ann", acme_, "One");
    two_ = world_.add_product("ann", acme_, "Two");
    shared_ = world_.add_integration(
        "ann", "/v1/orgs/acme/integrations",
        R"({"name":"shared","event":"temp","url":"https://example.com/h","product_ids":["one","two"]})");
  }

  void record(const std::string& integration, const std::string& product, core::OutcomeKind kind, Instant at) {
    store::Outcome outcome;
    outcome.integration = world_.store().catalog()->integration(*core::IntegrationId::parse(integration))->number;
    outcome.product = {product.empty() ? 0 : std::stoull(product)};
    outcome.event = core::EventId::make(at, random_);
    outcome.kind = kind;
    outcome.at = at;
    store::HistoryBatch batch;
    batch.outcomes.push_back(outcome);
    std::promise<bool> recorded;
    world_.store().record(std::move(batch), [&](const Result<void>& result) { recorded.set_value(result.ok()); });
    ASSERT_TRUE(recorded.get_future().get());
  }
  void publish(const std::string& product) {
    ASSERT_EQ(world_.send("ann", "POST", "/v1/products/" + product + "/events", R"({"name":"temp"})").status, 200);
  }
  Instant now() { return world_.loop().clock().now(); }
  std::string page(std::string_view user, std::string_view target) {
    const Reply reply = world_.send(user, "GET", target);
    EXPECT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(reply.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    return reply.text;
  }
  std::string of_acme() { return page("ann", "/v1/orgs/acme/metrics/integrations"); }
  std::string of_all() { return page("root", "/metrics/integrations"); }
  // A line of the page.
  std::string sample(std::string_view name,
                     std::string_view product,
                     std::string_view value,
                     std::string_view more = "",
                     std::string_view of = "shared") {
    std::string line = "\nfleethook_integration_" + std::string(name) + "{integration=\"" +
                       (of == "shared" ? shared_ : std::string(of)) + "\",name=\"shared\",organization=\"acme\"";
    line.append(more).append(",product=\"").append(product).append("\"} ").append(value).append("\n");
    return line;
  }

  TestWorld world_;
  std::string acme_, one_, two_, shared_;
  SeededRandom random_{1};
};

TEST_F(PlacementMetricsTest, EachIntegrationHasItsSeriesOnEachProduct) {
  world_.loop().manual_clock().set_now(*parse_iso8601("2026-02-10T12:00:00Z"));
  record(shared_, one_, core::OutcomeKind::kSuccess, now());
  record(shared_, one_, core::OutcomeKind::kSuccess, now());
  record(shared_, two_, core::OutcomeKind::kError, now());
  const std::string text = of_acme();
  EXPECT_THAT(text, HasSubstr("\n# TYPE fleethook_integration_failing gauge\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE fleethook_integration_deliveries_total counter\n"));
  EXPECT_THAT(text, HasSubstr(sample("failing", "one", "0")));
  EXPECT_THAT(text, HasSubstr(sample("failing", "two", "1")));
  EXPECT_THAT(text, HasSubstr("organization=\"acme\",outcome=\"success\",product=\"one\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("organization=\"acme\",outcome=\"error\",product=\"one\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("organization=\"acme\",outcome=\"error\",product=\"two\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(sample("last_success_timestamp_seconds", "one", "1770724800")));
  EXPECT_THAT(text, HasSubstr(sample("last_error_timestamp_seconds", "two", "1770724800")));
  EXPECT_THAT(text, Not(HasSubstr(sample("last_error_timestamp_seconds", "one", "0")))) << "none is known";
  EXPECT_THAT(text, HasSubstr(sample("paused", "one", "0")));
  EXPECT_THAT(text, HasSubstr("\nfleethook_integration_placements_left_out 0\n"));
}

TEST_F(PlacementMetricsTest, SayWhatWaitsAndWhatIsHeld) {
  publish("one");
  ASSERT_EQ(
      world_.send("ann", "POST", "/v1/products/two/integrations/" + shared_ + "/pause", R"({"mode":"hold"})").status,
      200);
  publish("two");
  publish("two");
  const std::string text = of_acme();
  EXPECT_THAT(text, HasSubstr(sample("waiting_deliveries", "one", "1")));
  EXPECT_THAT(text, HasSubstr(sample("held_deliveries", "one", "0")));
  EXPECT_THAT(text, HasSubstr(sample("waiting_deliveries", "two", "2")));
  EXPECT_THAT(text, HasSubstr(sample("held_deliveries", "two", "2")));
  EXPECT_THAT(text, HasSubstr(sample("paused", "one", "0")));
  EXPECT_THAT(text, HasSubstr(sample("paused", "two", "1")));
}

// Whoever may change an integration chooses its name.
TEST_F(PlacementMetricsTest, NoNameEndsItsLabel) {
  const auto rename = [&](const std::string& name) {
    const std::string body = json::write(json::Object{{"name", name}});
    return world_.send("ann", "PATCH", "/v1/orgs/acme/integrations/" + shared_, body).status;
  };
  ASSERT_EQ(rename(R"(say "hi"\)"), 200);
  EXPECT_THAT(of_acme(), HasSubstr(R"(,name="say \"hi\"\\",organization="acme",product="one"} )"));
  ASSERT_EQ(rename(R"(",organization="other"} 1)"), 200);
  EXPECT_THAT(of_acme(), HasSubstr(R"(,name="\",organization=\"other\"} 1",organization="acme",product="one"} )"));
  EXPECT_EQ(rename("two\nlines"), 400) << "and no name has lines; metrics/text_test.cc has how one would be written";
}

TEST_F(PlacementMetricsTest, ANameThatWasNotGivenIsTheComputedOne) {
  world_.add_integration("bob", "/v1/integrations", R"({"event":"beat","url":"https://example.com/b"})");
  EXPECT_THAT(of_all(), HasSubstr(",name=\"beat for example.com\",organization=\"\",product=\"\"} "));
}

TEST_F(PlacementMetricsTest, AProductsPageHasThatProductOnly) {
  const std::string text = page("ann", "/v1/products/two/metrics/integrations");
  EXPECT_THAT(text, HasSubstr(sample("paused", "two", "0")));
  EXPECT_THAT(text, Not(HasSubstr("product=\"one\"")));
}

TEST_F(PlacementMetricsTest, NobodySeesSeriesOfOthers) {
  world_.add_organization("bob", "Other");
  const std::string product = world_.add_product("bob", "other", "Third");
  world_.add_integration("bob", "/v1/products/" + product + "/integrations",
                         R"({"name":"theirs","event":"x","url":"https://example.com/x"})");
  EXPECT_THAT(page("bob", "/v1/orgs/other/metrics/integrations"), HasSubstr("name=\"theirs\""));
  EXPECT_THAT(page("bob", "/v1/orgs/other/metrics/integrations"), Not(HasSubstr("acme")));
  EXPECT_THAT(of_acme(), Not(HasSubstr("theirs")));
  world_.refused(404, "not_found", "there is no organization", "bob", "GET", "/v1/orgs/acme/metrics/integrations");
  world_.refused(404, "not_found", "there is no product", "bob", "GET", "/v1/products/one/metrics/integrations");
  world_.refused(403, "forbidden", "the administrator of the installation", "bob", "GET", "/metrics/integrations");
  for (const char* target : {"/v1/orgs/acme/metrics/integrations", "/metrics/integrations"})
    EXPECT_EQ(world_.send("", "GET", target).status, 401) << target;
  EXPECT_THAT(of_all(), HasSubstr("name=\"theirs\""));
  EXPECT_THAT(of_all(), HasSubstr("organization=\"acme\""));
}

// As somebody's own Prometheus comes.
TEST_F(PlacementMetricsTest, AnApiUserNeedsTheScopeForMetrics) {
  const auto status_with = [&](const std::string& scope) {
    const Reply made = world_.send("ann", "POST", "/v1/orgs/acme/team",
                                   R"({"friendly_name":"prometheus","scopes":[")" + scope + R"("]})");
    return world_.send(made["created.tokens.0.token"], "GET", "/v1/orgs/acme/metrics/integrations").status;
  };
  EXPECT_EQ(status_with("metrics.integrations:get"), 200);
  EXPECT_EQ(status_with("integrations:list"), 403);
}

TEST_F(PlacementMetricsTest, TheListenerForMetricsHasAllWithoutAToken) {
  MetricsSite site(world_.services(), world_.loop());
  auto [ours, theirs] = testing::MemoryStream::pair(world_.loop());
  testing::RawPeer peer(std::move(theirs));
  const Limits limits;
  const auto connection = http::ServerConnection::start(std::move(ours), world_.loop(), site, limits, [] {});
  peer.send("GET /metrics/integrations HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  world_.loop().run_ready();
  EXPECT_THAT(peer.received, HasSubstr(sample("paused", "one", "0")));
}

class FewPlacementMetrics : public PlacementMetricsTest {
 protected:
  FewPlacementMetrics() : PlacementMetricsTest(few()) {}
};

TEST_F(FewPlacementMetrics, WhatWaitsOrFailsComesFirst) {
  const auto add = [&](const std::string& event) {
    return world_.add_integration(
        "ann", "/v1/products/one/integrations",
        R"({"name":"shared","event":")" + event + R"(","url":"https://example.com/)" + event + R"("})");
  };
  const std::string quiet = add("quiet"), failing = add("failing"), busy = add("busy");
  record(failing, one_, core::OutcomeKind::kError, now());
  ASSERT_EQ(world_.send("ann", "POST", "/v1/products/one/events", R"({"name":"busy"})").status, 200);
  const std::string text = of_acme();
  EXPECT_THAT(text, HasSubstr("\nfleethook_integration_placements_left_out 2\n"));
  EXPECT_THAT(text, HasSubstr(sample("failing", "one", "1", "", failing)));
  EXPECT_THAT(text, HasSubstr(sample("waiting_deliveries", "one", "1", "", busy)));
  EXPECT_THAT(text, HasSubstr(sample("paused", "one", "0"))) << "the oldest of the others";
  EXPECT_THAT(text, Not(HasSubstr(quiet)));
}

}  // namespace
}  // namespace fleethook::api
