// What an integration sets of its deliveries, carried out: time-out, retries, concurrency, rate.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using testing::Personality;
using namespace std::chrono_literals;

class DeliverySettingsTest : public ::testing::Test, public DeliveryWorld {
 protected:
  DeliverySettingsTest() {
    limits.connections_per_lane_max = 16;
    on_request = [this] { most_under_way_ = std::max(most_under_way_, dispatcher->stats().in_flight); };
  }
  ~DeliverySettingsTest() override { stop(); }

  core::IntegrationPtr with(const std::string& url,
                            core::DeliverySettings settings,
                            core::DeliveryPolicy policy = core::DeliveryPolicy::kDurable) {
    core::IntegrationConfig config;
    config.event = "temp";
    config.url = url;
    config.policy = policy;
    config.delivery = std::move(settings);
    return integration(config);
  }
  static Personality slow(Duration think, int status = 200) {
    Personality p;
    p.statuses = {status};
    p.think_min = p.think_max = think;
    return p;
  }
  std::vector<Steady> times(const std::string& path) const {
    std::vector<Steady> all;
    for (const auto& one : requests)
      if (one.request.target == path) all.push_back(one.at);
    return all;
  }
  std::vector<std::int64_t> seconds_after_first(const std::string& path) const {
    std::vector<std::int64_t> all;
    for (const Steady at : times(path))
      all.push_back(std::chrono::round<std::chrono::seconds>(at - times(path).front()).count());
    return all;
  }
  // The most requests of `path` in any span of this length.
  std::size_t most_within(const std::string& path, Duration span) const {
    const std::vector<Steady> all = times(path);
    std::size_t most = 0;
    for (std::size_t first = 0, last = 0; last < all.size(); ++last) {
      while (all[last] - all[first] >= span) ++first;
      most = std::max(most, last - first + 1);
    }
    return most;
  }

  std::size_t most_under_way_ = 0;
};

TEST_F(DeliverySettingsTest, AnAttemptEndsWithTheTimeOutOfItsIntegration) {
  receiver("a.example", slow(3s));
  core::DeliverySettings settings;
  settings.timeout = 1s;
  settings.retry_for = 0s;
  const auto hasty = with("http://a.example/hasty", settings);
  const auto usual = with("http://a.example/usual", {});
  start();
  publish(hasty);
  publish(usual);
  run(10s);
  EXPECT_EQ(times("/hasty").size(), 1U);
  EXPECT_EQ(counts(), (store::Counts{1, 1, 0}));
  for (const auto& [key, outcome] : store.outcomes()) {
    if (outcome.integration != hasty->number) continue;
    EXPECT_GE(outcome.took, 1s);
    EXPECT_LT(outcome.took, 1100ms);
  }
}

TEST_F(DeliverySettingsTest, RetriesComeAfterTheWaitsThatWereSetAndTheLastOneRepeats) {
  receiver("a.example", slow(0ms, 500));
  core::DeliverySettings settings;
  settings.retry_delays = {2s, 5s};
  settings.retry_for = 20s;
  const auto hook = with("http://a.example/x", settings);
  start();
  publish(hook);
  run(10min);
  EXPECT_EQ(seconds_after_first("/x"), (std::vector<std::int64_t>{0, 2, 7, 12, 17, 20}));
  EXPECT_EQ(counts(), (store::Counts{0, 1, 0}));
  EXPECT_EQ(store.all_dead_letters().size(), 1U);
}

TEST_F(DeliverySettingsTest, WithPolicyParticleTheEndOfTheListIsTheEnd) {
  receiver("a.example", slow(0ms, 500));
  core::DeliverySettings settings;
  settings.retry_delays = {1s, 3s, 20s};
  start();
  publish(with("http://a.example/list", settings, core::DeliveryPolicy::kParticle));
  settings.retry_for = 10s;
  publish(with("http://a.example/less", settings, core::DeliveryPolicy::kParticle));
  run(10min);
  EXPECT_EQ(seconds_after_first("/list"), (std::vector<std::int64_t>{0, 1, 4, 24}));
  EXPECT_EQ(seconds_after_first("/less"), (std::vector<std::int64_t>{0, 1, 4}));
  EXPECT_EQ(store.all_dead_letters().size(), 2U);
}

TEST_F(DeliverySettingsTest, AStatusIsFinalWhereTheIntegrationSaysSo) {
  receiver("a.example", slow(0ms, 404));
  receiver("b.example", slow(0ms, 400));
  core::DeliverySettings final_404, none;
  final_404.final_statuses = {{404}};
  none.final_statuses.emplace();
  start();
  publish(with("http://a.example/final", final_404));
  publish(with("http://a.example/usual", {}));
  publish(with("http://b.example/none", none));
  publish(with("http://b.example/usual400", {}));
  run(30s);
  EXPECT_EQ(times("/final").size(), 1U);
  EXPECT_GT(times("/usual").size(), 2U);
  EXPECT_GT(times("/none").size(), 2U);
  EXPECT_EQ(times("/usual400").size(), 1U);
}

