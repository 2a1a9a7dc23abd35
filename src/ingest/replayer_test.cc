#include "ingest/replayer.h"

#include "testing/sim_queue.h"
#include "testing/sim_store.h"

namespace fleethook::ingest {
namespace {

using namespace std::chrono_literals;

// Fails to note steps when it is told to, as if the process had ended between the commit and its note.
class Forgetful final : public testing::SimStore {
 public:
  using SimStore::SimStore;
  Result<void> note_replay_step(const store::ReplayStep& step) override {
    if (forgets-- > 0) return Error{Fault::kUnavailable, "simulated"};
    return SimStore::note_replay_step(step);
  }
  int forgets = 0;
};

class ReplayerTest : public ::testing::Test {
 protected:
  ReplayerTest() {
    user_ = store_.create_user({"owner@example.com", "", {}, false}, {})->id;
    product_ = store_.create_product({"one", "one", "", 0, {}, {}, user_}, {})->id;
    integration_ = add("temp");
    replayer_ = std::make_unique<Replayer>(Replayer::Surroundings{loop_, queue_, store_, metrics_, limits_,
                                                                  [](const std::function<void()>& task) { task(); }});
    queue_.on_accepted = [this](const queue::Accepted& accepted, const queue::NewDelivery& delivery) {
      placed_.push_back(*accepted.event);
      to_.push_back({delivery.integration->number.value, delivery.integration->version});
      parked_ += delivery.parked ? 1 : 0;
    };
  }
  ~ReplayerTest() override {
    bool stopped = false;
    replayer_->stop([&stopped] { stopped = true; });
    run(10s);
    EXPECT_TRUE(stopped);
  }

  core::IntegrationPtr add(const std::string& event) {
    store::NewIntegration made;
    made.scope = core::Scope::kProduct;
    made.user = user_;
    made.products = {product_};
    made.config.event = event;
    made.config.url = "http://a.example/x";
    return *store_.create_integration(made);
  }
  void add_letters(std::size_t count) {
    store::HistoryBatch batch;
    for (std::size_t i = 0; i < count; ++i) {
      auto event = std::make_shared<core::Event>();
      event->id = core::EventId::make(sim_.now(), random_);
      event->product = product_;
      event->name = "temp";
      event->published_at = sim_.now() - 24h;
      store::DeadLetter letter;
      letter.integration = integration_->number;
      letter.product = product_;
      letter.event = std::move(event);
      letter.version = 1;
      letter.at = sim_.now();
      batch.dead_letters.push_back(std::move(letter));
    }
    store_.commit(batch);
  }
  std::uint32_t replay(std::uint32_t per_second, const std::function<void(store::ReplayPlan&)>& with = {}) {
    store::ReplayPlan plan;
    plan.query.user = user_;
    plan.query.product = product_;
    plan.per_second = per_second;
    if (with) with(plan);
    const auto number = store_.create_replay(plan, 0, {user_, "owner"})->number;
    loop_.post([this] { replayer_->wake(); });
    return number;
  }
  // All that was accepted and has no outcome ends.
  void end_all() {
    store::HistoryBatch batch;
    for (; ended_ < placed_.size(); ++ended_) {
      store::Outcome outcome;
      outcome.integration = {to_[ended_].first};
      outcome.product = product_;
      outcome.event = placed_[ended_].id;
      outcome.replay = placed_[ended_].replay;
      outcome.at = sim_.now();
      batch.outcomes.push_back(outcome);
    }
    store_.commit(batch);
  }
  void run(Duration span) { sim_.run_until(sim_.steady() + span); }
  void run_ending(Duration span) {
    for (Duration at{}; at < span; at += 100ms) {
      run(100ms);
      end_all();
    }
  }

