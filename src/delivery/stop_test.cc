// Integrations that are deleted or disabled: from then on no request goes out, what waited ends or goes on waiting, and
// every delivery has exactly one end.
#include <algorithm>

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using testing::Personality;
using namespace std::chrono_literals;

class StopTest : public ::testing::Test, public DeliveryWorld {
 protected:
  ~StopTest() override { stop(); }
  static Personality answering(int status) {
    Personality p;
    p.statuses = {status};
    return p;
  }
  std::size_t sent_to(const std::string& path) const {
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(), [&](const auto& one) { return one.request.target == path; }));
  }
  void remove(const core::IntegrationPtr& hook) { ASSERT_TRUE(store.delete_integration(hook->id).ok()); }
  void disable(const core::IntegrationPtr& hook, bool disabled) {
    core::IntegrationConfig config = hook->config;
    config.disabled = disabled;
    ASSERT_TRUE(store.update_integration(hook->id, {config, {product}, {}, {}}).ok());
  }
  core::OrganizationId organization() {
    if (organization_.is_none()) {
      organization_ = store.create_organization({"Acme", "acme", core::Plan::kEnterprise, user}, {})->id;
    }
    return organization_;
  }
  core::IntegrationPtr shared(const std::string& url, std::vector<core::ProductId> products) {
    store::NewIntegration made;
    made.scope = core::Scope::kOrganization;
    made.organization = organization();
    made.products = std::move(products);
    made.config.event = "temp";
    made.config.url = url;
    return *store.create_integration(made);
  }
  void override_on(const core::IntegrationPtr& hook, core::ProductId on, const json::Object& settings) {
    ASSERT_TRUE(store
                    .change_integrations([&](const store::Catalog& catalog, const store::Making& making) {
                      auto next = store::next_version(*catalog.integration(hook->number), making);
                      next->overrides.clear();
                      if (!settings.empty()) next->overrides.push_back({on, settings});
                      store::Changes changes;
                      changes.integrations.push_back({std::move(next), "override_set", user});
                      return Result<store::Changes>(std::move(changes));
                    })
                    .ok());
  }
  void merge(const core::IntegrationPtr& stays, const core::IntegrationPtr& goes) {
    ASSERT_TRUE(store
                    .change_integrations([&](const store::Catalog&, const store::Making&) {
                      store::Changes changes;
                      changes.closed.push_back({goes->number, stays->id});
                      return Result<store::Changes>(std::move(changes));
                    })
                    .ok());
  }

 private:
  core::OrganizationId organization_;
};

TEST_F(StopTest, ADeletedIntegrationSendsNothingMoreAndWhatWaitedIsCancelled) {
  receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(3s);
  const std::size_t tried = requests.size();
  ASSERT_GE(tried, 1U);
  events.clear();
  remove(hook);
  run(1500ms);
  EXPECT_EQ(counts(), (store::Counts{0, 0, 0, 1}));
  EXPECT_TRUE(queue_is_empty());
  run(80h);
  EXPECT_EQ(requests.size(), tried);
  EXPECT_TRUE(events.empty()) << "it did not fail";
  const store::Outcome& outcome = store.outcomes().begin()->second;
  EXPECT_EQ(outcome.attempts, tried);
  EXPECT_EQ(outcome.product, product);
  ASSERT_EQ(store.all_dead_letters().size(), 1U);
  const store::DeadLetter& letter = store.all_dead_letters().begin()->second;
  EXPECT_EQ(letter.reason, "the integration was deleted");
  EXPECT_EQ(letter.event->data, "21.5");
  EXPECT_EQ(letter.attempts, tried);
  EXPECT_NE(metrics->text().find("fleethook_deliveries_total{outcome=\"cancelled\"} 1\n"), std::string::npos);
}

TEST_F(StopTest, WhatWaitsIsCancelledAfterARestartToo) {
  receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 3);
  run(3s);
  const std::size_t tried = requests.size();
  stop();
  remove(hook);
  start();
  run(2s);
  EXPECT_EQ(requests.size(), tried);
  EXPECT_EQ(counts(), (store::Counts{0, 0, 0, 3}));
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(StopTest, ARequestOnTheWireFinishesWithItsTrueOutcomeAndIsNotRetried) {
  auto& good = receiver("good.example");
  auto& bad = receiver("bad.example", answering(503));
  for (auto* one : {&good, &bad}) one->personality.think_min = one->personality.think_max = 2s;
  const auto to_good = integration("http://good.example/hook");
  const auto to_bad = integration("http://bad.example/hook");
  start();
  publish(to_good);
  publish(to_bad);
  run(1s);
  ASSERT_EQ(requests.size(), 2U);
  remove(to_good);
  remove(to_bad);
  run(1h);
  EXPECT_EQ(requests.size(), 2U);
  EXPECT_EQ(counts(), (store::Counts{1, 1, 0, 0}));
  ASSERT_EQ(store.all_dead_letters().size(), 1U);
  EXPECT_EQ(store.all_dead_letters().begin()->second.reason,
            "error status 503 from bad.example; the integration was deleted");
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(StopTest, NothingGoesOutOverAConnectionThatWasMadeMeanwhile) {
  receiver("a.example");
  const auto deleted = integration("http://a.example/deleted");
  const auto held = integration("http://a.example/held");
  const auto other = integration("http://a.example/other");
  start();
  for (const auto& hook : {deleted, held, other}) publish(hook);
  while (dispatcher->stats().in_flight < 3) ASSERT_TRUE(sim.step());
  ASSERT_TRUE(requests.empty()) << "they are being connected";
  remove(deleted);
  set_pause(held, core::Pause::kHold);
  run(10s);
  EXPECT_EQ(sent_to("/deleted"), 0U);
  EXPECT_EQ(sent_to("/held"), 0U);
  EXPECT_EQ(sent_to("/other"), 1U);
  EXPECT_EQ(counts(), (store::Counts{1, 0, 0, 1}));
  EXPECT_EQ(store.all_dead_letters().size(), 1U);
  EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{held->number, product}, 1, 1}}));
  EXPECT_EQ(dispatcher->stats().in_flight, 0U);
  set_pause(held, core::Pause::kRunning);
  run(10s);
  EXPECT_EQ(sent_to("/held"), 1U);
  EXPECT_EQ(dispatcher->stats().in_memory, 0U);
}

