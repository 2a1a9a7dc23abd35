#include "delivery/dispatcher.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "delivery/attempt.h"
#include "delivery/delivery_fixture.h"

namespace fleethook::delivery {
namespace {

using core::DeliveryPolicy;
using testing::Personality;
using namespace std::chrono_literals;

class DispatcherTest : public ::testing::Test, public DeliveryWorld {
 protected:
  ~DispatcherTest() override { stop(); }
  static Personality answering(int status) {
    Personality p;
    p.statuses = {status};
    return p;
  }
  const store::Exchange& last_exchange() const { return store.all_exchanges().back(); }
};

TEST_F(DispatcherTest, DeliversAndRecordsOnce) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 3);
  run(1s);
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].request.method, "POST");
  EXPECT_EQ(requests[0].request.target, "/hook");
  EXPECT_EQ(requests[0].request.headers.get("Host"), "a.example");
  EXPECT_EQ(requests[0].request.headers.get("fleethook-attempt"), "1");
  EXPECT_EQ(counts(), (store::Counts{3, 0, 0}));
  EXPECT_TRUE(queue_is_empty());
  const store::Outcome& outcome = store.outcomes().begin()->second;
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.attempts, 1U);
  EXPECT_EQ(outcome.product, product);
  EXPECT_EQ(ids().size(), 3U);
}

TEST_F(DispatcherTest, TrafficIsCountedUnderTheFirmwareOfTheDevice) {
  receiver("a.example");
  receiver("b.example", answering(410));
  const auto good = integration("http://a.example/hook");
  const auto bad = integration("http://b.example/hook");
  start();
  firmware = "42";
  publish(good, 2);
  publish(bad, 1);
  firmware = "43";
  publish(good, 3);
  run(1s);
  const auto of = [&](const std::string& version) {
    store::Counts sum;
    const auto minutes = store.traffic(product, 0, 100'000'000, {.firmware_version = version}).value();
    for (const store::MinuteCounts& minute : minutes) sum += minute.counts;
    return sum;
  };
  EXPECT_EQ(of("42"), (store::Counts{2, 1, 0}));
  EXPECT_EQ(of("43"), (store::Counts{3, 0, 0}));
}

// A sandbox integration fires for its owner's device also while that is in a product, but it is none of the product's
// integrations.
TEST_F(DispatcherTest, WhatASandboxDeliversIsNoTrafficOfTheProduct) {
  receiver("a.example");
  store::NewIntegration own;
  own.user = user;
  own.config.event = "temp";
  own.config.url = "http://a.example/hook";
  const core::IntegrationPtr hook = *store.create_integration(own);
  start();
  publish(hook, 2);
  run(1s);
  ASSERT_EQ(store.outcomes().size(), 2U);
  for (const auto& [key, outcome] : store.outcomes()) EXPECT_TRUE(outcome.product.is_none());
  EXPECT_TRUE(last_exchange().product.is_none());
  EXPECT_TRUE(store.traffic(product, 0, 100'000'000, {})->empty());
}

TEST_F(DispatcherTest, StartsTheNextOnTheConnectionJustFreed) {
  limits.connections_per_lane_max = 1;
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 20);
  run(2s);
  ASSERT_EQ(requests.size(), 20U);
  for (std::size_t i = 0; i < requests.size(); ++i) EXPECT_EQ(requests[i].nth_on_link, i + 1);
}

TEST_F(DispatcherTest, TellsStreamsWhatHappened) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(1s);
  EXPECT_EQ(event_names(),
            (std::vector<std::string>{"hook-sent/temp=undefined", "api/hook-response/temp/0={\"ok\":true}"}));
  for (const core::Event& one : events) {
    EXPECT_FALSE(one.id.is_none());
    EXPECT_EQ(one.publisher, "particle-internal");
  }
}

TEST_F(DispatcherTest, MakesNoEventsWhenNobodyListens) {
  streams_wanted = false;
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(1s);
  EXPECT_TRUE(events.empty());
  EXPECT_EQ(counts().success, 1U);
}

