// What a person does to deliveries that wait: they are tried now, end, or go by the version that runs now, wherever
// they are.
#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using testing::Personality;
using namespace std::chrono_literals;

class WishTest : public ::testing::Test, public DeliveryWorld {
 protected:
  ~WishTest() override { stop(); }
  static Personality answering(int status) {
    Personality p;
    p.statuses = {status};
    return p;
  }
  core::PlacementKey placement(const core::IntegrationPtr& of) const { return {of->number, product}; }
  Wish all_of(const core::IntegrationPtr& of) const { return {.placements = {placement(of)}}; }
  Wish one_of(const core::IntegrationPtr& of, core::EventSeq event) const {
    return {.placements = {placement(of)}, .lane = lane_of(*of), .event = event};
  }
  static core::LaneId lane_of(const core::Integration& of) { return of.compiled()->constant_lane()->id; }
  std::vector<std::string> bodies() const {
    std::vector<std::string> all;
    for (const ReceivedRequest& one : requests) all.push_back(one.request.body);
    return all;
  }
  // A body that is the event's data: its number.
  core::IntegrationPtr numbered_hook(const std::string& url) {
    numbered = true;
    core::IntegrationConfig config;
    config.event = "temp";
    config.url = url;
    config.body = "{{{PARTICLE_EVENT_VALUE}}}";
    return integration(config);
  }
};

TEST_F(WishTest, RetriesThatAreDueInHoursAreTriedAtOnce) {
  auto& a = receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 3);
  run(30min);
  ASSERT_FALSE(queue_is_empty());
  a.personality = {};
  requests.clear();
  dispatcher->try_now(all_of(hook));
  run(1s);
  EXPECT_EQ(ids().size(), 3U);
  EXPECT_EQ(counts().success, 3U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(WishTest, WhatIsOnlyOnDiskIsTriedToo) {
  limits.lane_window_max = 8;
  auto& a = receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 60);
  run(30min);
  a.personality = {};
  dispatcher->try_now(all_of(hook));
  run(5s);
  EXPECT_EQ(counts().success, 60U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(WishTest, OneRequestFindsOutWhetherAReceiverThatFailedIsBack) {
  fair.breaker_wait_min = fair.breaker_wait_max = 1h;
  receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 50);
  run(10s);
  ASSERT_EQ(dispatcher->stats().breakers_open, 1U);
  requests.clear();
  dispatcher->try_now(all_of(hook));
  run(10s);
  EXPECT_EQ(requests.size(), 1U) << "it still fails: the others wait on";
}

TEST_F(WishTest, APersonNeedNotWaitForWhatTheReceiverAskedFor) {
  auto& a = receiver("a.example", answering(503));
  a.personality.retry_after = 1;
  a.personality.retry_after_exactly = 30min;
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(10s);
  a.personality = {};
  run(1min);
  ASSERT_EQ(counts().success, 0U);
  dispatcher->try_now(all_of(hook));
  run(1s);
  EXPECT_EQ(counts().success, 1U);
}

TEST_F(WishTest, OtherPlacementsAndOtherDestinationsWaitOn) {
  auto& a = receiver("a.example", answering(500));
  auto& b = receiver("b.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  const auto neighbour = integration("http://a.example/other");
  const auto elsewhere = integration("http://b.example/hook");
  start();
  publish(hook), publish(neighbour), publish(elsewhere);
  run(30min);
  a.personality = b.personality = {};
  dispatcher->try_now(all_of(hook));
  run(1s);
  EXPECT_EQ(counts().success, 1U);
  dispatcher->try_now({.lane = lane_of(*hook)});
  run(1s);
  EXPECT_EQ(counts().success, 2U) << "a destination is all that goes there";
  EXPECT_EQ(queue.waiting().size(), 1U);
  EXPECT_EQ(queue.waiting()[0].placement, placement(elsewhere));
}

TEST_F(WishTest, OneDeliveryGoesBeforeAllOthersOfItsPlacementWhereverItIs) {
  for (const std::size_t window : {4U, 1000U}) {
    limits.lane_window_max = window;
    fair.breaker_wait_min = fair.breaker_wait_max = 1h;
    const std::string host = "w" + std::to_string(window) + ".example";
    auto& a = receiver(host, answering(500));
    const auto hook = numbered_hook("http://" + host + "/hook");
    start();
    last_number = 0;
    const std::uint64_t before = queue.stats().last.value;
    publish(hook, 40);
    run(10s);
    for (const std::uint64_t one : {1U, 9U, 25U, 40U}) {
      requests.clear();
      dispatcher->try_now(one_of(hook, {before + one}));
      run(10s);
      EXPECT_EQ(bodies(), (std::vector<std::string>{std::to_string(one)})) << "window " << window;
    }
    a.personality = {};
    requests.clear();
    dispatcher->try_now(one_of(hook, {before + 33}));
    run(10s);
    EXPECT_EQ(bodies().front(), "33");
    EXPECT_EQ(ids().size(), requests.size()) << "each once";
    EXPECT_EQ(ids().size(), 40U) << "the receiver is back, so all follow";
    EXPECT_TRUE(queue_is_empty());
    stop();
  }
}

TEST_F(WishTest, WhatIsUnderWayIsNotSentTwice) {
  auto& a = receiver("a.example");
  a.personality.think_min = a.personality.think_max = 5s;
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(1s);
  ASSERT_EQ(dispatcher->stats().in_flight, 1U);
  dispatcher->try_now(one_of(hook, queue.stats().last));
  dispatcher->try_now(all_of(hook));
  run(20s);
  EXPECT_EQ(requests.size(), 1U);
  EXPECT_EQ(counts().success, 1U);
}

TEST_F(WishTest, WhatIsOverIsNotSentAgain) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 3);
  run(1s);
  dispatcher->try_now(one_of(hook, {2}));
  dispatcher->cancel(one_of(hook, {2}));
  run(10s);
  EXPECT_EQ(requests.size(), 3U);
  EXPECT_EQ(counts(), (store::Counts{3, 0, 0, 0}));
}

