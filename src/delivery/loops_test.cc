// What a delivery says of the hops behind it, and what becomes of it when a loop is cut.
#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using core::DeliveryPolicy;
using testing::Personality;
using namespace std::chrono_literals;

class LoopsTest : public ::testing::Test, public DeliveryWorld {
 protected:
  ~LoopsTest() override { stop(); }
  void receiver_that_cuts(bool loops) {
    Personality personality;
    personality.statuses = {508};
    personality.cuts_loops = loops;
    receiver("a.example", personality);
  }
};

TEST_F(LoopsTest, ADeliverySaysOneHopMoreThanItsEventHas) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  for (const int far : {0, 1, 8}) {
    hops = static_cast<std::uint8_t>(far);
    publish(hook);
    run(1s);
    EXPECT_EQ(requests.back().request.headers.get("fleethook-hops"), std::to_string(far + 1));
  }
}

TEST_F(LoopsTest, AReceiverThatCutsLoopsIsWellAndNobodyWaitsForIt) {
  receiver_that_cuts(true);
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 100);
  run(5s);
  EXPECT_EQ(requests.size(), 100U);
  EXPECT_EQ(counts().error, 100U);
}

TEST_F(LoopsTest, AReceiverThatCutALoopIsNotAskedAgain) {
  receiver_that_cuts(true);
  const std::string error =
      "error status 508 from a.example: a loop was cut; what this webhook publishes leads to what fires it";
  start();
  for (const auto policy : {DeliveryPolicy::kDurable, DeliveryPolicy::kParticle}) {
    requests.clear();
    events.clear();
    publish(integration("http://a.example/hook", policy));
    run(72h);
    EXPECT_EQ(requests.size(), 1U);
    EXPECT_EQ(store.all_exchanges().back().error, error);
    EXPECT_EQ(event_names(), (std::vector<std::string>{"hook-sent/temp=undefined", "api/hook-error/temp/0=" + error}));
  }
  EXPECT_EQ(counts(), (store::Counts{0, 2, 0}));
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(LoopsTest, Another508IsTriedAgain) {
  receiver_that_cuts(false);
  start();
  publish(integration("http://a.example/hook"));
  run(1h);
  EXPECT_GT(requests.size(), 5U);
  EXPECT_EQ(store.all_exchanges().back().error, "error status 508 from a.example");
}

TEST_F(LoopsTest, WhatADeliveryPublishesHasTheHopsOfItsCause) {
  receiver("a.example");
  start();
  hops = 5;
  publish(integration("http://a.example/hook"));
  run(1s);
  ASSERT_EQ(events.size(), 2U);
  for (const core::Event& event : events) EXPECT_EQ(event.hops, 5) << event.name;
}

}  // namespace
}  // namespace fleethook::delivery