TEST_F(StopTest, ABacklogIsCancelledInStepsThoughItsLaneIsBlocked) {
  limits.lane_window_max = 16;
  limits.connections_per_lane_max = 2;
  auto& a = receiver("a.example");
  a.personality.think_min = a.personality.think_max = 15s;
  const auto slow = integration("http://a.example/slow");
  const auto deleted = integration("http://a.example/deleted");
  publish(slow, 40, false);
  publish(deleted, 3000, false);
  run(1s);
  start();
  run(1s);
  publish(slow, 40);
  publish(deleted, 500);
  run(1s);
  ASSERT_EQ(requests.size(), 2U) << "the lane is blocked";
  remove(deleted);
  run(10s);
  EXPECT_EQ(counts().cancelled, 3500U);
  EXPECT_EQ(store.all_dead_letters().size(), 3500U);
  EXPECT_EQ(requests.size(), 2U) << "no answer has come yet";
  EXPECT_EQ(queue.stats().waiting(), 80U);
  a.personality = {};
  run(2min);
  EXPECT_EQ(sent_to("/slow"), 80U);
  EXPECT_EQ(sent_to("/deleted"), 0U);
  EXPECT_EQ(counts(), (store::Counts{80, 0, 0, 3500}));
  EXPECT_NE(metrics->text().find("fleethook_deliveries_total{outcome=\"cancelled\"} 3500\n"), std::string::npos)
      << "each once";
  EXPECT_TRUE(queue_is_empty());
  EXPECT_EQ(dispatcher->stats().in_memory, 0U);
}

TEST_F(StopTest, RetriesThatWaitForHoursOnDiskAreCancelledAtOnce) {
  limits.lane_window_max = 16;
  receiver("a.example", answering(500));
  const auto deleted = integration("http://a.example/deleted");
  const auto other = integration("http://a.example/other");
  start();
  publish(deleted, 200);
  publish(other, 50);
  run(3h);
  ASSERT_EQ(queue.stats().retries, 250U);
  const std::size_t before = sent_to("/deleted");
  remove(deleted);
  run(3s);
  EXPECT_EQ(counts().cancelled, 200U);
  EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{other->number, product}, 50, 0}}));
  run(100h);
  EXPECT_EQ(sent_to("/deleted"), before);
  EXPECT_EQ(counts(), (store::Counts{0, 50, 0, 200}));
}

TEST_F(StopTest, WhatIsHeldIsCancelledWhenItsIntegrationIsDeleted) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  set_pause(hook, core::Pause::kHold);
  publish(hook, 1000);
  run(2s);
  ASSERT_EQ(queue.stats().parked, 1000U);
  remove(hook);
  run(5s);
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(counts(), (store::Counts{0, 0, 0, 1000}));
  EXPECT_EQ(store.all_dead_letters().size(), 1000U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(StopTest, ADisabledIntegrationHoldsWhatWaitsUntilItIsEnabled) {
  auto& a = receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 5);
  run(3s);
  const std::size_t tried = requests.size();
  disable(hook, true);
  run(10h);
  EXPECT_EQ(requests.size(), tried);
  EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{hook->number, product}, 5, 5}}));
  EXPECT_EQ(counts(), store::Counts());
  stop();
  start();
  run(10s);
  EXPECT_EQ(requests.size(), tried) << "a restart does not enable it";
  a.personality = {};
  disable(hook, false);
  run(3s);
  EXPECT_EQ(requests.size(), tried + 5);
  EXPECT_EQ(counts(), (store::Counts{5, 0, 0}));
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(StopTest, DisablingItOnOneProductHoldsWhatWaitsThere) {
  auto& a = receiver("a.example", answering(500));
  const core::ProductId other = store.create_product({"two", "two", "", 0, {}, organization(), {}}, {})->id;
  const core::ProductId one = store.create_product({"three", "three", "", 0, {}, organization(), {}}, {})->id;
  product = one;
  const auto hook = shared("http://a.example/hook", {other, one});
  start();
  publish(hook, 2);
  product = other;
  publish(hook, 3);
  run(3s);
  override_on(hook, one, {{"disabled", true}});
  a.personality = {};
  run(10s);
  EXPECT_EQ(counts().success, 3U);
  EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{hook->number, one}, 2, 2}}));
  override_on(hook, one, {});
  run(10s);
  EXPECT_EQ(counts().success, 5U);
}

