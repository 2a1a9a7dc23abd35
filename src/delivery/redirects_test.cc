// Redirects and the egress guard as deliveries meet them, in the simulated world.
#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using core::DeliveryPolicy;
using testing::Personality;
using namespace std::chrono_literals;

class RedirectsTest : public ::testing::Test, public DeliveryWorld {
 protected:
  ~RedirectsTest() override { stop(); }
  static Personality pointing(int status, std::string location) {
    Personality p;
    p.statuses = {status};
    p.location = std::move(location);
    return p;
  }
  const store::Exchange& last_exchange() const { return store.all_exchanges().back(); }
  core::IntegrationPtr hook(core::Redirects redirects = core::Redirects::kFollow) {
    core::IntegrationConfig config;
    config.event = "temp";
    config.url = "http://a.example/hook";
    config.delivery.redirects = redirects;
    return integration(std::move(config));
  }
  std::string error_of_one(const core::IntegrationPtr& to) {
    publish(to);
    run(1s);
    return store.all_exchanges().empty() ? "none" : last_exchange().error;
  }
};

TEST_F(RedirectsTest, TheLastAnswerCounts) {
  receiver("a.example", pointing(302, "http://b.example/there?x=1"));
  receiver("b.example");
  const auto to = hook();
  start();
  EXPECT_EQ(error_of_one(to), "");
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].host, "b.example");
  EXPECT_EQ(requests[1].request.method, "GET");
  EXPECT_EQ(requests[1].request.target, "/there?x=1");
  EXPECT_EQ(requests[1].request.headers.get("Host"), "b.example");
  EXPECT_EQ(requests[1].request.body, "");
  EXPECT_EQ(counts(), (store::Counts{1, 0, 0}));
  EXPECT_EQ(last_exchange().status, 200);
  EXPECT_EQ(last_exchange().url, "http://a.example/hook");
  EXPECT_EQ(last_exchange().method, "POST");
  EXPECT_EQ(last_exchange().notes, std::vector<std::string>{"302 to GET http://b.example/there?x=1"});
  EXPECT_EQ(event_names(),
            (std::vector<std::string>{"hook-sent/temp=undefined", "api/hook-response/temp/0={\"ok\":true}"}));
}

TEST_F(RedirectsTest, AFailureAtTheEndIsThatOfTheLastHop) {
  receiver("a.example", pointing(307, "http://b.example/"));
  auto& b = receiver("b.example");
  b.personality.statuses = {410};
  const auto to = hook();
  start();
  EXPECT_EQ(error_of_one(to), "error status 410 from b.example");
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].request.method, "POST");
  EXPECT_EQ(requests[1].request.body, requests[0].request.body);
  b.personality.refuse = 1;
  EXPECT_EQ(error_of_one(to), "connect ECONNREFUSED b.example:80");
  EXPECT_EQ(last_exchange().status, 0);
  EXPECT_FALSE(queue_is_empty()) << "it is tried again";
  b.personality = {};
  run(10s);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(RedirectsTest, ConnectionsToTheOwnTargetAreKeptAndOthersAreNot) {
  receiver("a.example", pointing(307, "http://b.example/"));
  receiver("b.example");
  const auto to = hook();
  start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(error_of_one(to), "");
  for (const auto& one : requests) {
    const auto before = std::count_if(requests.begin(), requests.end(),
                                      [&](const auto& other) { return &other <= &one && other.host == one.host; });
    EXPECT_EQ(one.nth_on_link, one.host == "a.example" ? static_cast<std::uint64_t>(before) : 1U);
  }
  EXPECT_EQ(requests.size(), 6U);
}

TEST_F(RedirectsTest, EndsInWordsWhereItCannotBeFollowed) {
  auto& a = receiver("a.example", pointing(302, ""));
  const auto to = hook();
  start();
  const std::string begin = "error status 302 from a.example: ";
  EXPECT_EQ(error_of_one(to), begin + "it redirects, and does not say where: it has no Location");
  a.personality.location = "mailto:a";
  EXPECT_TRUE(error_of_one(to).starts_with(begin + "its Location cannot be followed: "));
  a.personality.location = "/hook";
  EXPECT_EQ(error_of_one(to), begin + "it redirects in a circle") << "by GET to itself";
  EXPECT_TRUE(queue_is_empty()) << "no waiting changes that";
  EXPECT_EQ(counts().error, 3U);
  a.personality.location = "deeper/";
  const std::size_t before = requests.size();
  EXPECT_EQ(error_of_one(to), begin + "it redirects more than 5 times");
  EXPECT_EQ(requests.size(), before + 6);
  EXPECT_EQ(last_exchange().notes.size(), 5U);
  EXPECT_EQ(last_exchange().notes.back(), "302 to GET http://a.example/deeper/deeper/deeper/deeper/deeper/");
  a.personality.statuses = {304};
  EXPECT_EQ(error_of_one(to), "error status 304 from a.example");
}

TEST_F(RedirectsTest, AnIntegrationMayTakeThemForErrors) {
  receiver("a.example", pointing(302, "http://b.example/"));
  receiver("b.example");
  const auto to = hook(core::Redirects::kError);
  start();
  EXPECT_EQ(error_of_one(to),
            "error status 302 from a.example: it redirects, which this integration takes for an error");
  EXPECT_EQ(requests.size(), 1U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(RedirectsTest, OneDeadlineSpansAllHops) {
  auto& a = receiver("a.example", pointing(307, "http://b.example/"));
  a.personality.think_min = a.personality.think_max = 15s;
  auto& b = receiver("b.example");
  b.personality.think_min = b.personality.think_max = 15s;
  const auto to = hook();
  start();
  publish(to);
  run(21s);
  EXPECT_EQ(last_exchange().error, "ESOCKETTIMEDOUT");
  EXPECT_LE(last_exchange().took, 20s + 10ms);
}

TEST_F(RedirectsTest, ATestFollowsThemToo) {
  receiver("a.example", pointing(302, "http://b.example/"));
  receiver("b.example");
  const auto to = hook();
  start();
  core::Event event;
  event.product = product;
  event.name = "temp";
  event.published_at = sim.now();
  std::optional<TestResult> result;
  dispatcher->test(to, event, [&result](const TestResult& got) { result = got; });
  run(1s);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->pass) << result->error;
  EXPECT_EQ(result->notes, std::vector<std::string>{"302 to GET http://b.example/"});
  EXPECT_EQ(last_exchange().notes, result->notes);
}

TEST_F(RedirectsTest, TheNoOfTheEgressGuardIsRetriedLikeAnOutage) {
  auto& a = receiver("a.example");
  a.personality.forbidden = true;
  const auto to = hook();
  start();
  publish(to, 3);
  run(30s);
  EXPECT_EQ(requests.size(), 0U);
  EXPECT_EQ(counts(), store::Counts{});
  EXPECT_TRUE(store.all_dead_letters().empty());
  EXPECT_EQ(last_exchange().error, "address 10.0.0.1 is refused by the egress guard");
  a.personality.forbidden = false;  // the operator has allowed it
  run(60s);
  EXPECT_EQ(counts(), (store::Counts{3, 0, 0}));

  // The same at a hop.
  a.personality = pointing(302, "http://b.example/");
  auto& b = receiver("b.example");
  b.personality.forbidden = true;
  EXPECT_EQ(error_of_one(to), "address 10.0.0.1 is refused by the egress guard");
  EXPECT_FALSE(queue_is_empty());
  b.personality.forbidden = false;
  run(10s);
  EXPECT_TRUE(queue_is_empty());
}

}  // namespace
}  // namespace fleethook::delivery