TEST_F(WishTest, TheOrderOfEachDeviceIsKept) {
  auto& a = receiver("a.example", answering(500));
  core::IntegrationConfig config;
  config.event = "temp";
  config.url = "http://a.example/hook";
  config.body = "{{{PARTICLE_EVENT_VALUE}}}";
  config.delivery.order_per_device = true;
  const auto hook = integration(config);
  numbered = true;
  start();
  publish(hook, 5);
  run(30min);
  a.personality = {};
  requests.clear();
  dispatcher->try_now(one_of(hook, {4}));
  run(5s);
  EXPECT_EQ(bodies(), (std::vector<std::string>{"1", "2", "3", "4", "5"}));
}

TEST_F(WishTest, OneDeliveryIsCancelledWhereverItIs) {
  for (const std::size_t window : {4U, 1000U}) {
    limits.lane_window_max = window;
    fair.breaker_wait_min = fair.breaker_wait_max = 1h;
    const std::string host = "c" + std::to_string(window) + ".example";
    auto& a = receiver(host, answering(500));
    const auto hook = numbered_hook("http://" + host + "/hook");
    const store::Counts counted = counts();
    start();
    last_number = 0;
    const std::uint64_t before = queue.stats().last.value;
    publish(hook, 40);
    run(10s);
    for (const std::uint64_t one : {1U, 9U, 25U, 40U}) dispatcher->cancel(one_of(hook, {before + one}));
    run(10s);
    EXPECT_EQ(counts().cancelled - counted.cancelled, 4U) << "window " << window;
    EXPECT_EQ(queue.waiting()[0].deliveries, 36U);
    a.personality = {};
    requests.clear();
    dispatcher->try_now(all_of(hook));
    run(10s);
    EXPECT_EQ(ids().size(), 36U);
    EXPECT_EQ(counts().success - counted.success, 36U);
    EXPECT_TRUE(queue_is_empty());
    stop();
  }
  EXPECT_EQ(store.all_dead_letters().size(), 8U) << "each can be replayed";
}

TEST_F(WishTest, AnAttemptUnderWayOfWhatIsCancelledIsTheLast) {
  auto& a = receiver("a.example", answering(500));
  a.personality.think_min = a.personality.think_max = 5s;
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 2);
  run(1s);
  ASSERT_EQ(dispatcher->stats().in_flight, 2U);
  dispatcher->cancel(one_of(hook, {1}));
  run(7s);
  EXPECT_EQ(counts(), (store::Counts{0, 1, 0, 0})) << "what it came to is what it came to";
  EXPECT_EQ(queue.waiting()[0].deliveries, 1U);
}

// A typo in a URL must not condemn the backlog.
TEST_F(WishTest, WhatWaitsGoesByTheVersionThatRunsNowAndToItsDestination) {
  limits.lane_window_max = 8;
  receiver("typo.example", answering(500));
  receiver("right.example");
  const auto hook = numbered_hook("http://typo.example/hook");
  start();
  publish(hook, 60);
  run(30min);
  ASSERT_EQ(queue.waiting()[0].deliveries, 60U);
  core::IntegrationConfig config = hook->config;
  config.url = "http://right.example/hook";
  const auto edited = *store.update_integration(hook->id, {config, hook->products, {}, {}});
  run(10min);
  ASSERT_EQ(counts().success, 0U) << "a delivery keeps the version that it was made with";
  requests.clear();
  move_what_waits(hook);
  run(10s);
  EXPECT_EQ(counts().success, 60U);
  EXPECT_TRUE(queue_is_empty());
  for (const ReceivedRequest& one : requests) EXPECT_EQ(one.host, "right.example");
  EXPECT_EQ(bodies().front(), "1") << "the oldest first";
  EXPECT_EQ(store.outcomes().begin()->second.version, edited->version);
}

