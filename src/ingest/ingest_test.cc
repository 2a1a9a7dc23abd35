#include "ingest/ingest.h"

#include "core/compiled_integration.h"
#include "testing/sim_queue.h"
#include "testing/sim_store.h"

namespace fleethook::ingest {
namespace {

// One loop, a simulated disk, a user with one product.
class IngestTest : public ::testing::Test {
 protected:
  IngestTest() {
    user_ = store_.create_user({"owner@example.com", "", {}, false}, {})->id;
    product_ = store_.create_product({"one", "one", "", 0, {}, {}, user_}, {})->id;
    ingest_ = std::make_unique<Ingest>(loop_, queue_, store_, random_, metrics_, limits_,
                                       [this](const std::vector<queue::Accepted>& events) {
                                         committed_.insert(committed_.end(), events.begin(), events.end());
                                         order_ += 'c';
                                       });
  }

  core::IntegrationPtr integration(const std::string& event,
                                   const std::string& url = "http://a.example/x",
                                   bool sandbox = false,
                                   bool disabled = false,
                                   const std::string& device = "") {
    store::NewIntegration made;
    made.scope = sandbox ? core::Scope::kSandbox : core::Scope::kProduct;
    made.user = user_;
    if (!sandbox) made.products = {product_};
    made.config.event = event;
    made.config.url = url;
    made.config.disabled = disabled;
    if (!device.empty()) made.config.device = core::DeviceId::parse(device);
    return *store_.create_integration(made);
  }

  core::Event event(const std::string& name, core::Origin origin = core::Origin::kDevice) const {
    core::Event made;
    made.product = product_;
    made.name = name;
    made.publisher = "e00fce680000000000000001";
    made.origin = origin;
    return made;
  }

  std::vector<std::string> matched(const core::Event& event) const {
    std::vector<std::string> triggers;
    for (const auto& found : matching(*store_.catalog(), event)) triggers.push_back(found->config.event);
    return triggers;
  }

  // Publishes into the product; the answer arrives in results_.
  void publish(const std::string& name) {
    Publisher publisher;
    publisher.product = product_;
    ingest_->publish(publisher, {name, "21.5", 60, false}, [this](Result<core::EventId> result) {
      results_.push_back(std::move(result));
      order_ += 'a';
    });
  }
  void settle() { sim_.run_until(sim_.steady() + std::chrono::seconds(10)); }