TEST_F(StopTest, AMergedIntegrationStandsAsTheOneThatItBecame) {
  receiver("a.example", answering(500));
  const core::ProductId one = store.create_product({"three", "three", "", 0, {}, organization(), {}}, {})->id;
  product = one;
  const auto stays = shared("http://a.example/hook", {one});
  const auto merged = shared("http://a.example/hook", {one});
  start();
  publish(merged, 4);
  run(3s);
  const std::size_t tried = requests.size();
  merge(stays, merged);
  set_pause(stays, core::Pause::kHold);
  run(10h);
  EXPECT_LE(requests.size(), tried);
  EXPECT_EQ(queue.waiting(), (std::vector<queue::Waiting>{{{merged->number, one}, 4, 4}}));
  set_pause(stays, core::Pause::kRunning);
  run(3s);
  EXPECT_EQ(requests.size(), tried + 4) << "it is carried on";
  remove(stays);
  run(3s);
  EXPECT_EQ(counts(), (store::Counts{0, 0, 0, 4})) << "until that is deleted too";
  EXPECT_TRUE(queue_is_empty());
}

// What a deletion does to the disk, once for each of its operations failing and once for each moment of a crash.
class Course {
 public:
  explicit Course(std::uint64_t seed) : world(new DeliveryWorld(seed)) {
    world->limits.lane_window_max = 4;
    world->limits.connections_per_lane_max = 2;
    world->limits.retry_ahead_max = 1s;
    a = &world->receiver("a.example");
    deleted = world->integration("http://a.example/deleted");
    held = world->integration("http://a.example/held");
    other = world->integration("http://a.example/other");
    a->personality.statuses = {500, 200};
  }
  void begin() {
    world->start();
    world->publish(deleted, 12);
    world->publish(held, 8);
    world->publish(other, 8);
    world->sim.after(3ms, [this] { world->set_pause(held, core::Pause::kHold); });
    world->sim.after(2s, [this] { ASSERT_TRUE(world->store.delete_integration(deleted->id).ok()); });
    world->sim.after(4s, [this] { world->drop_what_waits(held); });
    world->sim.after(6s, [this] { world->set_pause(held, core::Pause::kRunning); });
  }
  void expect_all_ended(std::uint64_t n) {
    a->personality = {};
    world->run(2h);
    EXPECT_TRUE(world->queue_is_empty()) << n;
    EXPECT_EQ(world->dispatcher->stats().in_memory, 0U) << n;
    const store::Counts counts = world->counts();
    EXPECT_EQ(counts.success + counts.error + counts.cancelled, world->queue.events().size()) << n;
    std::size_t cancelled = 0;
    for (const auto& [key, outcome] : world->store.outcomes()) {
      const bool kept = world->store.all_dead_letters().contains(key);
      cancelled += outcome.kind == core::OutcomeKind::kCancelled ? 1 : 0;
      EXPECT_EQ(kept, outcome.kind != core::OutcomeKind::kSuccess) << n;
      EXPECT_FALSE(outcome.kind == core::OutcomeKind::kCancelled && outcome.integration == other->number) << n;
    }
    EXPECT_EQ(counts.cancelled, cancelled) << n;
  }
  DeliveryWorld* world;
  testing::Imposter* a;
  core::IntegrationPtr deleted, held, other;
};

TEST(StopOnDisk, EveryOperationFailingOnceLosesNothing) {
  std::uint64_t n = 0;
  std::uint64_t cancelled = 0;
  for (;; ++n) {
    Course course(7);
    const std::unique_ptr<DeliveryWorld> world(course.world);
    world->disk.faults.fail_operation = n;
    course.begin();
    world->run(10s);
    course.expect_all_ended(n);
    cancelled += world->counts().cancelled;
    if (!world->disk.fired()) break;
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
  EXPECT_GT(n, 60U);
  EXPECT_GT(cancelled, 5 * n);
}

TEST(StopOnDisk, ACrashAtAnyStepLosesNothing) {
  std::uint64_t cancelled = 0;
  for (std::uint64_t n = 0; n < 900; n += 7) {
    Course course(7);
    DeliveryWorld* world = course.world;
    course.begin();
    for (std::uint64_t i = 0; i < n; ++i) world->sim.step();
    world->crash();
    world->start();
    world->run(10s);
    course.expect_all_ended(n);
    cancelled += world->counts().cancelled;
    delete world;
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
  EXPECT_GT(cancelled, 500U);
}

}  // namespace
}  // namespace fleethook::delivery
