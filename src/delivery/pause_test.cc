// Placements that are held or skipped: nothing of theirs is attempted, nothing of theirs is lost, and nobody else
// notices.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using core::Pause;
using testing::Personality;
using namespace std::chrono_literals;

class PauseTest : public ::testing::Test, public DeliveryWorld {
 protected:
  ~PauseTest() override { stop(); }
  static Personality answering(int status) {
    Personality p;
    p.statuses = {status};
    return p;
  }
  std::size_t sent_to(const std::string& path) const {
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(), [&](const auto& one) { return one.request.target == path; }));
  }
};

TEST_F(PauseTest, NewEventsOfAHeldPlacementWaitOnDiskUntilItIsResumed) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  set_pause(hook, Pause::kHold);
  publish(hook, 5);
  run(10min);
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(dispatcher->stats().lanes, 0U) << "no lane hears of them";
  EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{hook->number, product}, 5, 5}}));
  EXPECT_EQ(counts(), store::Counts()) << "what waits is not counted";
  set_pause(hook, Pause::kRunning);
  run(2s);
  EXPECT_EQ(requests.size(), 5U);
  EXPECT_EQ(ids().size(), 5U);
  EXPECT_EQ(counts(), (store::Counts{5, 0, 0}));
  EXPECT_TRUE(queue_is_empty());
  const store::Outcome& outcome = store.outcomes().begin()->second;
  EXPECT_EQ(outcome.attempts, 1U);
  EXPECT_GE(outcome.took, 10min) << "from its publication";
  EXPECT_EQ(requests[0].request.headers.get("fleethook-attempt"), "1");
  publish(hook);
  run(1s);
  EXPECT_EQ(counts().success, 6U);
}

TEST_F(PauseTest, WhatWaitsOnDiskDoesNotWaitForWhatIsParked) {
  receiver("a.example", answering(500));
  limits.lane_window_max = 8;
  start();
  const auto hook = integration("http://a.example/hook");
  publish(hook, 50);
  run(1s);
  ASSERT_FALSE(queue.ready().empty());
  ASSERT_FALSE(queue.retries().empty());
  set_pause(hook, Pause::kHold);
  publish(hook, 5);
  run(50ms);
  crash();
  start();
  run(1min);
  EXPECT_TRUE(queue.ready().empty()) << "all is parked, as it is said of a held placement";
  EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{hook->number, product}, 55, 55}}));
}

TEST_F(PauseTest, NoAttemptStartsOnceAPauseHasReturned) {
  for (const Pause pause : {Pause::kHold, Pause::kSkip}) {
    requests.clear();
    limits.connections_per_lane_max = 2;
    auto& a = receiver(std::string(to_text(pause)) + ".example");
    a.personality.think_min = a.personality.think_max = 100ms;
    const auto hook = integration("http://" + a.host + "/hook");
    start();
    publish(hook, 30);
    run(250ms);
    const std::size_t in_flight = dispatcher->stats().in_flight;
    const std::size_t before = requests.size();
    ASSERT_EQ(in_flight, 2U);
    ASSERT_LT(before, 30U);
    set_pause(hook, pause);
    run(10s);
    EXPECT_EQ(requests.size(), before) << "those under way had arrived already";
    EXPECT_EQ(queue.stats().parked, 30U - before);
    EXPECT_EQ(queue.stats().ready, 0U);
    set_pause(hook, Pause::kRunning);
    run(10s);
    EXPECT_EQ(requests.size(), 30U);
    EXPECT_EQ(ids().size(), requests.size()) << "each once";
    EXPECT_TRUE(queue_is_empty());
    stop();
  }
}

TEST_F(PauseTest, SkippedEventsAreCountedAndNobodyIsToldAndWhatWasAcceptedBeforeWaits) {
  auto& a = receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(5s);
  const std::size_t tried = requests.size();
  ASSERT_GE(tried, 2U);
  events.clear();
  set_pause(hook, Pause::kSkip);
  publish(hook, 3);
  run(10min);
  EXPECT_EQ(requests.size(), tried);
  EXPECT_TRUE(events.empty()) << "nothing went wrong";
  EXPECT_EQ(counts(), (store::Counts{0, 0, 3}));
  EXPECT_TRUE(store.all_dead_letters().empty());
  EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{hook->number, product}, 1, 1}}));
  for (const auto& [key, outcome] : store.outcomes()) {
    EXPECT_EQ(outcome.attempts, 0U);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.version, 1U);
    EXPECT_EQ(outcome.product, product);
  }
  EXPECT_NE(metrics->text().find("fleethook_deliveries_total{outcome=\"sleep\"} 3\n"), std::string::npos);
  a.personality = {};
  set_pause(hook, Pause::kRunning);
  publish(hook);
  run(3s);
  EXPECT_EQ(counts(), (store::Counts{2, 0, 3}));
}