TEST_F(DispatcherTest, RetriesDurablyAndSaysSentOnce) {
  auto& a = receiver("a.example", answering(500));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(10s);
  const std::size_t failed = requests.size();
  EXPECT_GE(failed, 3U);
  EXPECT_EQ(store.all_exchanges().size(), failed) << "every failure is logged";
  EXPECT_EQ(last_exchange().error, "error status 500 from a.example");
  EXPECT_EQ(counts(), store::Counts()) << "no outcome yet";
  const std::vector<std::string> told = {
      "hook-sent/temp=undefined", "api/hook-error/temp/0=error status 500 from a.example; it will be tried again"};
  EXPECT_EQ(event_names(), told) << "of the first failure; no more before the end";
  a.personality = {};
  run(60s);
  EXPECT_EQ(requests.size(), failed + 1);
  EXPECT_EQ(counts(), (store::Counts{1, 0, 0}));
  EXPECT_TRUE(queue_is_empty());
  EXPECT_EQ(ids().size(), 1U) << "the id is the same for every attempt";
  EXPECT_EQ(requests.back().request.headers.get("fleethook-attempt"), std::to_string(failed + 1));
  EXPECT_EQ(
      std::count_if(events.begin(), events.end(), [](const core::Event& one) { return one.name == "hook-sent/temp"; }),
      1);
}

TEST_F(DispatcherTest, ParticleTriesThreeTimesAndReportsEachFailure) {
  fair.failing_after = 1h;  // its own events are not of interest here
  receiver("a.example", answering(404));
  const auto hook = integration("http://a.example/hook", DeliveryPolicy::kParticle);
  start();
  publish(hook);
  run(10min);
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_NEAR(std::chrono::duration<double>(requests[1].at - requests[0].at).count(), 30, 0.2);
  EXPECT_NEAR(std::chrono::duration<double>(requests[2].at - requests[0].at).count(), 60, 0.2);
  EXPECT_EQ(counts(), (store::Counts{0, 1, 0}));
  ASSERT_EQ(store.all_dead_letters().size(), 1U) << "of either policy";
  EXPECT_EQ(store.all_dead_letters().begin()->second.error, core::ErrorClass::kClient);
  const std::string error = "api/hook-error/temp/0=error status 404 from a.example";
  EXPECT_EQ(event_names(), (std::vector<std::string>{"hook-sent/temp=undefined", error, error, error}));
}

TEST_F(DispatcherTest, AFinalStatusGoesStraightToTheDeadLetters) {
  receiver("a.example", answering(422));
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(10s);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(counts(), (store::Counts{0, 1, 0}));
  ASSERT_EQ(store.all_dead_letters().size(), 1U);
  const store::DeadLetter& letter = store.all_dead_letters().begin()->second;
  EXPECT_EQ(letter.reason, "error status 422 from a.example");
  EXPECT_EQ(letter.status, 422);
  EXPECT_EQ(letter.event->data, "21.5");
  EXPECT_EQ(event_names().back(), "api/hook-error/temp/0=error status 422 from a.example");
}

TEST_F(DispatcherTest, AStatusLineDecidesHoweverTheAnswerEnds) {
  auto& a = receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  for (double Personality::*fault :
       {&Personality::reset_in_head, &Personality::reset_in_body, &Personality::short_body}) {
    a.personality = {};
    a.personality.*fault = 1;
    const std::size_t before = requests.size();
    publish(hook);
    run(30s);
    EXPECT_EQ(requests.size(), before + 1);
    EXPECT_TRUE(queue_is_empty());
    EXPECT_TRUE(last_exchange().success);
    EXPECT_EQ(last_exchange().status, 200);
    ASSERT_EQ(last_exchange().notes.size(), 1U);
    EXPECT_TRUE(last_exchange().notes.front().starts_with("the answer is incomplete: "));
  }
  EXPECT_EQ(counts(), (store::Counts{3, 0, 0}));
}

