// What waits waits by the queue's time: nothing comes earlier or later, or ends, because the wall clock was set.
#include <algorithm>

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using namespace std::chrono_literals;
using testing::Personality;

class ClockTest : public ::testing::Test, public DeliveryWorld {
 protected:
  static Personality answering(int status) {
    Personality personality;
    personality.statuses = {status};
    personality.think_min = personality.think_max = 1ms;
    return personality;
  }
  core::IntegrationPtr hook_that_retries_for(std::chrono::seconds span) {
    core::IntegrationConfig config;
    config.event = "temp";
    config.url = "http://a.example/hook";
    config.delivery.retry_for = span;
    return integration(config);
  }
  void restart_with_the_clock_set(Duration by, bool crashes) {
    crashes ? crash() : stop();
    sim.jump_wall_clock(by);
    start();
  }
};

TEST_F(ClockTest, ARetryComesInTimeThoughTheClockIsSetBackOrForward) {
  auto& a = receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  for (const Duration by : {Duration(-24h), Duration(96h)}) {
    a.personality = answering(500);
    requests.clear();
    start();
    publish(hook);
    run(200ms);
    ASSERT_EQ(requests.size(), 1U);
    a.personality = answering(200);
    sim.jump_wall_clock(by);
    run(100ms);
    EXPECT_EQ(requests.size(), 1U) << "not yet";
    run(2s);
    EXPECT_EQ(requests.size(), 2U);
    EXPECT_TRUE(queue_is_empty());
    stop();
  }
}

TEST_F(ClockTest, NothingThatWaitsEndsBecauseTheClockIsSetForward) {
  auto& a = receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 100);
  run(3s);
  for (int i = 0; i < 3; ++i) {
    sim.jump_wall_clock(96h);
    run(10min);
  }
  EXPECT_EQ(counts().of(core::OutcomeKind::kError), 0U);
  EXPECT_EQ(queue.waiting().front().deliveries, 100U);
  a.personality = answering(200);
  run(1min);
  EXPECT_EQ(counts().of(core::OutcomeKind::kSuccess), 100U);
}

TEST_F(ClockTest, WhatWaitsOnDiskComesInTimeAfterARestartWithTheClockSet) {
  for (const bool crashes : {false, true}) {
    for (const Duration by : {Duration(-24h), Duration(96h)}) {
      receiver("a.example", answering(500));
      const auto hook = integration("http://a.example/hook");
      start();
      publish(hook, 20);
      run(20min);  // retries are half an hour apart by now
      ASSERT_EQ(queue.retries().size(), 20U);
      restart_with_the_clock_set(by, crashes);
      const std::size_t before = requests.size();
      run(1h);
      EXPECT_GE(requests.size(), before + 20) << "each of them once more";
      EXPECT_EQ(counts().of(core::OutcomeKind::kError), 0U);
      receiver("a.example", answering(200));
      run(2h);
      EXPECT_TRUE(queue_is_empty());
      stop();
    }
  }
}