TEST_F(PauseTest, ARetryKeepsItsProgressAndItsVersionOverAPauseAndARestart) {
  auto& a = receiver("a.example", answering(500));
  core::IntegrationConfig config;
  config.event = "temp";
  config.url = "http://a.example/first";
  const auto hook = integration(config);
  start();
  publish(hook);
  run(5s);
  const std::size_t tried = requests.size();
  ASSERT_GE(tried, 2U);
  set_pause(hook, Pause::kHold);
  run(1h);
  ASSERT_EQ(requests.size(), tried);
  ASSERT_EQ(queue.stats().parked, 1U) << "its turn came";
  EXPECT_EQ(queue.parked_deliveries().begin()->second.progress.attempts, tried);
  config.url = "http://a.example/second";
  ASSERT_TRUE(store.update_integration(hook->id, {config, {product}, {}, {}}).ok());
  stop();
  start();
  run(10s);
  EXPECT_EQ(requests.size(), tried) << "an edit does not end a pause, nor does a restart";
  a.personality = {};
  set_pause(hook, Pause::kRunning);
  run(2s);
  ASSERT_EQ(requests.size(), tried + 1);
  EXPECT_EQ(requests.back().request.target, "/first");
  EXPECT_EQ(requests.back().request.headers.get("fleethook-attempt"), std::to_string(tried + 1));
  EXPECT_EQ(counts(), (store::Counts{1, 0, 0}));
  EXPECT_EQ(store.outcomes().begin()->second.attempts, tried + 1);
}

TEST_F(PauseTest, ABacklogThatIsHeldDoesNotHoldUpTheOthersOfItsLane) {
  limits.lane_window_max = 8;
  limits.connections_per_lane_max = 2;
  auto& a = receiver("a.example");
  const auto held = integration("http://a.example/held");
  const auto other = integration("http://a.example/other");
  publish(held, 500, false);
  publish(other, 20, false);
  run(1s);
  set_pause(held, Pause::kHold);
  start();
  for (int i = 0; i < 100; ++i) {
    run(20ms);
    EXPECT_LE(dispatcher->stats().in_memory, 8U);
  }
  EXPECT_EQ(sent_to("/other"), 20U);
  EXPECT_EQ(sent_to("/held"), 0U);
  EXPECT_EQ(queue.stats().parked, 500U);
  const Steady before = sim.steady();
  publish(other, 10);
  while (sent_to("/other") < 30 && sim.step()) {
  }
  EXPECT_LT(sim.steady() - before, 200ms);
  set_pause(held, Pause::kRunning);
  a.personality.think_min = a.personality.think_max = 10ms;
  run(1s);
  publish(other, 5);
  run(1s);
  EXPECT_EQ(sent_to("/other"), 35U) << "nor does it when it comes back";
  EXPECT_LT(sent_to("/held"), 500U);
  EXPECT_LE(dispatcher->stats().in_memory, 8U + 5U);
  run(1min);
  EXPECT_EQ(sent_to("/held"), 500U);
  EXPECT_EQ(ids().size(), 535U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(PauseTest, WhatIsParkedIsCarriedOnWhenItsProductLeaves) {
  receiver("a.example");
  const auto moved = integration("http://a.example/moved");
  const core::ProductId other = store.create_product({"two", "two", "", 0, {}, {}, user}, {})->id;
  start();
  set_pause(moved, Pause::kHold);
  publish(moved, 3);
  run(1s);
  ASSERT_EQ(queue.stats().parked, 3U);
  ASSERT_TRUE(store.update_integration(moved->id, {moved->config, {other}, {}, {}}).ok());
  run(3s);
  EXPECT_EQ(sent_to("/moved"), 3U);
  EXPECT_EQ(counts(), (store::Counts{3, 0, 0}));
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(PauseTest, FromHoldToSkipWhatWasHeldWaitsForTheEndOfThePause) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  set_pause(hook, Pause::kHold);
  publish(hook, 300);
  run(1s);
  set_pause(hook, Pause::kSkip);
  publish(hook, 5);
  run(3s);
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(counts(), (store::Counts{0, 0, 5})) << "those that came meanwhile";
  EXPECT_EQ(queue.stats().parked, 300U);
  stop();
  start();
  run(3s);
  EXPECT_EQ(queue.stats().parked, 300U);
  set_pause(hook, Pause::kRunning);
  run(10s);
  EXPECT_EQ(counts(), (store::Counts{300, 0, 5}));
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(PauseTest, WhatIsHeldIsDroppedWhenThatIsSaidAndNothingElse) {
  auto& a = receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  const auto other = integration("http://a.example/other");
  a.personality.statuses = {500};
  start();
  publish(hook, 3);
  run(5s);  // they are retries now
  set_pause(hook, Pause::kHold);
  set_pause(other, Pause::kHold);
  publish(hook, 300);
  publish(other, 10);
  run(1min);
  const std::size_t before = requests.size();
  set_pause(hook, Pause::kSkip);
  drop_what_waits(hook);
  run(1ms);
  set_pause(hook, Pause::kHold);
  publish(hook, 7);
  set_pause(hook, Pause::kRunning);  // before anything has ended
  a.personality = {};
  run(1min);
  EXPECT_EQ(requests.size(), before + 7);
  EXPECT_EQ(counts(), (store::Counts{7, 0, 0, 303}));
  EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{other->number, product}, 10, 10}}));
  ASSERT_EQ(store.all_dead_letters().size(), 303U);
  const store::DeadLetter& letter = store.all_dead_letters().begin()->second;
  EXPECT_EQ(letter.reason, "what waited was dropped");
  EXPECT_EQ(letter.event->name, "temp");
  set_pause(other, Pause::kRunning);
  run(1min);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(PauseTest, ASandboxIntegrationIsPausedWhicheverProductTheDeviceIsIn) {
  receiver("a.example");
  store::NewIntegration made;
  made.scope = core::Scope::kSandbox;
  made.user = user;
  made.config.event = "temp";
  made.config.url = "http://a.example/hook";
  const auto hook = *store.create_integration(made);
  start();
  publish(hook, 2, false);
  run(1s);
  ASSERT_TRUE(store.set_pause(hook->id, {core::ProductId{}}, Pause::kHold, queue.stats().last, {}).ok());
  ASSERT_TRUE(queue.own({dispatcher->claim()}).ok());
  run(1s);
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{hook->number, {}}, 2, 2}}));
  ASSERT_TRUE(store.set_pause(hook->id, {core::ProductId{}}, Pause::kRunning, queue.stats().last, {}).ok());
  run(2s);
  EXPECT_EQ(counts().success, 2U);
}

