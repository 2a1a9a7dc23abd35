// When people are told that a receiver fails, and when that it works again.
#include "delivery/condition.h"

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using testing::Personality;
using namespace std::chrono_literals;

TEST(Condition, FailsAfterSomeFailuresInARowThatTookAWhile) {
  const FairSettings settings;
  Condition condition(settings);
  const Steady zero(1h);
  const Instant wall(1h);
  EXPECT_FALSE(condition.failed(zero, wall, zero + 1s));
  EXPECT_FALSE(condition.failed(zero + 9s, wall + 9s, zero + 30s)) << "two only";
  EXPECT_TRUE(condition.failed(zero + 30s, wall + 30s, zero + 31s));
  EXPECT_EQ(condition.first_at(), wall);
  EXPECT_EQ(condition.failures(), 3U);
  EXPECT_FALSE(condition.failed(zero + 40s, wall + 40s, zero + 41s)) << "once";
  EXPECT_TRUE(condition.succeeded());
  EXPECT_FALSE(condition.succeeded());
}

TEST(Condition, ManyFailuresAtOnceSayNothingYet) {
  const FairSettings settings;
  Condition condition(settings);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(condition.failed(Steady(1h), Instant(1h), Steady(1h + 5s)));
  EXPECT_TRUE(condition.failed(Steady(1h + 10s), Instant(1h), Steady(1h + 10s)));
}

TEST(Condition, ASuccessInBetweenBeginsAnew) {
  const FairSettings settings;
  Condition condition(settings);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(condition.failed(Steady(1h + i * 20s), Instant(1h), Steady(1h + i * 20s)));
    EXPECT_FALSE(condition.succeeded());
  }
}

class OutageTest : public ::testing::Test, public DeliveryWorld {
 protected:
  ~OutageTest() override { stop(); }
  static Personality answering(int status) {
    Personality p;
    p.statuses = {status};
    return p;
  }
  std::vector<store::Outage> outages() { return store.outages({}).value(); }
  std::size_t told(const std::string& prefix) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(events, [&](const core::Event& one) { return one.name.starts_with(prefix); }));
  }
};

TEST_F(OutageTest, AnOutageIsToldOnceWhenItBeginsAndOnceWhenItEndsAndStays) {
  auto& a = receiver("a.example", answering(503));
  const auto hook = integration("http://a.example/hook");
  start();
  const Instant began = sim.now();
  publish(hook, 20);
  run(1h);
  ASSERT_EQ(outages().size(), 1U);
  const store::Outage lasts = outages()[0];
  EXPECT_EQ(lasts.placement, (core::PlacementKey{hook->number, product}));
  EXPECT_EQ(lasts.destination, "http://a.example");
  EXPECT_LE(lasts.began_at - began, 1s);
  EXPECT_FALSE(lasts.ended_at);
  EXPECT_GE(lasts.failures, 3U);
  EXPECT_EQ(lasts.status, 503);
  EXPECT_EQ(lasts.error_class, core::ErrorClass::kServer);
  EXPECT_TRUE(store.open_outages().any(lasts.placement));
  EXPECT_EQ(told("hook-failing/temp"), 1U);
  EXPECT_EQ(told("hook-recovered"), 0U);
  EXPECT_NE(metrics->text().find("fleethook_outages_total 1\n"), std::string::npos);
  a.personality = {};
  run(1h);
  ASSERT_EQ(outages().size(), 1U);
  ASSERT_TRUE(outages()[0].ended_at);
  EXPECT_GT(*outages()[0].ended_at, began + 1h);
  EXPECT_GT(outages()[0].failures, lasts.failures);
  EXPECT_FALSE(store.open_outages().any(lasts.placement));
  EXPECT_EQ(told("hook-recovered/temp"), 1U);
}

TEST_F(OutageTest, ItOutlivesTheProcessAndEndsInTheNextLife) {
  auto& a = receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 5);
  run(10min);
  ASSERT_EQ(outages().size(), 1U);
  crash();
  start();
  run(10min);
  EXPECT_EQ(outages().size(), 1U) << "it is the same one";
  a.personality = {};
  run(1h);
  EXPECT_TRUE(outages()[0].ended_at);
  EXPECT_EQ(told("hook-failing"), 1U);
  EXPECT_EQ(told("hook-recovered"), 1U);
}

TEST_F(OutageTest, AMendedUrlEndsTheOutageOfTheOldOne) {
  receiver("typo.example", answering(404));
  receiver("right.example");
  const auto hook = integration("http://typo.example/hook");
  start();
  for (int i = 0; i < 5; ++i) {
    publish(hook);
    run(5s);
  }
  ASSERT_EQ(outages().size(), 1U) << "refused is failing too";
  core::IntegrationConfig config = hook->config;
  config.url = "http://right.example/hook";
  const auto edited = *store.update_integration(hook->id, {config, hook->products, {}, {}});
  publish(edited);
  run(5s);
  EXPECT_TRUE(outages()[0].ended_at);
}

TEST_F(OutageTest, TemplatesThatCannotBeRenderedAreFailingToo) {
  const auto hook = integration("http://{{{nothing}}}/hook");
  start();
  for (int i = 0; i < 5; ++i) {
    publish(hook);
    run(5s);
  }
  ASSERT_EQ(outages().size(), 1U);
  EXPECT_EQ(outages()[0].destination, "");
  EXPECT_EQ(outages()[0].error_class, core::ErrorClass::kTemplate);
}

TEST_F(OutageTest, OneFailureAmongSuccessesIsNone) {
  Personality p;
  p.statuses = {200, 500, 200};
  receiver("a.example", p);
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 200);
  run(1h);
  EXPECT_TRUE(outages().empty());
}

}  // namespace
}  // namespace fleethook::delivery
