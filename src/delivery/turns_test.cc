// Costly templates take a small part of a loop, and wait for themselves alone.
#include "delivery/turns.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using namespace std::chrono_literals;

class TurnsTest : public ::testing::Test, public DeliveryWorld {
 protected:
  TurnsTest() {
    limits.template_steps_free = 100;
    limits.template_steps_per_turn_max = 3'000;
    limits.template_steps_per_s_max = 10'000;
    receiver("a.example");
    receiver("b.example");
  }
  ~TurnsTest() override { stop(); }

  // Some 1,050 steps for each request: a tenth of a second's worth.
  core::IntegrationPtr costly(const std::string& url) {
    core::IntegrationConfig config;
    config.event = "temp";
    config.url = url;
    config.body = "";
    for (int i = 0; i < 525; ++i) *config.body += "{{#PARTICLE_EVENT_NAME}}{{/PARTICLE_EVENT_NAME}}";
    return integration(std::move(config));
  }
  core::IntegrationPtr of_another_owner(const std::string& url) {
    const core::UserId other = store.create_user({"other@example.com", "", {}, false}, {})->id;
    store::NewIntegration made;
    made.scope = core::Scope::kSandbox;
    made.user = other;
    made.config.event = "temp";
    made.config.url = url;
    return *store.create_integration(made);
  }
  std::size_t to(const std::string& host) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        requests, [&](const ReceivedRequest& one) { return one.request.headers.get("Host") == host; }));
  }
};

TEST_F(TurnsTest, CostlyTemplatesGetSoManyStepsASecondAndNothingIsLost) {
  const auto hook = costly("http://a.example/");
  start();
  publish(hook, 50);
  run(1s);
  EXPECT_GE(requests.size(), 8U);
  EXPECT_LE(requests.size(), 12U);
  run(10s);
  EXPECT_EQ(requests.size(), 50U);
  EXPECT_EQ(counts().success, 50U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(TurnsTest, OrdinaryTemplatesNeverWait) {
  const auto hook = integration("http://a.example/");
  start();
  publish(hook, 500);
  run(200ms);
  EXPECT_EQ(requests.size(), 500U);
}

TEST_F(TurnsTest, OtherOwnersDoNotWaitForWhatOneOwes) {
  const auto hook = costly("http://a.example/");
  const auto other = of_another_owner("http://b.example/");
  start();
  publish(hook, 100);
  run(500ms);
  publish(other, 10);
  run(50ms);
  EXPECT_EQ(to("b.example"), 10U);
  EXPECT_LT(to("a.example"), 10U);
}

TEST_F(TurnsTest, AllLanesOfAnOwnerWaitTogetherAndTakeTurns) {
  receiver("c.example");
  const auto a = costly("http://a.example/");
  const auto c = costly("http://c.example/");
  start();
  publish(a, 50);
  publish(c, 50);
  run(2s);
  EXPECT_LE(requests.size(), 24U);
  EXPECT_GE(to("a.example"), 8U);
  EXPECT_GE(to("c.example"), 8U);
}

TEST_F(TurnsTest, WhatIsOverTheBudgetOfOneRequestEndsWithAReasonAndIsNotTriedAgain) {
  core::IntegrationConfig config;
  config.event = "temp";
  config.url = "http://a.example/";
  config.headers.set("X", "{{#PARTICLE_EVENT_NAME}}{{/PARTICLE_EVENT_NAME}}");
  config.body = std::string();
  for (int i = 0; i < 50'000; ++i) *config.body += "{{#PARTICLE_EVENT_NAME}}{{/PARTICLE_EVENT_NAME}}";
  const auto hook = integration(std::move(config));
  start();
  publish(hook, 3);
  run(60s);
  EXPECT_EQ(requests.size(), 0U);
  EXPECT_EQ(counts().error, 3U);
  EXPECT_TRUE(queue_is_empty());
  ASSERT_EQ(store.all_dead_letters().size(), 3U);
  EXPECT_EQ(store.all_dead_letters().begin()->second.reason,
            "the templates of the request take more than 100000 steps");
}

TEST_F(TurnsTest, ATestWaitsForItsTurnToo) {
  const auto hook = costly("http://a.example/");
  start();
  int done = 0;
  for (int i = 0; i < 20; ++i) {
    core::Event event;
    event.product = product;
    event.name = "temp";
    dispatcher->test(hook, std::move(event), [&](const TestResult& result) { done += result.pass ? 1 : 0; });
  }
  run(500ms);
  EXPECT_LT(done, 10);
  run(5s);
  EXPECT_EQ(done, 20);
}

TEST_F(TurnsTest, AStopDoesNotWaitForWhatWaits) {
  const auto hook = costly("http://a.example/");
  start();
  publish(hook, 100);
  run(200ms);
  stop(Deadline::at(sim.steady() + 5s));
  EXPECT_FALSE(queue_is_empty());
  start();
  run(20s);
  EXPECT_EQ(ids().size(), 100U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(TurnsTest, LongAnswersThatSomebodyListensToAreLookedThroughInTurns) {
  testing::Personality p;
  p.body = std::string(160'000, 'x');  // 10,000 steps: a second's worth
  receiver("a.example", p);
  streams_wanted = true;
  const auto hook = integration("http://a.example/");
  const auto other = of_another_owner("http://b.example/");
  start();
  publish(hook, 8);
  run(300ms);
  EXPECT_EQ(to("a.example"), 8U) << "requests go out as ever";
  EXPECT_EQ(counts().success, 1U);
  publish(other, 10);
  run(200ms);
  EXPECT_EQ(to("b.example"), 10U);
  run(20s);
  EXPECT_TRUE(queue_is_empty());
  std::size_t answers = 0;
  for (const core::Event& one : events)
    answers += one.name.find("hook-response/") != std::string::npos && one.name.ends_with("/0") ? 1 : 0;
  EXPECT_EQ(answers, 18U);
}

TEST_F(TurnsTest, LongAnswersThatNobodyListensToNeverWait) {
  testing::Personality p;
  p.body = std::string(160'000, 'x');
  receiver("a.example", p);
  streams_wanted = false;
  const auto hook = integration("http://a.example/");
  start();
  publish(hook, 8);
  run(300ms);
  EXPECT_EQ(counts().success, 8U);
}

}  // namespace
}  // namespace fleethook::delivery