TEST_F(DispatcherTest, NamesEachWayToFail) {
  struct Case {
    const char* what;
    double Personality::*fault;
    std::string error;
  };
  const std::vector<Case> cases = {
      {"connect time-out", &Personality::unreachable, "ETIMEDOUT"},
      {"no answer", &Personality::silence, "ESOCKETTIMEDOUT"},
      {"late answer", &Personality::late, "ESOCKETTIMEDOUT"},
      {"reset", &Personality::reset_before, "read ECONNRESET"},
      {"refused", &Personality::refuse, "connect ECONNREFUSED a.example:80"},
      {"unknown", &Personality::unknown_host, "getaddrinfo ENOTFOUND a.example"},
  };
  auto& a = receiver("a.example");
  const auto hook = integration("http://a.example/hook", DeliveryPolicy::kParticle);
  start();
  for (const Case& one : cases) {
    a.personality = {};
    a.personality.*one.fault = 1;
    publish(hook);
    const Steady begin = sim.steady();
    const std::size_t before = store.all_exchanges().size();
    run(22s);
    ASSERT_GT(store.all_exchanges().size(), before) << one.what;
    EXPECT_EQ(last_exchange().error, one.error) << one.what;
    EXPECT_LE(last_exchange().took, 20s + 10ms) << one.what;
    EXPECT_FALSE(last_exchange().success);
    a.personality = {};
    run(70s);
    EXPECT_TRUE(queue_is_empty()) << one.what << " " << std::chrono::duration<double>(sim.steady() - begin).count();
  }
  EXPECT_EQ(counts().error, 0U);
}

// A request that never left is an error at the end all the same, and hook-sent waits for the first that does leave.
TEST_F(DispatcherTest, HookSentComesWithTheFirstRequestThatLeaves) {
  fair.failing_after = 1h;  // its own events are not of interest here
  auto& a = receiver("a.example");
  a.personality.refuse = 1;
  const auto hook = integration("http://a.example/hook", DeliveryPolicy::kParticle),
             gone = integration("http://b.example/", DeliveryPolicy::kParticle);
  start();
  publish(hook);
  run(5s);
  EXPECT_EQ(event_names(), std::vector<std::string>{"api/hook-error/temp/0=connect ECONNREFUSED a.example:80"});
  a.personality = {};
  run(30s);
  EXPECT_EQ(event_names()[1], "hook-sent/temp=undefined");
  events.clear();
  publish(gone);
  run(5min);
  EXPECT_EQ(events.size(), 3U);
  EXPECT_EQ(counts(), (store::Counts{1, 1, 0})) << "tried in vain is an error, not asleep";
}

TEST_F(DispatcherTest, AStaleConnectionIsReplacedWithoutCountingAnAttempt) {
  auto& a = receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(1s);
  a.personality.close_on_reuse = 1;
  publish(hook);
  run(1s);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].request.headers.get("fleethook-attempt"), "1");
  EXPECT_EQ(requests[1].nth_on_link, 1U);
  EXPECT_EQ(counts(), (store::Counts{2, 0, 0}));
  EXPECT_EQ(store.outcomes().rbegin()->second.attempts, 1U);
}

TEST_F(DispatcherTest, WhatCannotBeBuiltEndsAtOnceInTheInvalidLane) {
  core::IntegrationConfig config;
  config.event = "temp";
  config.url = "http://{{PARTICLE_EVENT_VALUE}}/";
  const auto hook = integration(config);
  auto event = std::make_shared<core::Event>();
  start();
  std::vector<queue::Accepted> batch(1);
  event->id = core::EventId::make(sim.now(), random);
  event->product = product;
  event->name = "temp";
  event->data = "not a host";
  event->published_at = sim.now();
  batch[0].event = event;
  batch[0].deliveries.push_back({hook, core::named_lane({"u:" + user.str(), false, "", 0})});
  queue.append(std::move(batch), [](const Result<queue::Batch>&) {});
  run(1s);
  EXPECT_EQ(counts(), (store::Counts{0, 1, 0}));
  EXPECT_TRUE(queue_is_empty());
  ASSERT_EQ(store.all_dead_letters().size(), 1U);
  EXPECT_FALSE(store.all_dead_letters().begin()->second.reason.empty());
  EXPECT_TRUE(requests.empty());
}