TEST_F(PauseTest, HoldingAgainStopsAReleaseUnderWay) {
  limits.connections_per_lane_max = 1;
  auto& a = receiver("a.example");
  a.personality.think_min = a.personality.think_max = 10ms;
  const auto hook = integration("http://a.example/hook");
  start();
  set_pause(hook, Pause::kHold);
  publish(hook, 3000);
  run(2s);
  set_pause(hook, Pause::kRunning);
  while (requests.size() < 10) ASSERT_TRUE(sim.step());
  set_pause(hook, Pause::kHold);
  const std::size_t before = requests.size();
  run(30s);
  EXPECT_LE(requests.size(), before + 1);
  EXPECT_EQ(queue.stats().parked + counts().success, 3000U);
  set_pause(hook, Pause::kRunning);
  run(2min);
  EXPECT_EQ(requests.size(), 3000U);
  EXPECT_EQ(ids().size(), 3000U);
}

// What a pause does to the disk, once for each of its operations failing and once for each moment of a crash.
class Course {
 public:
  explicit Course(std::uint64_t seed) : world(new DeliveryWorld(seed)) {
    world->limits.lane_window_max = 4;
    world->limits.connections_per_lane_max = 2;
    world->limits.retry_ahead_max = 1s;
    a = &world->receiver("a.example");
    held = world->integration("http://a.example/held");
    other = world->integration("http://a.example/other");
    a->personality.statuses = {500, 200};
  }
  void begin() {
    world->start();
    world->publish(held, 8);
    world->publish(other, 8);
    world->sim.after(3ms, [this] { world->set_pause(held, Pause::kHold); });
    world->sim.after(6ms, [this] { world->publish(held, 4); });
    world->sim.after(1s, [this] { world->set_pause(held, Pause::kRunning); });
    world->sim.after(3s, [this] { world->set_pause(held, Pause::kHold); });
    world->sim.after(6s, [this] { world->set_pause(held, Pause::kRunning); });
  }
  void expect_all_delivered(std::uint64_t n) {
    a->personality = {};
    world->run(2h);
    const std::uint64_t expected = world->queue.events().size();  // an append may have been refused
    EXPECT_EQ(world->counts().success, expected) << n;
    EXPECT_EQ(world->ids().size(), expected) << n;
    EXPECT_TRUE(world->queue_is_empty()) << n;
    EXPECT_EQ(world->dispatcher->stats().in_memory, 0U) << n;
  }
  DeliveryWorld* world;
  testing::Imposter* a;
  core::IntegrationPtr held, other;
};

TEST(PauseOnDisk, EveryOperationFailingOnceLosesNothing) {
  std::uint64_t n = 0;
  for (;; ++n) {
    Course course(7);
    const std::unique_ptr<DeliveryWorld> world(course.world);
    world->disk.faults.fail_operation = n;
    course.begin();
    world->run(10s);
    course.expect_all_delivered(n);
    if (!world->disk.fired()) break;
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
  EXPECT_GT(n, 60U);
}

TEST(PauseOnDisk, ACrashAtAnyStepLosesNothing) {
  std::uint64_t with_parked = 0;
  for (std::uint64_t n = 0; n < 900; n += 7) {
    Course course(7);
    DeliveryWorld* world = course.world;
    course.begin();
    for (std::uint64_t i = 0; i < n; ++i) world->sim.step();
    with_parked += world->queue.parked_deliveries().empty() ? 0 : 1;
    world->crash();
    world->start();
    world->run(10s);
    course.expect_all_delivered(n);
    delete world;
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
  EXPECT_GT(with_parked, 10U);
}

}  // namespace
}  // namespace fleethook::delivery
