// One event of a device after the other, in their order, whatever fails, and no device waits for another.
#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using testing::Personality;
using namespace std::chrono_literals;

class OrderTest : public ::testing::Test, public DeliveryWorld {
 protected:
  OrderTest() { numbered = true; }
  ~OrderTest() override { stop(); }

  core::IntegrationPtr in_order(
      const std::string& host, const std::function<void(core::IntegrationConfig&)>& change = [](auto&) {}) {
    core::IntegrationConfig config;
    config.event = "temp";
    config.url = "http://" + host + "/{{PARTICLE_DEVICE_ID}}";
    config.body = "{{{PARTICLE_EVENT_VALUE}}}";
    config.delivery.order_per_device = true;
    change(config);
    return integration(config);
  }
  // Device "bad" is refused until it_recovers().
  core::IntegrationPtr start_while_one_fails() {
    receiver_ = &receiver("a");
    receiver_->paths["/bad"] = failing();
    start();
    return in_order("a");
  }
  void it_recovers() { receiver_->paths.clear(); }
  void publish_of(const std::string& whose, const core::IntegrationPtr& to, std::size_t count = 1) {
    device = whose;
    publish(to, count);
  }
  // The numbers as they came, each once: an attempt that failed is followed by another.
  std::vector<int> came_of(const std::string& whose) const {
    std::vector<int> numbers;
    for (const ReceivedRequest& one : requests) {
      if (one.request.target != "/" + whose) continue;
      const int number = std::stoi(one.request.body);
      if (numbers.empty() || numbers.back() != number) numbers.push_back(number);
    }
    return numbers;
  }
  static Personality failing() {
    Personality p;
    p.statuses = {500};
    return p;
  }
  void expect_order(const std::string& whose, std::size_t count) const {
    const std::vector<int> numbers = came_of(whose);
    EXPECT_EQ(numbers.size(), count) << whose;
    EXPECT_TRUE(std::ranges::is_sorted(numbers)) << whose;
  }

  testing::Imposter* receiver_ = nullptr;
};

TEST_F(OrderTest, EventsOfADeviceComeInTheirOrderThoughManyMayBeUnderWay) {
  receiver("a");
  start();
  const auto hook = in_order("a");
  for (int i = 0; i < 20; ++i) {
    for (const char* whose : {"one", "two", "three"}) publish_of(whose, hook, 5);
  }
  run(60s);
  for (const char* whose : {"one", "two", "three"}) expect_order(whose, 100);
  EXPECT_EQ(requests.size(), 300U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(OrderTest, ARetryHoldsUpItsDeviceAndNoOther) {
  const auto hook = start_while_one_fails();
  publish_of("bad", hook, 50);
  publish_of("good", hook, 50);
  run(30s);
  EXPECT_EQ(came_of("bad").size(), 1U) << "only the first is tried";
  EXPECT_EQ(dispatcher->stats().devices_in_order, 1U);
  expect_order("good", 50);
  it_recovers();
  run(2h);
  expect_order("bad", 50);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(OrderTest, TenThousandEventsBehindOneDoNotFillTheWindow) {
  const auto hook = start_while_one_fails();
  for (int i = 0; i < 100; ++i) publish_of("bad", hook, 100);
  run(10s);
  EXPECT_LE(dispatcher->stats().in_memory, limits.lane_window_max);
  const Steady before = sim.steady();
  for (int i = 0; i < 50; ++i) publish_of("good" + std::to_string(i), hook);
  run(30s);
  for (int i = 0; i < 50; ++i) expect_order("good" + std::to_string(i), 1);
  for (const ReceivedRequest& one : requests) {
    if (one.request.target != "/bad") {
      EXPECT_LT(one.at - before, 15s);
    }
  }
  EXPECT_EQ(came_of("bad").size(), 1U);
  it_recovers();
  run(6h);
  expect_order("bad", 10'000);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(OrderTest, ACrashKeepsTheOrder) {
  const auto hook = start_while_one_fails();
  publish_of("bad", hook, 20);
  run(5s);
  publish_of("bad", hook, 20);
  run(20ms);
  crash();
  it_recovers();
  start();
  publish_of("bad", hook, 20);
  run(1h);
  std::vector<int> numbers = came_of("bad");
  EXPECT_TRUE(std::ranges::is_sorted(numbers));
  EXPECT_EQ(numbers.back(), last_number);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(OrderTest, APauseKeepsTheOrder) {
  const auto hook = start_while_one_fails();
  publish_of("bad", hook, 20);
  publish_of("good", hook, 20);
  run(5s);
  set_pause(hook, core::Pause::kHold);
  publish_of("bad", hook, 700);
  publish_of("good", hook, 700);
  run(30s);
  it_recovers();
  set_pause(hook, core::Pause::kRunning);
  publish_of("bad", hook, 20);
  publish_of("good", hook, 20);
  run(2h);
  expect_order("bad", 740);
  expect_order("good", 740);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(OrderTest, WhatFailsForGoodMakesPlaceForTheNext) {
  auto& a = receiver("a");
  a.personality.statuses = {400};
  start();
  const auto hook = in_order("a");
  publish_of("one", hook, 30);
  run(60s);
  expect_order("one", 30);
  EXPECT_EQ(counts().of(core::OutcomeKind::kError), 30U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(OrderTest, AnIntegrationThatIsDeletedEndsAllThatWaits) {
  auto& a = receiver("a");
  a.personality.statuses = {500};
  start();
  const auto hook = in_order("a");
  publish_of("one", hook, 300);
  run(5s);
  ASSERT_TRUE(store.delete_integration(hook->id).ok());
  run(5min);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(OrderTest, WhatIsTriedOnceIsTriedThoughItHadToWait) {
  auto& a = receiver("a");
  a.personality.statuses = {500};
  start();
  const auto hook = in_order("a", [](core::IntegrationConfig& config) { config.delivery.retry_for = 0s; });
  publish_of("one", hook, 30);
  run(5min);
  expect_order("one", 30);
  EXPECT_EQ(counts().of(core::OutcomeKind::kError), 30U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(OrderTest, WhatWaitsBehindForAllOfItsTimeEnds) {
  const auto hook = start_while_one_fails();
  publish_of("bad", hook, 10);
  run(24h * 8);
  EXPECT_TRUE(queue_is_empty());
  EXPECT_EQ(counts().of(core::OutcomeKind::kError), 10U);
}

}  // namespace
}  // namespace fleethook::delivery