TEST_F(DispatcherTest, ABacklogPassesThroughTheWindow) {
  limits.lane_window_max = 16;
  limits.connections_per_lane_max = 4;
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  std::size_t most = 0;
  on_request = [&] { most = std::max(most, dispatcher->stats().in_memory); };
  publish(hook, 300);
  run(30s);
  EXPECT_EQ(counts().success, 300U);
  EXPECT_EQ(requests.size(), 300U) << "each once";
  EXPECT_EQ(ids().size(), 300U);
  EXPECT_LE(most, 16U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(DispatcherTest, FindsWhatWasOnDiskAtStart) {
  limits.lane_window_max = 16;
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  publish(hook, 100, false);
  run(1s);
  start();
  publish(hook, 50);
  run(10s);
  EXPECT_EQ(requests.size(), 150U);
  EXPECT_EQ(counts().success, 150U);
}

TEST_F(DispatcherTest, ADeadReceiverHoldsOnlyAWindowInMemory) {
  limits.lane_window_max = 32;
  limits.connections_per_lane_max = 4;
  auto& a = receiver("a.example");
  a.personality.refuse = 1;
  const auto hook = integration("http://a.example/hook");
  start();
  for (int i = 0; i < 10; ++i) {
    publish(hook, 100);
    run(20s);
    EXPECT_LE(dispatcher->stats().in_memory, 32U);
    EXPECT_LE(dispatcher->stats().connections, 4U);
  }
  a.personality = {};
  run(2h);
  EXPECT_EQ(counts().success, 1000U);
  EXPECT_EQ(ids().size(), 1000U);
  EXPECT_EQ(requests.size(), 1000U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(DispatcherTest, ShowsItsLanesTheBusiestFirst) {
  limits.lane_window_max = 32;
  receiver("a.example").personality.refuse = 1;
  receiver("b.example").personality.refuse = 1;
  const auto few = integration("http://a.example/hook"), many = integration("http://b.example/hook");
  start();
  EXPECT_TRUE(dispatcher->lanes(10).empty());
  publish(few, 2);
  publish(many, 100);
  run(1s);
  const std::vector<LaneView> lanes = dispatcher->lanes(10);
  ASSERT_EQ(lanes.size(), 2U);
  EXPECT_EQ(lanes[0].key.host, "b.example");
  EXPECT_TRUE(lanes[0].more_on_disk) << "the window holds 32";
  EXPECT_GT(lanes[0].in_memory, 2U);
  EXPECT_GE(lanes[0].in_memory, lanes[0].in_flight);
  EXPECT_EQ(lanes[1].key.owner, "u:" + user.str());
  EXPECT_EQ(lanes[1].in_memory, 2U);
  EXPECT_FALSE(lanes[1].more_on_disk);
  ASSERT_TRUE(lanes[1].due_at) << "both wait to be tried again";
  EXPECT_GT(*lanes[1].due_at, sim.now());
  EXPECT_EQ(dispatcher->lanes(1).size(), 1U);
}

TEST_F(DispatcherTest, TheVersionItWasAcceptedWithIsUsedEvenAfterARestart) {
  receiver("a.example");
  receiver("b.example");
  const auto hook = integration("http://a.example/old");
  publish(hook, 5, false);
  run(1s);
  auto config = hook->config;
  config.url = "http://b.example/new";
  ASSERT_TRUE(store.update_integration(hook->id, {config, hook->products, {}, {}}).ok());
  versions_fail = 2;  // unavailable at first
  start();
  run(10s);
  ASSERT_EQ(requests.size(), 5U);
  for (const ReceivedRequest& one : requests) EXPECT_EQ(one.request.target, "/old");
  EXPECT_EQ(versions_asked, 3) << "asked once for all that need it, and again while unavailable";
}

TEST_F(DispatcherTest, AVersionThatIsLostEndsInADeadLetterThatSaysSo) {
  const auto hook = integration("http://a.example/old");
  publish(hook, 1, false);
  run(1s);
  auto config = hook->config;
  config.url = "http://b.example/new";
  ASSERT_TRUE(store.update_integration(hook->id, {config, hook->products, {}, {}}).ok());
  versions_fail = 1;
  version_error = {Fault::kCorrupt, "the row is no JSON"};
  start();
  run(1s);
  EXPECT_EQ(counts(), (store::Counts{0, 1, 0}));
  ASSERT_EQ(store.all_dead_letters().size(), 1U);
  EXPECT_EQ(store.all_dead_letters().begin()->second.reason,
            "version 1 of the integration cannot be read: the row is no JSON");
  EXPECT_TRUE(queue_is_empty());
}

// The device whose event it was is in a product; the integration is none of that product's.
TEST_F(DispatcherTest, WhatASandboxCannotDeliverCountsForNoProductEither) {
  store::NewIntegration own;
  own.user = user;
  own.config.event = "temp";
  own.config.url = "http://a.example/old";
  const core::IntegrationPtr hook = *store.create_integration(own);
  publish(hook, 1, false);
  run(1s);
  auto config = hook->config;
  config.url = "http://b.example/new";
  ASSERT_TRUE(store.update_integration(hook->id, {config, {}, {}, {}}).ok());
  versions_fail = 1;
  version_error = {Fault::kCorrupt, "the row is no JSON"};
  start();
  run(1s);
  ASSERT_EQ(store.outcomes().size(), 1U);
  EXPECT_EQ(store.outcomes().begin()->second.kind, core::OutcomeKind::kError);
  EXPECT_TRUE(store.outcomes().begin()->second.product.is_none());
  EXPECT_TRUE(store.traffic(product, 0, 100'000'000, {})->empty());
  ASSERT_EQ(store.all_dead_letters().size(), 1U);
  EXPECT_TRUE(store.all_dead_letters().begin()->second.product.is_none());
}

TEST_F(DispatcherTest, HonoursRetryAfter) {
  auto p = answering(503);
  p.retry_after = 1;
  auto& a = receiver("a.example", p);
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(500ms);
  ASSERT_EQ(requests.size(), 1U);
  a.personality = {};
  ASSERT_EQ(last_exchange().status, 503);
  const auto row = queue.retries().begin()->second;
  EXPECT_GE(row.due - queue.timeline().now(), 500ms);
  const Duration wait = row.due - queue.timeline().now();
  run(wait - 100ms);
  EXPECT_EQ(requests.size(), 1U);
  run(1s);
  EXPECT_EQ(requests.size(), 2U);
}

// New retries come faster than those in memory leave it: what waits on disk must get its turn all the same.
TEST_F(DispatcherTest, RetriesThatWaitOnDiskComeInTimeHoweverManyNewOnesThereAre) {
  limits.lane_window_max = 40;  // a quarter for retries
  limits.logged_successes_per_minute_max = 0;
  fair.breaker_failures = 1'000'000;
  receiver("a.example", answering(503));
  const auto hook = integration("http://a.example/hook");
  start();
  Duration latest{};
  std::map<std::string, queue::DeliveryKey, std::less<>> keys;
  std::size_t retried = 0;
  on_request = [&] {
    const http::Request& request = requests.back().request;
    for (const auto& [key, row] : queue.retries()) {
      if (keys.size() == queue.events().size()) break;
      keys.try_emplace(core::delivery_id(queue.events().at(key.event)->id, hook->id).str(), key);
    }
    const auto key = keys.find(request.headers.get("webhook-id"));
    const auto row = key == keys.end() ? queue.retries().end() : queue.retries().find(key->second);
    if (row == queue.retries().end()) return;
    ++retried;
    latest = std::max(latest, queue.timeline().now() - row->second.due);
  };
  for (int i = 0; i < 500; ++i) {
    publish(hook);
    run(100ms);
  }
  on_request = nullptr;  // it knows what is of this test, and requests may still come while it stops
  EXPECT_GT(retried, 1500U);
  EXPECT_LT(latest, limits.retry_ahead_max) << "those in memory are due by then, and make room";
}

TEST_F(DispatcherTest, LogsFewSuccessesAndMasksCredentials) {
  receiver("a.example");
  core::IntegrationConfig config;
  config.event = "temp";
  config.url = "http://user:secret@a.example/hook?key=1";
  config.headers = json::Object{{"X-Other", "shown"}};
  config.auth = core::IntegrationConfig::Auth{"user", "secret"};
  const auto hook = integration(config);
  start();
  publish(hook, 30);
  run(30s);
  EXPECT_EQ(requests.size(), 30U);
  EXPECT_EQ(store.all_exchanges().size(), limits.logged_successes_per_minute_max);
  run(1min);
  publish(hook);
  run(1s);
  EXPECT_EQ(store.all_exchanges().size(), limits.logged_successes_per_minute_max + 1) << "the next minute";
  const store::Exchange& one = last_exchange();
  EXPECT_TRUE(one.success);
  EXPECT_EQ(one.url.find("secret"), std::string::npos) << one.url;
  const std::map<std::string, std::string> headers(one.request_headers.begin(), one.request_headers.end());
  EXPECT_EQ(headers.at("Authorization"), "[[SENSITIVE]]");
  EXPECT_EQ(headers.at("X-Other"), "shown");
  EXPECT_EQ(one.response_body, "{\"ok\":true}");
  EXPECT_NE(requests.back().request.headers.get("Authorization"), "[[SENSITIVE]]");
}

TEST_F(DispatcherTest, WritesNothingTwiceWhenTheStoreFailsForAWhile) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 10);
  run(10ms);
  disk.faults.broken = true;
  run(1min);
  EXPECT_EQ(requests.size(), 10U);
  disk.faults.broken = false;
  run(10s);
  EXPECT_EQ(requests.size(), 10U);
  EXPECT_EQ(counts(), (store::Counts{10, 0, 0}));
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(DispatcherTest, StartsNothingNewWhileTooManyResultsWaitForTheDisk) {
  limits.results_waiting_max = 20;
  limits.logged_successes_per_minute_max = 0;
  limits.connections_per_lane_max = 4;
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 200);
  while (requests.empty()) sim.step();
  disk.faults.broken = true;
  run(1min);
  EXPECT_LE(requests.size(), 20U + 4U);
  disk.faults.broken = false;
  run(30s);
  EXPECT_EQ(requests.size(), 200U);
  EXPECT_EQ(counts().success, 200U);
}

TEST_F(DispatcherTest, StopWaitsForWhatIsUnderWay) {
  auto& a = receiver("a.example");
  a.personality.think_min = a.personality.think_max = 5s;
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 3);
  run(1s);
  ASSERT_EQ(dispatcher->stats().in_flight, 3U);
  stop(Deadline::after(sim, 30s));
  EXPECT_EQ(counts().success, 3U);
  EXPECT_TRUE(queue_is_empty());
}

TEST_F(DispatcherTest, StopCutsWhatTakesTooLongAndTheNextLifeDeliversIt) {
  auto& a = receiver("a.example");
  a.personality.silence = 1;
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 3);
  run(1s);
  const Steady before = sim.steady();
  stop(Deadline::after(sim, 2s));
  EXPECT_LE(sim.steady() - before, 3s);
  EXPECT_EQ(counts(), store::Counts());
  EXPECT_EQ(queue.ready().size(), 3U);
  a.personality = {};
  start();
  run(2s);
  EXPECT_EQ(counts().success, 3U);
}