TEST_F(DeliverySettingsTest, NoMoreThanItsConcurrencyAreUnderWayAndOthersOfTheLaneGoOn) {
  auto& a = receiver("a.example", slow(100ms));
  core::DeliverySettings settings;
  settings.concurrency = 2;
  const auto narrow = with("http://a.example/narrow", settings);
  const auto wide = with("http://a.example/wide", {});
  start();
  publish(narrow, 40);
  run(1s);
  EXPECT_EQ(most_under_way_, 2U);
  publish(wide, 100);
  run(1s);
  EXPECT_EQ(times("/wide").size(), 100U) << "they do not wait for the others";
  EXPECT_GT(most_under_way_, 10U);
  run(1s);
  EXPECT_EQ(times("/narrow").size(), 40U);
  EXPECT_EQ(counts(), (store::Counts{140, 0, 0}));
  EXPECT_TRUE(queue_is_empty());
  EXPECT_LE(a.open_links_max(), 16U);
}

TEST_F(DeliverySettingsTest, WhatFindsNoPlaceInMemoryComesBackFromDiskAndIsSentOnce) {
  for (const bool by_rate : {false, true}) {
    requests.clear();
    limits.lane_window_max = 16;
    receiver("c.example", slow(by_rate ? 0ms : 100ms));
    core::DeliverySettings settings;
    if (by_rate)
      settings.rate = 10;
    else
      settings.concurrency = 1;
    const auto hook = with("http://c.example/x", settings);
    most_under_way_ = 0;
    start();
    publish(hook, 50);
    publish(hook, 50, false);  // on disk only
    run(90s);
    EXPECT_EQ(ids().size(), 100U);
    EXPECT_EQ(requests.size(), 100U) << "none twice";
    EXPECT_LE(most_within("/x", 1s), 11U);
    if (!by_rate) {
      EXPECT_EQ(most_under_way_, 1U);
    }
    EXPECT_TRUE(queue_is_empty());
    stop();
  }
  EXPECT_EQ(counts(), (store::Counts{200, 0, 0}));
  EXPECT_NE(metrics->text().find("fleethook_deliveries_waited_total"), std::string::npos);
}

TEST_F(DeliverySettingsTest, RetriesCountAgainstTheRateAndTheConcurrencyToo) {
  fair.breaker_failures = 1000;
  auto& a = receiver("a.example", slow(50ms, 500));
  core::DeliverySettings settings;
  settings.rate = 5;
  settings.concurrency = 1;
  settings.retry_delays = {1s};
  const auto hook = with("http://a.example/x", settings);
  start();
  publish(hook, 20);
  run(60s);
  EXPECT_EQ(most_under_way_, 1U);
  EXPECT_LE(most_within("/x", 1s), 6U);
  EXPECT_GE(requests.size(), 290U) << "the rate is reached";
  EXPECT_LE(requests.size(), 301U);
  a.personality = slow(50ms);
  run(60s);
  EXPECT_EQ(counts(), (store::Counts{20, 0, 0}));
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(DeliverySettingsTest, ALimitHoldsForWhatWasAcceptedBeforeItWasSet) {
  receiver("a.example", slow(100ms));
  const auto hook = with("http://a.example/x", {});
  start();
  publish(hook, 100);
  run(250ms);
  core::IntegrationConfig config = hook->config;
  config.delivery.concurrency = 1;
  ASSERT_TRUE(store.update_integration(hook->id, {config, {product}, {}, {}}).ok());
  run(300ms);
  most_under_way_ = 0;
  const std::size_t before = requests.size();
  run(2s);
  EXPECT_EQ(most_under_way_, 1U);
  EXPECT_GE(requests.size(), before + 18);
}

TEST_F(DeliverySettingsTest, ARateIsKeptThroughAPauseOfItsLane) {
  receiver("a.example");
  core::DeliverySettings settings;
  settings.rate = 0.01;
  const auto hook = with("http://a.example/x", settings);
  start();
  publish(hook);
  run(90s);
  publish(hook);
  run(1min);
  EXPECT_EQ(seconds_after_first("/x"), (std::vector<std::int64_t>{0, 100}));
}

TEST_F(DeliverySettingsTest, WhatWaitsForItsTurnSurvivesACrash) {
  receiver("a.example");
  core::DeliverySettings settings;
  settings.rate = 1;
  const auto hook = with("http://a.example/x", settings);
  limits.lane_window_max = 16;
  start();
  publish(hook, 30);
  run(5s);
  crash();
  start();
  run(60s);
  EXPECT_EQ(ids().size(), 30U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(DeliverySettingsTest, APausedPlacementThatWaitsForItsTurnIsParked) {
  receiver("a.example", slow(1s));
  core::DeliverySettings settings;
  settings.concurrency = 1;
  const auto hook = with("http://a.example/x", settings);
  start();
  publish(hook, 10);
  run(500ms);
  set_pause(hook, core::Pause::kHold);
  run(5s);
  EXPECT_EQ(requests.size(), 1U);
  EXPECT_EQ(queue.stats().parked, 9U);
  set_pause(hook, core::Pause::kRunning);
  run(20s);
  EXPECT_EQ(requests.size(), 10U);
  EXPECT_TRUE(queue_is_empty());
}

}  // namespace
}  // namespace fleethook::delivery