  testing::Sim sim_{1};
  testing::SimDisk disk_{sim_};
  testing::SimQueue queue_{sim_, disk_};
  SeededRandom random_{7};
  testing::SimStore store_{sim_, random_, disk_};
  testing::SimLoop loop_{sim_};
  metrics::Registry metrics_;
  Limits limits_;
  core::UserId user_;
  core::ProductId product_;
  std::vector<queue::Accepted> committed_;
  std::shared_ptr<core::LastUse> heard_ = std::make_shared<core::LastUse>(std::nullopt);
  std::vector<Result<core::EventId>> results_;
  std::string order_;
  std::unique_ptr<Ingest> ingest_;
};

using Names = std::vector<std::string>;

TEST_F(IngestTest, ATriggerIsTheBeginningOfTheNameCaseAndAll) {
  integration("temp");
  EXPECT_EQ(matched(event("temp")), Names{"temp"});
  EXPECT_EQ(matched(event("temperature/basement")), Names{"temp"});
  EXPECT_EQ(matched(event("Temp")), Names{});
  EXPECT_EQ(matched(event("high_temp")), Names{});
  EXPECT_EQ(matched(event("tem")), Names{});
}

TEST_F(IngestTest, EveryMatchingIntegrationFires) {
  integration("a");
  integration("a/b");
  integration("a/b");
  integration("a/c");
  EXPECT_EQ(matched(event("a/b/c")), (Names{"a", "a/b", "a/b"}));
}

TEST_F(IngestTest, DisabledIntegrationsDoNotFire) {
  integration("temp", "http://a.example/x", false, true);
  EXPECT_EQ(matched(event("temp")), Names{});
}

TEST_F(IngestTest, AClaimedDeviceFiresItsProductAndTheSandboxOfItsOwner) {
  integration("temp");
  integration("te", "http://b.example/x", /*sandbox=*/true);
  core::Event claimed = event("temp");
  EXPECT_EQ(matched(claimed), Names{"temp"});
  claimed.owner = user_;
  EXPECT_EQ(matched(claimed), (Names{"temp", "te"}));
}

TEST_F(IngestTest, ADeviceFilterLetsOnlyThatDeviceThrough) {
  integration("temp", "http://b.example/x", /*sandbox=*/true, false, "e00fce680000000000000001");
  core::Event claimed = event("temp");
  claimed.owner = user_;
  EXPECT_EQ(matched(claimed), Names{"temp"});
  claimed.publisher = "e00fce680000000000000002";
  EXPECT_EQ(matched(claimed), Names{});
}

TEST_F(IngestTest, WhatDeliveriesPublishNeverFiresWhateverItsName) {
  integration("hook-");
  integration("my/topic");
  EXPECT_EQ(matched(event("hook-sent/temp", core::Origin::kDelivery)), Names{});
  EXPECT_EQ(matched(event("my/topic/0", core::Origin::kDelivery)), Names{});
  EXPECT_EQ(matched(event("hook-sent/temp")), Names{"hook-"});  // a device may use the name
}

TEST_F(IngestTest, SystemEventsFireOnlyTriggersThatNameThem) {
  integration("s");
  integration("spark/status");
  integration("p");
  integration("particle");
  EXPECT_EQ(matched(event("spark/status")), Names{"spark/status"});
  EXPECT_EQ(matched(event("particle/device")), Names{"particle"});
  EXPECT_EQ(matched(event("spa")), Names{"s"});
}

TEST_F(IngestTest, AnswersAfterTheCommitAndHandsOverBeforeAnswering) {
  disk_.faults.commit_min = disk_.faults.commit_max = std::chrono::milliseconds(50);
  integration("temp");
  publish("temp");
  sim_.run_until(sim_.steady() + std::chrono::milliseconds(40));
  EXPECT_TRUE(results_.empty());
  EXPECT_TRUE(queue_.events().empty());
  settle();
  ASSERT_EQ(results_.size(), 1U);
  ASSERT_TRUE(results_[0].ok());
  ASSERT_EQ(queue_.events().size(), 1U);
  EXPECT_EQ(queue_.events().begin()->second->id, *results_[0]);
  EXPECT_EQ(order_, "ca") << "on disk, then answered";
  ASSERT_EQ(committed_.size(), 1U);
  ASSERT_EQ(committed_[0].deliveries.size(), 1U);
  EXPECT_FALSE(committed_[0].deliveries[0].lane->id.is_none());
}

TEST_F(IngestTest, WhatArrivesInOneTurnIsOneBatch) {
  const auto before = disk_.operations();
  for (int i = 0; i < 100; ++i) publish("temp/" + std::to_string(i));
  settle();
  EXPECT_EQ(disk_.operations() - before, 1U);
  ASSERT_EQ(results_.size(), 100U);
  for (const auto& result : results_) EXPECT_TRUE(result.ok());
  EXPECT_EQ(committed_[99].event->name, "temp/99");
}

TEST_F(IngestTest, AnswersNeverComeInsideTheCall) {
  publish("");  // refused at once
  EXPECT_TRUE(results_.empty());
  settle();
  ASSERT_EQ(results_.size(), 1U);
  EXPECT_EQ(results_[0].error().violations.at(0).field, "name");
}

TEST_F(IngestTest, ADiskThatFailsIsAnErrorAndNothingIsHandedOver) {
  disk_.faults.broken = true;
  publish("temp");
  publish("temp");
  settle();
  ASSERT_EQ(results_.size(), 2U);
  for (const auto& result : results_) EXPECT_EQ(result.error().fault, Fault::kUnavailable);
  EXPECT_TRUE(committed_.empty());
  disk_.faults.broken = false;
  publish("temp");
  settle();
  EXPECT_TRUE(results_.back().ok());
}

TEST_F(IngestTest, TellsPublishersToSlowDownWhenTheDiskFallsBehind) {
  limits_.events_waiting_for_disk_max = 3;
  ingest_ = std::make_unique<Ingest>(loop_, queue_, store_, random_, metrics_, limits_, [](const auto&) {});
  for (int i = 0; i < 5; ++i) publish("temp");
  settle();
  ASSERT_EQ(results_.size(), 5U);
  int overloaded = 0;
  for (const auto& result : results_) overloaded += !result.ok() && result.error().fault == Fault::kOverloaded ? 1 : 0;
  EXPECT_EQ(overloaded, 2);
  EXPECT_EQ(queue_.events().size(), 3U);
}

TEST_F(IngestTest, BehindAFloodOfOneOwnerTheOthersWaitForAPortionOrTwo) {
  disk_.faults.commit_min = disk_.faults.commit_max = std::chrono::milliseconds(5);
  core::UserId other = store_.create_user({"other@example.com", "", {}, false}, {})->id;
  const core::ProductId theirs = store_.create_product({"two", "two", "", 0, {}, {}, other}, {})->id;
  for (int i = 0; i < 10'000; ++i) publish("flood");
  loop_.post([] {});
  Publisher publisher;
  publisher.product = theirs;
  std::size_t answered_before = 0;
  bool answered = false;
  ingest_->publish(publisher, {"quiet", {}, 60, false}, [&](const Result<core::EventId>& result) {
    answered = result.ok();
    answered_before = results_.size();
  });
  settle();
  EXPECT_TRUE(answered);
  EXPECT_LE(answered_before, 256U);
  EXPECT_EQ(results_.size(), 10'000U);
}

TEST_F(IngestTest, WhoPublishesAloneGetsLargeCommits) {
  disk_.faults.commit_min = disk_.faults.commit_max = std::chrono::milliseconds(5);
  const auto commits_of_a_flood = [this] {
    const std::size_t answered = results_.size();
    for (int i = 0; i < 5'000; ++i) publish("flood");
    int commits = 0;
    while (results_.size() < answered + 5'000) {
      sim_.run_until(sim_.steady() + std::chrono::milliseconds(5));
      ++commits;
    }
    return commits;
  };
  const int alone = commits_of_a_flood();
  core::UserId other = store_.create_user({"other@example.com", "", {}, false}, {})->id;
  Publisher publisher;
  publisher.owner = other;
  ingest_->publish(publisher, {"quiet", {}, 60, false}, [](const auto&) {});
  const int with_another = commits_of_a_flood();
  EXPECT_GT(with_another, 2 * alone);
  sim_.run_until(sim_.steady() + std::chrono::seconds(2));
  EXPECT_EQ(commits_of_a_flood(), alone);
}

TEST_F(IngestTest, TellsAnOwnerToSlowDownAndServesTheOthers) {
  limits_.rows_waiting_for_disk_per_owner_max = 3;
  ingest_ = std::make_unique<Ingest>(loop_, queue_, store_, random_, metrics_, limits_, [](const auto&) {});
  core::UserId other = store_.create_user({"other@example.com", "", {}, false}, {})->id;
  for (int i = 0; i < 5; ++i) publish("temp");
  Publisher publisher;
  publisher.owner = other;
  bool served = false;
  ingest_->publish(publisher, {"temp", {}, 60, false}, [&](const auto& result) { served = result.ok(); });
  settle();
  EXPECT_TRUE(served);
  ASSERT_EQ(results_.size(), 5U);
  int told = 0;
  for (const auto& result : results_) {
    if (result.ok()) continue;
    ++told;
    EXPECT_EQ(result.error().fault, Fault::kOverloaded);
    EXPECT_NE(result.error().message.find("of this owner"), std::string::npos);
  }
  EXPECT_EQ(told, 2);
}

TEST_F(IngestTest, AUrlThatCannotBeRenderedStillMakesADelivery) {
  integration("temp", "{{{nothing}}}");
  publish("temp");
  settle();
  ASSERT_EQ(committed_.size(), 1U);
  ASSERT_EQ(committed_[0].deliveries.size(), 1U);
  EXPECT_EQ(committed_[0].deliveries[0].lane->key.host, "invalid");
  EXPECT_EQ(committed_[0].deliveries[0].lane->key.owner, "u:" + user_.str());
}

TEST_F(IngestTest, AHostFromTheEventMakesItsOwnLane) {
  integration("temp", "http://{{{PARTICLE_EVENT_NAME}}}.example:81/x");
  publish("temp.a");
  publish("temp.b");
  settle();
  ASSERT_EQ(committed_.size(), 2U);
  EXPECT_EQ(committed_[0].deliveries[0].lane->key.host, "temp.a.example");
  EXPECT_EQ(committed_[0].deliveries[0].lane->key.port, 81);
  EXPECT_NE(committed_[0].deliveries[0].lane->id, committed_[1].deliveries[0].lane->id);
}

TEST_F(IngestTest, StoppingAnswersWhatWasTakenAndRefusesTheRest) {
  publish("temp");
  bool stopped = false;
  ingest_->stop([&] { stopped = true; });
  EXPECT_FALSE(stopped);
  publish("temp");
  settle();
  EXPECT_TRUE(stopped);
  ASSERT_EQ(results_.size(), 2U);
  EXPECT_EQ(queue_.events().size(), 1U);
  int refused = 0;
  for (const auto& result : results_) refused += result.ok() ? 0 : 1;
  EXPECT_EQ(refused, 1);
}

TEST(CheckPublication, HoldsTheLimitsAndNamesTheField) {
  const Limits limits;
  const auto field = [&](const Publication& publication) {
    const auto checked = check_publication(publication, limits);
    return checked.ok() ? std::string() : checked.error().violations.at(0).field;
  };
  EXPECT_EQ(field({"n", std::nullopt, 60, false}), "");
  EXPECT_EQ(field({std::string(64, 'n'), std::string(16'384, 'd'), 0, false}), "");
  EXPECT_EQ(field({"", std::nullopt, 60, false}), "name");
  EXPECT_EQ(field({std::string(65, 'n'), std::nullopt, 60, false}), "name");
  EXPECT_EQ(field({"a\nb", std::nullopt, 60, false}), "name");
  EXPECT_EQ(field({"gr\xC3\xBCn \xF0\x9F\x9A\xAA/x", std::nullopt, 60, false}), "");
  EXPECT_EQ(field({"a\xC3", std::nullopt, 60, false}), "name");
  EXPECT_EQ(field({"a\xEF\xBF\xBD", std::nullopt, 60, false}), "name") << "what stands for bytes that were no text";
  EXPECT_EQ(field({"a\xE2\x80\xA8", std::nullopt, 60, false}), "name") << "a line separator";
  EXPECT_EQ(field({"n", std::string(16'385, 'd'), 60, false}), "data");
  EXPECT_EQ(field({"n", std::nullopt, -1, false}), "ttl");
  EXPECT_EQ(check_publication({"n", std::string(16'385, 'd'), 60, false}, limits).error().fault, Fault::kTooLarge);
}

TEST_F(IngestTest, ARequestThatComesAgainIsAcceptedOnceWithAllItsItems) {
  integration("temp");
  std::vector<queue::Note> earlier;
  int accepted = 0;
  const auto publish_once = [&] {
    Publisher publisher;
    publisher.product = product_;
    publisher.heard = heard_;
    std::vector<Ingest::Item> items(3, {publisher, {"temp", "21.5", 60, false}});
    items[1].publication.name = "";
    const auto make_note = [](const std::vector<Result<core::EventId>>& said) {
      EXPECT_EQ(said.size(), 3U);
      EXPECT_TRUE(said[0].ok() && !said[1].ok() && said[2].ok());
      queue::Note note;
      note.until = Moment::max();
      note.answer = said[0]->str() + " " + said[2]->str();
      return note;
    };
    ingest_->publish_once(std::move(items), make_note, [&](Result<std::optional<queue::Note>> result) {
      ASSERT_TRUE(result.ok());
      *result ? earlier.push_back(**result) : void(++accepted);
      order_ += 'a';
    });
  };
  publish("temp");
  publish_once();
  publish_once();
  EXPECT_EQ(order_, "") << "never inside the call";
  settle();
  EXPECT_EQ(accepted, 1);
  ASSERT_EQ(earlier.size(), 1U);
  ASSERT_EQ(committed_.size(), 3U);
  EXPECT_EQ(committed_[0].seq.value, 1U) << "what was published before is before it";
  EXPECT_EQ(earlier[0].answer, committed_[1].event->id.str() + " " + committed_[2].event->id.str());
  EXPECT_EQ(heard_->last(), committed_[2].event->published_at);
  EXPECT_EQ(queue_.stats().ready, 3U);
}

TEST_F(IngestTest, DeliveriesOfHeldPlacementsAreParkedAsTheyAreAccepted) {
  const auto held = integration("temp"), skipped = integration("temp"), running = integration("temp");
  const auto sandbox = integration("temp", "http://b.example/x", /*sandbox=*/true);
  ASSERT_TRUE(store_.set_pause(held->id, {product_}, core::Pause::kHold, {}, {}).ok());
  ASSERT_TRUE(store_.set_pause(skipped->id, {product_}, core::Pause::kSkip, {}, {}).ok());
  ASSERT_TRUE(store_.set_pause(sandbox->id, {core::ProductId{}}, core::Pause::kHold, {}, {}).ok());
  Publisher publisher;
  publisher.product = product_;
  publisher.owner = user_;
  ingest_->publish(publisher, {"temp", "21.5", 60, false},
                   [](const Result<core::EventId>& result) { EXPECT_TRUE(result.ok()); });
  settle();
  ASSERT_EQ(committed_.size(), 1U);
  ASSERT_EQ(committed_[0].deliveries.size(), 4U) << "they are made all the same: with this version";
  for (const queue::NewDelivery& one : committed_[0].deliveries) {
    EXPECT_EQ(one.parked, one.integration->number == held->number || one.integration->number == sandbox->number);
  }
  EXPECT_EQ(queue_.stats().parked, 2U);
  EXPECT_EQ(queue_.stats().ready, 2U);
}

}  // namespace
}  // namespace fleethook::ingest