TEST_F(DispatcherTest, StopEndsAlthoughTheDiskIsBroken) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 3);
  run(10ms);
  disk.faults.broken = true;
  run(1s);
  stop(Deadline::after(sim, 5s));
  disk.faults.broken = false;
  EXPECT_EQ(unrecorded, 3U) << "and it says so";
  EXPECT_EQ(queue.ready().size(), 3U) << "not recorded, so not acknowledged";
  start();
  run(5s);
  EXPECT_EQ(counts().success, 3U);
  stop();
  EXPECT_EQ(unrecorded, 0U);
}

TEST_F(DispatcherTest, AConnectThatOurOwnMachineCouldNotMakeIsNoAttempt) {
  auto& there = receiver("a.example");
  there.personality.no_file = true;
  const auto durable = integration("http://a.example/hook");
  const auto particle = integration("http://a.example/once", core::DeliveryPolicy::kParticle);
  start();
  publish(durable, 7);
  publish(particle, 14);
  run(10min);
  EXPECT_TRUE(requests.empty());
  EXPECT_TRUE(events.empty()) << "nothing failed";
  EXPECT_EQ(counts(), store::Counts{});
  EXPECT_TRUE(store.all_exchanges().empty());
  there.personality.no_file = false;
  run(5s);
  EXPECT_EQ(counts(), (store::Counts{21, 0, 0, 0})) << "21 of 21 ended as errors once, and were never sent";
  for (const auto& [key, one] : store.outcomes()) EXPECT_EQ(one.attempts, 1U);
}

