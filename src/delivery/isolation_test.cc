// Placements of one destination do not keep each other waiting, and an outage is over when it is over.
#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"
#include "delivery/pace.h"

namespace fleethook::delivery {
namespace {

using testing::Personality;
using namespace std::chrono_literals;

class IsolationTest : public ::testing::Test, public DeliveryWorld {
 protected:
  IsolationTest() {
    streams_wanted = false;
    pauses_gone = true;
  }
  ~IsolationTest() override { stop(); }

  static Personality answering(int status, Duration think = 1ms) {
    Personality p;
    p.statuses = {status};
    p.think_min = p.think_max = think;
    return p;
  }
  static Personality silent() {
    Personality p;
    p.silence = 1;
    return p;
  }
  std::vector<Steady> times(const std::string& path) const {
    std::vector<Steady> all;
    for (const ReceivedRequest& one : requests) {
      if (one.request.target == path) all.push_back(one.at);
    }
    return all;
  }
  std::size_t sent_since(const std::string& path, Steady from) const {
    const auto all = times(path);
    return static_cast<std::size_t>(std::ranges::count_if(all, [&](Steady at) { return at >= from; }));
  }
  // From acceptance to success, ascending.
  std::vector<Duration> delays(const core::IntegrationPtr& of, core::ProductId on = {}) const {
    std::vector<Duration> all;
    for (const auto& [key, outcome] : store.outcomes()) {
      const bool counts = outcome.integration == of->number && (on.is_none() || outcome.product == on);
      if (counts && outcome.kind == core::OutcomeKind::kSuccess) all.push_back(outcome.took);
    }
    std::ranges::sort(all);
    return all;
  }
  LaneView lane() const { return dispatcher->lanes(1).at(0); }
  // Evenly, so many a second of each.
  void publish_for(Duration span, const std::vector<std::pair<core::IntegrationPtr, double>>& rates) {
    for (Duration past{}; past < span; past += 50ms) {
      for (const auto& [to, rate] : rates) {
        double& owed = owed_[to->number];
        for (owed += rate / 20; owed > 0.999; owed -= 1) publish(to);
      }
      run(50ms);
    }
  }