TEST_F(WishTest, WhatIsUnderWayByTheOldVersionAndFailsIsMovedToo) {
  auto& typo = receiver("typo.example", answering(500));
  typo.personality.think_min = typo.personality.think_max = 15s;
  receiver("right.example");
  const auto hook = numbered_hook("http://typo.example/hook");
  start();
  publish(hook, 3);
  run(1s);
  ASSERT_EQ(dispatcher->stats().in_flight, 3U);
  core::IntegrationConfig config = hook->config;
  config.url = "http://right.example/hook";
  ASSERT_TRUE(store.update_integration(hook->id, {config, hook->products, {}, {}}).ok());
  move_what_waits(hook);
  run(20s);
  EXPECT_EQ(counts().success, 3U);
  EXPECT_EQ(store.outcomes().begin()->second.attempts, 2U) << "the attempt that was made counts";
}

TEST_F(WishTest, WhatComesAfterTheMoveKeepsItsOwnVersion) {
  auto& a = receiver("a.example", answering(500));
  const auto hook = numbered_hook("http://a.example/one");
  start();
  publish(hook);
  run(1min);
  core::IntegrationConfig config = hook->config;
  config.url = "http://a.example/two";
  const auto second = *store.update_integration(hook->id, {config, hook->products, {}, {}});
  move_what_waits(hook);
  config.url = "http://a.example/three";
  const auto third = *store.update_integration(hook->id, {config, hook->products, {}, {}});
  publish(third);
  run(1min);
  a.personality = {};
  requests.clear();
  dispatcher->try_now(all_of(hook));
  run(10s);
  std::map<std::string, std::string> by_body;
  for (const ReceivedRequest& one : requests) by_body[one.request.body] = one.request.target;
  EXPECT_EQ(by_body, (std::map<std::string, std::string>{{"1", "/two"}, {"2", "/three"}}))
      << "it goes by the version that ran when it was moved, though that is an old one by now";
}

TEST_F(WishTest, WhatIsHeldGoesByTheNewVersionOnceItRunsAgain) {
  receiver("typo.example", answering(500));
  receiver("right.example");
  const auto hook = numbered_hook("http://typo.example/hook");
  start();
  publish(hook, 5);
  run(1min);
  set_pause(hook, core::Pause::kHold);
  publish(hook, 5);
  run(5min);
  core::IntegrationConfig config = hook->config;
  config.url = "http://right.example/hook";
  ASSERT_TRUE(store.update_integration(hook->id, {config, hook->products, {}, {}}).ok());
  move_what_waits(hook);
  requests.clear();
  run(5min);
  EXPECT_TRUE(requests.empty()) << "it is held";
  set_pause(hook, core::Pause::kRunning);
  run(5s);
  EXPECT_EQ(counts().success, 10U);
  for (const ReceivedRequest& one : requests) EXPECT_EQ(one.host, "right.example");
}

TEST_F(WishTest, AMoveGoesOnAfterACrash) {
  limits.lane_window_max = 8;
  receiver("typo.example", answering(500));
  receiver("right.example");
  const auto hook = numbered_hook("http://typo.example/hook");
  start();
  publish(hook, 700);
  run(30min);
  core::IntegrationConfig config = hook->config;
  config.url = "http://right.example/hook";
  ASSERT_TRUE(store.update_integration(hook->id, {config, hook->products, {}, {}}).ok());
  move_what_waits(hook);
  for (int life = 0; life < 5; ++life) {
    run(30ms);
    crash();
    start();
  }
  run(30s);
  EXPECT_EQ(counts(), (store::Counts{700, 0, 0, 0}));
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(WishTest, AMoveKeepsTheOrderOfEachDevice) {
  receiver("typo.example", answering(500));
  receiver("right.example");
  core::IntegrationConfig config;
  config.event = "temp";
  config.url = "http://typo.example/hook";
  config.body = "{{{PARTICLE_EVENT_VALUE}}}";
  config.delivery.order_per_device = true;
  const auto hook = integration(config);
  numbered = true;
  start();
  publish(hook, 20);
  run(30min);
  config.url = "http://right.example/hook";
  const auto edited = *store.update_integration(hook->id, {config, hook->products, {}, {}});
  move_what_waits(hook);
  publish(edited, 20);
  run(30s);
  std::vector<std::string> in_order;
  for (const ReceivedRequest& one : requests) {
    if (one.host == "right.example") in_order.push_back(one.request.body);
  }
  std::vector<std::string> first_twenty(in_order.begin(),
                                        in_order.begin() + std::min<std::ptrdiff_t>(20, std::ssize(in_order)));
  EXPECT_EQ(in_order.size(), 40U);
  EXPECT_TRUE(std::ranges::is_sorted(first_twenty, {}, [](const std::string& one) { return std::stoi(one); }));
  EXPECT_TRUE(queue_is_empty());
}

}  // namespace
}  // namespace fleethook::delivery