TEST_F(DispatcherTest, ATestThatFindsNoFileSaysSoAndRecordsNothing) {
  receiver("a.example").personality.no_file = true;
  const auto hook = integration("http://a.example/hook");
  start();
  std::optional<TestResult> result;
  core::Event event;
  event.product = product;
  event.name = "temp";
  dispatcher->test(hook, event, [&](TestResult got) { result = std::move(got); });
  run(5s);
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->pass);
  EXPECT_EQ(result->error, "the server has too many connections open; try again");
  EXPECT_EQ(counts(), store::Counts{});
}

TEST_F(DispatcherTest, IdleConnectionsAreGivenUpWhereTheirFilesAreNeeded) {
  receiver("a.example");
  receiver("b.example");
  const auto one = integration("http://a.example/hook"), two = integration("http://b.example/hook");
  start();
  publish(one, 5);
  publish(two, 5);
  run(2s);
  const std::size_t open = dispatcher->stats().connections;
  ASSERT_GE(open, 2U);
  dispatcher->give_up_idle(1);
  EXPECT_EQ(dispatcher->stats().connections, open - 1);
  dispatcher->give_up_idle(1000);
  EXPECT_EQ(dispatcher->stats().connections, 0U);
  publish(one);
  run(2s);
  EXPECT_EQ(counts().success, 11U);
}