 private:
  std::map<core::IntegrationNumber, double> owed_;
};

TEST_F(IsolationTest, ASilentPathDoesNotKeepTheOthersOfItsHostWaiting) {
  receiver("a.example", answering(200)).paths["/silent"] = silent();
  const auto bad = integration("http://a.example/silent"), good = integration("http://a.example/good");
  start();
  publish_for(50s, {{bad, 20}, {good, 5}});
  run(1s);
  const auto took = delays(good);
  ASSERT_EQ(took.size(), 250U);
  EXPECT_LT(took.back(), 100ms);
  EXPECT_LE(lane().in_flight, Pace::kFew + 1) << "one that never answered has few under way";
}

TEST_F(IsolationTest, ManySilentPathsNeither) {
  auto& a = receiver("a.example", answering(200));
  std::vector<std::pair<core::IntegrationPtr, double>> rates;
  for (int i = 0; i < 9; ++i) {
    const std::string path = "/silent/" + std::to_string(i);
    a.paths[path] = silent();
    rates.emplace_back(integration("http://a.example" + path), 20);
  }
  const auto good = integration("http://a.example/good");
  rates.emplace_back(good, 20);
  start();
  publish_for(60s, rates);
  run(1s);
  const auto took = delays(good);
  ASSERT_EQ(took.size(), 1200U);
  EXPECT_LT(took[took.size() / 2], 10ms);
  EXPECT_LT(took[took.size() * 99 / 100], 1s);
}

// It does answer, and well: after 19 s. What the others need stays theirs.
TEST_F(IsolationTest, APathThatAnswersLateDoesNotTakeWhatTheOthersNeed) {
  receiver("a.example", answering(200, 50ms)).paths["/late"] = answering(200, 19s);
  const auto late = integration("http://a.example/late"), good = integration("http://a.example/good");
  start();
  publish_for(10s, {{late, 100}, {good, 400}});
  run(1s);
  const auto took = delays(good);
  ASSERT_EQ(took.size(), 4000U);
  EXPECT_LT(took[took.size() * 99 / 100], 200ms);
}

TEST_F(IsolationTest, ANoisyProductDoesNotKeepAQuietOneWaiting) {
  receiver("a.example", answering(200, 50ms));
  const core::OrganizationId fleet =
      store.create_organization({"Fleet", "fleet", core::Plan::kEnterprise, user}, {})->id;
  const core::ProductId noisy = store.create_product({"loud", "loud", "", 0, {}, fleet, {}}, {})->id;
  const core::ProductId quiet = store.create_product({"quiet", "quiet", "", 0, {}, fleet, {}}, {})->id;
  store::NewIntegration shared;
  shared.scope = core::Scope::kOrganization;
  shared.organization = fleet;
  shared.products = {noisy, quiet};
  shared.config.event = "temp";
  shared.config.url = "http://a.example/hook";
  const core::IntegrationPtr hook = *store.create_integration(shared);
  start();
  product = noisy;
  publish(hook, 20'000);  // more than a window, and some twenty seconds of work
  run(500ms);
  product = quiet;
  publish_for(10s, {{hook, 10}});
  run(1s);
  const auto took = delays(hook, quiet);
  ASSERT_EQ(took.size(), 100U);
  EXPECT_LT(took[took.size() / 2], 120ms);
  EXPECT_LT(took.back(), 300ms);
  EXPECT_GT(delays(hook, noisy).size(), 8'000U) << "and the noisy one has the rest";
  run(60s);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(IsolationTest, ABacklogThatIsFoundAtStartKeepsNobodyWaiting) {
  limits.lane_window_max = 64;
  receiver("a.example", answering(200)).paths["/silent"] = silent();
  const auto bad = integration("http://a.example/silent"), good = integration("http://a.example/good");
  publish(bad, 3000, false);
  publish(good, 100, false);
  publish(bad, 3000, false);
  run(1s);
  start();
  run(2s);
  EXPECT_EQ(times("/good").size(), 100U);
  publish(good, 10);
  run(1s);
  EXPECT_EQ(times("/good").size(), 110U);
  EXPECT_LE(dispatcher->stats().in_memory, 64U);
}

// Each overflows its share of the window again and again.
TEST_F(IsolationTest, EachLineGoesOnFromItsOwnPlaceOnDisk) {
  limits.lane_window_max = 16;
  limits.connections_per_lane_max = 4;
  auto& a = receiver("a.example", answering(200, 3ms));
  std::vector<core::IntegrationPtr> hooks;
  for (int i = 0; i < 6; ++i) hooks.push_back(integration("http://a.example/" + std::to_string(i)));
  a.paths["/0"] = answering(500, 3ms);
  start();
  std::size_t published = 0;
  for (int round = 0; round < 40; ++round) {
    for (const auto& hook : hooks) {
      publish(hook, 1 + random.next() % 12, random.next() % 8 != 0);
    }
    run(Duration(static_cast<Duration::rep>(random.next() % 200'000)));
    if (round == 20) {
      crash();
      start();
    }
  }
  published = queue.events().size();
  a.paths["/0"] = answering(200, 3ms);
  run(5min);
  // What was never offered is found by the next life alone.
  stop();
  start();
  run(5min);
  EXPECT_EQ(counts().success, published);
  EXPECT_EQ(ids().size(), published);
  EXPECT_TRUE(queue_is_empty());
  EXPECT_EQ(dispatcher->stats().in_memory, 0U);
}

TEST_F(IsolationTest, ABreakerSparesAReceiverThatFailsAndSaysWhy) {
  auto& a = receiver("a.example", answering(200));
  a.paths["/bad"] = answering(500);
  const auto bad = integration("http://a.example/bad"), good = integration("http://a.example/good");
  start();
  publish_for(60s, {{bad, 20}, {good, 2}});
  run(1s);
  EXPECT_LT(times("/bad").size(), 120U) << "1,200 events and their retries";
  EXPECT_EQ(delays(good).size(), 120U);
  const LaneView view = lane();
  ASSERT_EQ(view.breakers_open, 1U);
  ASSERT_EQ(view.breakers.size(), 1U);
  EXPECT_EQ(view.breakers[0].placement.integration, bad->number);
  EXPECT_NE(view.breakers[0].state, BreakerState::kClosed);
  EXPECT_EQ(view.breakers[0].reason, "error status 500 from a.example");
  EXPECT_LE(view.breakers[0].next_try_at - sim.now(), fair.breaker_wait_max);
  EXPECT_EQ(dispatcher->stats().breakers_open, 1U);
  EXPECT_NE(metrics->text().find("fleethook_breakers_opened_total 1\n"), std::string::npos);
  EXPECT_NE(metrics->text().find("fleethook_breakers_open 1\n"), std::string::npos);
  a.paths.clear();
  run(30s);
  EXPECT_EQ(lane().breakers_open, 0U);
  EXPECT_TRUE(lane().breakers.empty());
  EXPECT_EQ(delays(bad).size(), 1200U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(IsolationTest, AfterAnOutageEverythingComesSoonAndTheOldestFirst) {
  auto& a = receiver("a.example", answering(200));
  const auto hook = integration("http://a.example/hook");
  start();
  publish_for(10s, {{hook, 10}});
  a.personality.reset_before = a.personality.refuse = 1;
  publish_for(180s, {{hook, 10}});
  a.personality = answering(200);
  const Steady back = sim.steady();
  publish_for(20s, {{hook, 10}});
  EXPECT_EQ(delays(hook).size(), 2100U) << "those that came meanwhile too";
  EXPECT_TRUE(queue_is_empty());
  // Retries and what was never tried take turns; each of them in its order.
  std::vector<std::string> first, retried;
  for (const ReceivedRequest& one : requests) {
    if (one.at < back) continue;
    (one.request.headers.get("fleethook-attempt") == "1" ? first : retried)
        .emplace_back(one.request.headers.get("webhook-id"));
  }
  std::map<std::string, core::EventSeq> seqs;
  for (const auto& [seq, event] : queue.events()) seqs[core::delivery_id(event->id, hook->id).str()] = seq;
  // As far as connections are made equally fast.
  const auto in_order = [&](const std::vector<std::string>& all) {
    std::uint64_t highest = 0;
    return std::ranges::all_of(all, [&](const std::string& id) {
      const std::uint64_t seq = seqs.at(id).value;
      highest = std::max(highest, seq);
      return seq + 300 > highest;
    });
  };
  EXPECT_GT(first.size(), 1700U);
  EXPECT_TRUE(in_order(first));
  ASSERT_GT(retried.size(), 10U);
  // The trial is whichever was due.
  EXPECT_TRUE(in_order({retried.begin() + 1, retried.end()}));
}

// Retries that wait on disk only, because of their back-off.
TEST_F(IsolationTest, AfterALongOutageRetriesOnDiskComeForwardToo) {
  limits.retry_ahead_max = 1s;
  fair.breaker_failures = 300;
  auto& a = receiver("a.example", answering(503));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 40);
  run(30min);
  EXPECT_EQ(dispatcher->stats().breakers_open, 1U);
  for (const auto& [key, row] : queue.retries()) ASSERT_GT(row.progress.attempts, 7U);
  a.personality = answering(200);
  const Steady back = sim.steady();
  std::optional<Steady> first;
  while (!queue_is_empty() && sim.steady() - back < 2h) {
    run(1s);
    if (!first && counts().success > 0) first = sim.steady();
  }
  ASSERT_TRUE(first);
  EXPECT_LE(sim.steady() - *first, 5s) << "the first success brings all the others";
  EXPECT_EQ(counts().success, 40U);
}

// The time in which it would have been tried is over.
TEST_F(IsolationTest, WhatADeadReceiverKeepsFromBeingTriedEndsInItsTime) {
  limits.lane_window_max = 64;
  retry.give_up_after = 10min;
  receiver("a.example", answering(200)).paths["/dead"] = answering(500);
  const auto dead = integration("http://a.example/dead"), good = integration("http://a.example/good");
  start();
  publish(dead, 300);
  publish(good, 10);
  run(5min);
  publish(dead, 300);
  run(6min);
  // Those with which it was found out whether the receiver is back have ten minutes from then on.
  EXPECT_GT(counts().error, 200U);
  EXPECT_GE(queue.stats().waiting(), 300U);
  EXPECT_LE(dispatcher->stats().in_memory, 64U);
  run(20min);
  EXPECT_EQ(counts().error, 600U);
  EXPECT_EQ(store.all_dead_letters().size(), 600U);
  EXPECT_EQ(counts().success, 10U);
  EXPECT_TRUE(queue_is_empty());
  EXPECT_LT(times("/dead").size(), 250U);
  std::size_t untried = 0;
  for (const auto& [key, letter] : store.all_dead_letters()) {
    if (letter.attempts == 0) ++untried;
    EXPECT_TRUE(letter.reason.ends_with("error status 500 from a.example")) << letter.reason;
  }
  EXPECT_GT(untried, 400U);
}

TEST_F(IsolationTest, WhatIsTriedOnceIsNotHeldBack) {
  receiver("a.example", answering(500));
  core::IntegrationConfig config;
  config.event = "temp";
  config.url = "http://a.example/once";
  config.delivery.retry_for = 0s;
  const auto hook = integration(config);
  start();
  publish(hook, 50);
  run(1min);
  EXPECT_EQ(times("/once").size(), 50U);
  EXPECT_EQ(counts().error, 50U);
}

TEST_F(IsolationTest, RetryAfterHoldsThePlacementAndNoOther) {
  auto& a = receiver("a.example", answering(200));
  Personality busy = answering(429);
  busy.retry_after = 1;
  busy.retry_after_exactly = 30s;
  a.paths["/busy"] = busy;
  const auto slow = integration("http://a.example/busy"), other = integration("http://a.example/other");
  start();
  publish(slow);
  run(100ms);
  ASSERT_EQ(times("/busy").size(), 1U);
  publish_for(29s, {{slow, 300}, {other, 10}});
  EXPECT_EQ(times("/busy").size(), 1U) << "it said when to come back";
  EXPECT_EQ(delays(other).size(), 290U);
  ASSERT_EQ(lane().breakers.size(), 1U);
  EXPECT_EQ(lane().breakers[0].reason, "error status 429 from a.example, which said when to come back");
  a.paths.clear();
  run(30s);
  EXPECT_EQ(delays(slow).size(), 8701U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(IsolationTest, AReceiverThatSlowsDownGetsLessAtOnce) {
  auto& a = receiver("a.example", answering(200, 20ms));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 2000);
  run(300ms);
  EXPECT_GT(lane().in_flight, 40U);
  a.personality = answering(503, 20ms);
  run(200ms);
  a.personality = answering(200, 20ms);
  run(3s);
  EXPECT_LT(lane().in_flight, 40U);
  run(5min);
  EXPECT_EQ(counts().success, 2000U);
}

TEST_F(IsolationTest, GonePausesThePlacementUntilAPersonResumesIt) {
  auto& a = receiver("a.example", answering(200));
  a.paths["/gone"] = answering(410);
  const auto gone = integration("http://a.example/gone"), other = integration("http://a.example/other");
  streams_wanted = true;
  start();
  publish(gone);
  run(1s);
  ASSERT_EQ(pauses.size(), 1U);
  EXPECT_EQ(pauses[0].first, (core::PlacementKey{gone->number, product}));
  EXPECT_EQ(store.catalog()->paused(gone->number, product)->by_name, "the receiver answered 410 Gone");
  EXPECT_EQ(event_names().back(),
            "api/hook-error/temp/0=error status 410 from a.example; the integration is paused here until somebody"
            " resumes it");
  ASSERT_EQ(store.all_dead_letters().size(), 1U);
  publish(gone, 20);
  publish(other, 5);
  run(10s);
  EXPECT_EQ(times("/gone").size(), 1U);
  EXPECT_EQ(times("/other").size(), 5U);
  EXPECT_EQ(queue.stats().parked, 20U);
  a.paths.clear();
  set_pause(gone, core::Pause::kRunning);
  run(10s);
  EXPECT_EQ(times("/gone").size(), 21U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(IsolationTest, GoneIsTriedAgainWhereTheIntegrationSaysSo) {
  receiver("a.example", answering(410));
  core::IntegrationConfig config;
  config.event = "temp";
  config.url = "http://a.example/hook";
  config.delivery.final_statuses.emplace();
  const auto hook = integration(config);
  const auto fixed = integration("http://a.example/fixed", core::DeliveryPolicy::kParticle);
  start();
  publish(hook);
  publish(fixed);
  run(2min);
  EXPECT_GT(times("/hook").size(), 3U);
  EXPECT_EQ(times("/fixed").size(), 3U);
  EXPECT_TRUE(pauses.empty());
}

// It tries at fixed times and gives up: nothing is held back for an outage.
TEST_F(IsolationTest, PolicyParticleHasNoBreaker) {
  receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook", core::DeliveryPolicy::kParticle);
  start();
  publish(hook, 50);
  run(3min);
  EXPECT_EQ(times("/hook").size(), 150U);
  EXPECT_EQ(counts().error, 50U);
  EXPECT_EQ(metrics->text().find("fleethook_breakers_opened_total 1"), std::string::npos);
}

}  // namespace
}  // namespace fleethook::delivery