TEST_F(ClockTest, WhatIsGivenUpIsGivenUpByTimeAndNotByTheClock) {
  receiver("a.example", answering(500));
  const auto hook = hook_that_retries_for(2h);
  start();
  publish(hook, 40);
  run(30min);
  sim.jump_wall_clock(-24h);  // what comes now seems to be a day older
  publish(hook, 40);
  run(30min);
  sim.jump_wall_clock(96h);
  restart_with_the_clock_set(96h, true);
  run(50min);
  EXPECT_EQ(counts().of(core::OutcomeKind::kError), 0U) << "none is two hours old";
  run(3h);
  EXPECT_EQ(counts().of(core::OutcomeKind::kError), 80U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(ClockTest, WhatWasNeverTriedIsGivenUpByTheTimeSinceItWasAccepted) {
  receiver("a.example", answering(500));
  const auto hook = hook_that_retries_for(1h);
  start();
  publish(hook, 20);
  run(5min);  // its breaker is open: most of what comes now is never tried
  publish(hook, 300);
  sim.jump_wall_clock(96h);
  run(40min);
  EXPECT_EQ(counts().of(core::OutcomeKind::kError), 0U);
  sim.jump_wall_clock(-200h);
  run(40min);
  EXPECT_GT(counts().of(core::OutcomeKind::kError), 100U);
  run(1h);
  EXPECT_EQ(counts().of(core::OutcomeKind::kError), 320U) << "and those by which it was found out whether it is back";
}

TEST_F(ClockTest, WhatIsHeldComesBackInOrderThoughTheClockWasSetBetween) {
  receiver("a.example", answering(200));
  const auto hook = integration("http://a.example/hook");
  start();
  set_pause(hook, core::Pause::kHold);
  publish(hook, 2);
  run(1s);
  sim.jump_wall_clock(-24h);
  publish(hook, 2);
  run(1s);
  sim.jump_wall_clock(96h);
  publish(hook, 2);
  run(1s);
  sim.jump_wall_clock(-96h);
  set_pause(hook, core::Pause::kRunning);
  run(10s);
  EXPECT_EQ(requests.size(), 6U);
  EXPECT_TRUE(queue_is_empty());
}

// Before or after a command is said by the numbers of events.
TEST_F(ClockTest, WhatIsDroppedIsWhatWasAcceptedBeforeHoweverTheClockIsSet) {
  for (const bool crashes : {false, true}) {
    for (const Duration by : {Duration(-24h), Duration(24h)}) {
      receiver("a.example", answering(200));
      const auto hook = integration("http://a.example/hook");
      store::Counts before = counts();
      requests.clear();
      start();
      set_pause(hook, core::Pause::kHold);
      publish(hook, 3);
      run(1s);
      sim.jump_wall_clock(by);
      drop_what_waits(hook);
      sim.jump_wall_clock(by);
      publish(hook, 2);
      run(1s);
      restart_with_the_clock_set(-2 * by, crashes);
      set_pause(hook, core::Pause::kRunning);
      run(1min);
      EXPECT_EQ(counts().of(core::OutcomeKind::kCancelled), before.of(core::OutcomeKind::kCancelled) + 3);
      EXPECT_EQ(counts().of(core::OutcomeKind::kSuccess), before.of(core::OutcomeKind::kSuccess) + 2);
      EXPECT_EQ(requests.size(), 2U);
      EXPECT_TRUE(queue_is_empty());
      stop();
    }
  }
}

TEST_F(ClockTest, WhatIsSkippedIsWhatCameAfterHoweverTheClockIsSet) {
  for (const bool crashes : {false, true}) {
    for (const Duration by : {Duration(-24h), Duration(24h)}) {
      receiver("a.example", answering(500));
      const auto hook = integration("http://a.example/hook");
      store::Counts before = counts();
      start();
      publish(hook, 3);
      run(1s);
      sim.jump_wall_clock(by);
      set_pause(hook, core::Pause::kSkip);
      sim.jump_wall_clock(by);
      publish(hook, 2);
      restart_with_the_clock_set(-2 * by, crashes);
      publish(hook, 2);
      run(10min);
      const auto slept = counts().of(core::OutcomeKind::kSleep) - before.of(core::OutcomeKind::kSleep);
      EXPECT_EQ(slept, crashes ? 2U : 4U) << "those before the crash were not committed";
      EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{hook->number, product}, 3, 3}}));
      receiver("a.example", answering(200));
      set_pause(hook, core::Pause::kRunning);
      run(1min);
      EXPECT_EQ(counts().of(core::OutcomeKind::kSuccess), before.of(core::OutcomeKind::kSuccess) + 3);
      EXPECT_TRUE(queue_is_empty());
      stop();
    }
  }
}

TEST_F(ClockTest, PeopleAreToldByTheWallClockWhenARetryComes) {
  receiver("a.example", answering(500));
  start();
  publish(integration("http://a.example/hook"));
  run(5min);
  sim.jump_wall_clock(-24h * 30);
  const auto lanes = dispatcher->lanes(1);
  ASSERT_TRUE(lanes.at(0).due_at);
  EXPECT_GT(*lanes[0].due_at, sim.now());
  EXPECT_LT(*lanes[0].due_at, sim.now() + 1h);
}

}  // namespace
}  // namespace fleethook::delivery