TEST_F(DispatcherTest, StopWithoutWorkIsQuick) {
  start();
  const Steady before = sim.steady();
  stop();
  EXPECT_LE(sim.steady() - before, 10ms);
}

TEST_F(DispatcherTest, ATestIsOneAttemptThatCounts) {
  auto& a = receiver("a.example", answering(201));
  const auto hook = integration("http://a.example/hook");
  start();
  core::Event event;
  event.product = product;
  event.name = "temp";
  event.data = "test-event";
  event.publisher = "api";
  event.published_at = sim.now();
  std::vector<TestResult> results;
  const auto test = [&] {
    event.id = core::EventId::make(sim.now(), random);
    dispatcher->test(hook, event, [&](TestResult result) { results.push_back(std::move(result)); });
  };
  test();
  run(1s);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_TRUE(results[0].pass);
  EXPECT_EQ(results[0].data, "{\"ok\":true}");
  a.personality = answering(500);
  test();
  run(1min);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_FALSE(results[1].pass);
  EXPECT_EQ(results[1].error, "error status 500 from a.example");
  EXPECT_EQ(requests.size(), 2U) << "no retry";
  EXPECT_EQ(counts(), (store::Counts{1, 1, 0}));
  EXPECT_EQ(store.all_exchanges().size(), 2U);
  a.personality.silence = 1;
  test();
  run(1s);
  stop(Deadline::after(sim, 1s));
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[2].error, "the server is stopping");
}

TEST_F(DispatcherTest, ForgetsLanesThatAreEmptyForLong) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook, 5);
  run(1s);
  EXPECT_EQ(dispatcher->stats().lanes, 1U);
  EXPECT_GE(dispatcher->stats().connections, 1U);
  run(limits.connection_idle_max + 6s);
  EXPECT_EQ(dispatcher->stats().connections, 0U);
  run(limits.lane_idle_max);
  EXPECT_EQ(dispatcher->stats().lanes, 0U);
  publish(hook, 5);
  run(1s);
  EXPECT_EQ(counts().success, 10U);
}

// It still has to know what it had: an offer of that may come late.
TEST_F(DispatcherTest, RemembersALaneThatWasBusyBetweenTwoLooks) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  start();
  publish(hook);
  run(limits.lane_idle_max - 4s);
  publish(hook);
  run(limits.lane_idle_max / 2);
  EXPECT_EQ(counts().success, 2U);
  EXPECT_EQ(dispatcher->stats().lanes, 1U);
  run(limits.lane_idle_max);
  EXPECT_EQ(dispatcher->stats().lanes, 0U);
}

TEST_F(DispatcherTest, LeavesOtherShardsLanesAlone) {
  receiver("a.example");
  const auto hook = integration("http://a.example/hook");
  queue::Shards shards = queue::Shards().set();
  shards.reset(queue::shard_of(hook->compiled()->constant_lane()->id));
  Surroundings outside{*loop,   queue,      queue,  store,    store.open_outages(),
                       settler, *transport, random, *metrics, limits,
                       retry,   shards,     {},     {},       {}};
  dispatcher = std::make_unique<Dispatcher>(std::move(outside));
  ASSERT_TRUE(queue.own({{queue::Shards().set(), dispatcher->claim().owner}}).ok());
  publish(hook, 3);
  run(5s);
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(dispatcher->stats().lanes, 0U);
  ASSERT_TRUE(queue.own({{queue::Shards().set(), dispatcher->claim().owner}}).ok());  // found, now
  run(5s);
  EXPECT_TRUE(requests.empty());
}