  testing::Sim sim_{1};
  testing::SimDisk disk_{sim_};
  testing::SimQueue queue_{sim_, disk_};
  SeededRandom random_{7};
  Forgetful store_{sim_, random_, disk_};
  testing::SimLoop loop_{sim_};
  metrics::Registry metrics_;
  Limits limits_;
  core::UserId user_;
  core::ProductId product_;
  core::IntegrationPtr integration_;
  std::vector<core::Event> placed_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> to_;  // integration and version
  std::size_t ended_ = 0, parked_ = 0;
  std::unique_ptr<Replayer> replayer_;
};

TEST_F(ReplayerTest, BringsEachLetterOnceAndSaysWhenAllHaveEnded) {
  add_letters(30);
  const std::uint32_t number = replay(1000);
  run(2s);
  ASSERT_EQ(placed_.size(), 30U);
  std::set<core::EventId> ids;
  for (const core::Event& event : placed_) {
    ids.insert(event.id);
    EXPECT_EQ(event.replay, number);
    EXPECT_EQ(event.accepted_at(), event.replayed_at);
    EXPECT_LT(event.published_at, event.replayed_at - 23h) << "when it was published stays";
  }
  EXPECT_EQ(ids.size(), 30U);
  EXPECT_EQ(store_.replay(number)->state, store::ReplayState::kRunning);
  end_all();
  run(2s);
  const store::Replay done = store_.replay(number).value();
  EXPECT_EQ(done.state, store::ReplayState::kDone);
  EXPECT_EQ(done.placed, 30U);
  EXPECT_EQ(done.ended.success, 30U);
  run(1h);
  EXPECT_EQ(placed_.size(), 30U);
}

TEST_F(ReplayerTest, KeepsItsRateAndStopsBehindAReceiverThatTakesNothing) {
  add_letters(2'000);
  replay(50);
  run_ending(10s);
  EXPECT_NEAR(static_cast<double>(placed_.size()), 500, 60);
  const std::size_t before = placed_.size();
  run(10min);
  EXPECT_LE(placed_.size(), before + 4 * 50 + 64) << "nothing ended, so little more was accepted";
  EXPECT_GE(placed_.size(), before + 100);
}

TEST_F(ReplayerTest, ANoteThatWasLostMakesNothingTwice) {
  add_letters(100);
  store_.forgets = 3;
  const std::uint32_t number = replay(1000);
  run_ending(60s);
  EXPECT_EQ(placed_.size(), 100U);
  const store::Replay done = store_.replay(number).value();
  EXPECT_EQ(done.placed, 100U);
  EXPECT_EQ(done.state, store::ReplayState::kDone);
  store::DeadLetterQuery left;
  left.replayed = false;
  EXPECT_EQ(store_.dead_letters(left, {.count_only = true})->found, 0U) << "all are marked";
}

TEST_F(ReplayerTest, WhatComesLaterIsNoneOfIt) {
  add_letters(3);
  replay(1);
  run_ending(1500ms);
  add_letters(5);
  run_ending(20s);
  EXPECT_EQ(placed_.size(), 3U);
}

TEST_F(ReplayerTest, TakesThePresentVersionUnlessToldOtherwise) {
  add_letters(1);
  core::IntegrationConfig config = integration_->config;
  config.url = "http://b.example/y";
  const auto edited = store_.update_integration(integration_->id, {config, {product_}, {}, user_});
  ASSERT_TRUE(edited.ok());
  replay(100);
  run_ending(2s);
  replay(100, [](store::ReplayPlan& plan) { plan.same_version = true; });
  run_ending(2s);
  using To = std::pair<std::uint64_t, std::uint32_t>;
  const std::uint64_t number = integration_->number.value;
  EXPECT_EQ(to_, (std::vector<To>{{number, 2}, {number, 1}}));
}

TEST_F(ReplayerTest, GoesToAnotherIntegrationAndPassesOverWhatNobodyTakes) {
  add_letters(2);
  const core::IntegrationPtr other = add("other");
  replay(100, [&](store::ReplayPlan& plan) { plan.to = other->number; });
  run_ending(2s);
  ASSERT_EQ(to_.size(), 2U);
  EXPECT_EQ(to_[0].first, other->number.value);
  ASSERT_TRUE(store_.delete_integration(integration_->id).ok());
  const std::uint32_t to_nobody = replay(100);
  run_ending(2s);
  EXPECT_EQ(placed_.size(), 2U);
  EXPECT_EQ(store_.replay(to_nobody)->skipped, 2U);
  EXPECT_EQ(store_.replay(to_nobody)->state, store::ReplayState::kDone);
}

TEST_F(ReplayerTest, TakesTheEventsOfATimeRangeThatFireTheIntegration) {
  const auto publish = [&](const std::string& name, Duration later, std::uint32_t of_replay = 0) {
    auto event = std::make_shared<core::Event>();
    event->id = core::EventId::make(sim_.now() + later, random_);
    event->product = product_;
    event->name = name;
    event->published_at = sim_.now() + later;
    event->replay = of_replay;
    event->replayed_at = event->published_at;
    queue_.append({queue::Accepted{event, {}, {}}}, [](const Result<queue::Batch>& done) { EXPECT_TRUE(done.ok()); });
    run(1s);
    return event->published_at;
  };
  publish("temp/early", 0s);
  const Instant from = publish("temp/one", 10s);
  publish("other", 11s);
  publish("temp/again", 11s, 3);
  publish("temp/two", 12s);
  const Instant to = publish("temp/late", 20s);
  const std::uint32_t number = replay(100, [&](store::ReplayPlan& plan) {
    plan.query.user = user_;
    plan.query.product = product_;
    plan.query.from = from;
    plan.query.to = to;
    plan.to = integration_->number;
    plan.events_upto = queue_.stats().last;
  });
  publish("temp/three", 13s);
  run_ending(5s);
  std::vector<std::string> names;
  for (const core::Event& event : placed_) names.push_back(event.name);
  EXPECT_EQ(names, (std::vector<std::string>{"temp/one", "temp/two"}))
      << "neither what fires another one, nor what a replay brought, nor what came later";
  EXPECT_EQ(placed_.at(0).replay, number);
  EXPECT_EQ(store_.replay(number)->state, store::ReplayState::kDone);
  EXPECT_EQ(store_.replay(number)->placed, 2U);
}

TEST_F(ReplayerTest, TakesTheNamedLettersOnly) {
  add_letters(10);
  replay(100, [](store::ReplayPlan& plan) { plan.ids = {2, 5, 9, 77}; });
  run_ending(3s);
  EXPECT_EQ(placed_.size(), 3U);
}

TEST_F(ReplayerTest, WaitsWhileItIsPausedAndEndsWhenItIsCancelled) {
  add_letters(100);
  const std::uint32_t number = replay(10);
  run_ending(2s);
  ASSERT_TRUE(store_.set_replay(number, store::ReplayState::kPaused, {}).ok());
  run_ending(1s);
  const std::size_t paused_at = placed_.size();
  EXPECT_GT(paused_at, 5U);
  run_ending(60s);
  EXPECT_EQ(placed_.size(), paused_at);
  ASSERT_TRUE(store_.set_replay(number, store::ReplayState::kRunning, {}).ok());
  loop_.post([this] { replayer_->wake(); });
  run_ending(2s);
  EXPECT_GT(placed_.size(), paused_at);
  EXPECT_LT(placed_.size(), paused_at + 40) << "what was not used is not made up for";
  ASSERT_TRUE(store_.set_replay(number, store::ReplayState::kCancelled, {}).ok());
  run_ending(1s);
  const std::size_t cancelled_at = placed_.size();
  run_ending(60s);
  EXPECT_EQ(placed_.size(), cancelled_at);
}

TEST_F(ReplayerTest, WhatIsMeantForAHeldPlacementIsParked) {
  add_letters(4);
  ASSERT_TRUE(store_.set_pause(integration_->id, {product_}, core::Pause::kHold, {}, {}).ok());
  replay(100);
  run(2s);
  EXPECT_EQ(parked_, 4U);
}

}  // namespace
}  // namespace fleethook::ingest