TEST_F(DispatcherTest, CountsInItsMetrics) {
  auto& a = receiver("a.example");
  const auto hook = integration("http://a.example/hook", DeliveryPolicy::kParticle);
  start();
  publish(hook, 2);
  run(1s);
  a.personality = answering(500);
  publish(hook);
  run(2min);
  const std::string text = metrics->text();
  for (const char* line :
       {"fleethook_attempts_total{result=\"success\"} 2\n", "fleethook_attempts_total{result=\"5xx\"} 3\n",
        "fleethook_deliveries_total{outcome=\"success\"} 2\n", "fleethook_deliveries_total{outcome=\"error\"} 1\n",
        "fleethook_delivery_seconds_count 3\n", "fleethook_attempt_seconds_count 5\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

// For n = 0, 1, 2, ...: the nth operation of the disk fails, once. Whatever it was, every event is delivered and
// counted once.
TEST(Dispatcher, EveryDiskOperationFailingOnceLosesNothing) {
  std::uint64_t n = 0;
  for (;; ++n) {
    DeliveryWorld world(7);
    world.limits.lane_window_max = 4;
    world.limits.connections_per_lane_max = 2;
    world.limits.retry_ahead_max = 1s;
    auto& a = world.receiver("a.example");
    const auto hook = world.integration("http://a.example/hook");
    world.publish(hook, 8, false);
    world.run(1s);
    world.start();
    world.disk.faults.fail_operation = world.disk.operations() + n;
    a.personality.statuses = {500, 200};
    world.publish(hook, 8);
    world.run(20s);
    a.personality = {};
    world.run(2h);
    const std::uint64_t expected = world.queue.events().size();  // the append itself may have been refused
    EXPECT_EQ(world.counts().success, expected) << "operation " << n;
    EXPECT_TRUE(world.queue_is_empty()) << "operation " << n;
    EXPECT_EQ(world.dispatcher->stats().in_memory, 0U) << "operation " << n;
    if (!world.disk.fired()) break;
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
  EXPECT_GT(n, 30U);
}

// The same for crashes: the process dies after the nth thing that happens.
TEST(Dispatcher, ACrashAtAnyStepLosesNothing) {
  for (std::uint64_t n = 0; n < 400; n += 3) {
    auto* world = new DeliveryWorld(7);
    world->limits.lane_window_max = 4;
    world->limits.connections_per_lane_max = 2;
    auto& a = world->receiver("a.example");
    const auto hook = world->integration("http://a.example/hook");
    a.personality.statuses = {500, 200, 200};
    world->start();
    world->publish(hook, 12);
    for (std::uint64_t i = 0; i < n; ++i) world->sim.step();
    world->crash();
    world->start();
    a.personality = {};
    world->run(1h);
    EXPECT_EQ(world->counts().success, world->queue.events().size()) << "crash after " << n;
    EXPECT_TRUE(world->queue_is_empty()) << "crash after " << n;
    EXPECT_EQ(world->ids().size(), world->queue.events().size());
    delete world;
  }
}

TEST(RetryAfter, IsSecondsOrADate) {
  const Instant now = Instant(std::chrono::sys_days(std::chrono::year(1994) / 11 / 6)) + 8h + 49min + 37s;
  EXPECT_EQ(parse_retry_after("120", now), Duration(120s));
  EXPECT_EQ(parse_retry_after(" 0 ", now), Duration(0));
  constexpr Duration kLonger = std::chrono::hours(24);  // than anybody waits
  for (const std::string_view absurd :
       {"9999999999", "99999999999999999999999999", "9223372036854775807", "Fri, 31 Dec 9999 23:59:59 GMT"}) {
    EXPECT_GT(parse_retry_after(absurd, now).value_or(Duration(0)), kLonger) << absurd;
  }
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), Duration(60s));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 07:50:37 GMT", now), Duration(0)) << "past";
  for (const char* bad : {"", "-1", "1.5", "soon", "120 s", "Sun, 31 Feb 1994 08:50:37 GMT",
                          "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:50:37 CET", "06 Nov 1994"}) {
    EXPECT_EQ(parse_retry_after(bad, now), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace fleethook::delivery
