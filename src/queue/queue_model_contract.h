// Every Queue against a model of maps: random calls, the same answers, also after it was opened again. Include beside
// queue_contract.h; it adds to the same suite.
#pragma once
#include "base/random.h"
#include "queue/queue_contract.h"
#include "queue/queue_model_for_tests.h"

namespace fleethook::queue {

// Draws calls and makes each on both.
class ModelRun {
 public:
  ModelRun(QueueUnderTest& under_test, std::uint64_t seed) : under_test_(under_test), random_(seed) {}

  void step() {
    switch (below(14)) {
      case 0:
      case 1:
      case 2:
        return append();
      case 3:
      case 4:
        return ack();
      case 5:
      case 6:
        return retry();
      case 7:
        return compare_ready();
      case 8:
        return compare_retries();
      case 9:
        return compare_lanes();
      case 10:
        return prune();
      case 11:
        return release();
      case 12:
        return compare_waiting();
      case 13:
        compare_parked();
        return compare_found();
      default:
        return below(4) == 0 ? under_test_.reopen() : compare_stats();
    }
  }
  void compare_all() {
    compare_lanes();
    compare_stats();
    compare_waiting();
    for (const auto& [lane, key] : model_.lanes) {
      expect_ready(lane, {lane, {}, {}}, 100'000);
      expect_retries(lane, Moment::max(), 100'000);
    }
  }

 private:
  Queue& queue() { return under_test_.queue(); }
  std::uint64_t below(std::uint64_t end) { return random_.next() % end; }

  void append() {
    std::vector<Accepted> events;
    for (std::uint64_t n = below(5); n > 0; --n) {
      now_ += static_cast<std::int64_t>(below(20));
      core::Event event = event_named("event " + std::to_string(now_), now_);
      if (below(3) != 0) event.data = std::string(below(below(10) == 0 ? 20'000 : 200), 'd');
      event.id = core::EventId::make(at(now_), random_);
      event.product.value = below(3);
      std::vector<std::pair<std::string, std::uint64_t>> deliveries;
      for (std::uint64_t d = below(4); d > 0; --d)
        deliveries.emplace_back("host" + std::to_string(below(6)), 1 + below(4));
      events.push_back(accepted(std::move(event), std::move(deliveries)));
      const std::uint64_t held = below(2) == 0 ? below(32) : 0;
      for (NewDelivery& delivery : events.back().deliveries) {
        delivery.integration = made_in(delivery.integration->number.value);
        delivery.parked = ((held >> delivery.integration->number.value) & 1) != 0;
      }
    }
    events = waiting::append(queue(), std::move(events)).value();
    for (const Accepted& event : events) {
      EXPECT_LT(last_, event.seq);
      last_ = event.seq;
      model_.append(event);
    }
  }

  // Mostly one that waits, sometimes one that does not.
  DeliveryKey some_key() {
    if (model_.deliveries.empty() || below(8) == 0)
      return {{1 + below(6)}, {1 + below(last_.value + 1)}, {1 + below(4)}};
    const auto count = static_cast<std::uint64_t>(model_.deliveries.size());
    return std::next(model_.deliveries.begin(), static_cast<std::ptrdiff_t>(below(std::min<std::uint64_t>(count, 40))))
        ->first;
  }
  // Number 4 is of a sandbox: its placement has no product.
  static core::IntegrationPtr made_in(std::uint64_t number) {
    auto made = std::make_shared<core::Integration>();
    made->number.value = number;
    made->scope = number == 4 ? core::Scope::kSandbox : core::Scope::kOrganization;
    return made;
  }
  core::PlacementKey placement_of(const DeliveryKey& key) const {
    const auto event = model_.events.find(key.event);
    return core::placement_of(*made_in(key.integration.value),
                              event == model_.events.end() ? core::Event() : *event->second);
  }
  core::LaneId some_lane() { return {1 + below(7)}; }

  void ack() {
    std::vector<DeliveryKey> keys;
    for (std::uint64_t n = below(6); n > 0; --n) keys.push_back(some_key());
    for (const DeliveryKey& key : keys) model_.ack(key);
    EXPECT_TRUE(waiting::ack(queue(), keys).ok());
  }

  void retry() {
    std::vector<Retry> retries;
    for (std::uint64_t n = below(6); n > 0; --n) {
      const auto attempts = static_cast<std::uint32_t>(1 + below(9));
      retries.push_back({some_key(),
                         static_cast<std::uint32_t>(below(5)),
                         {attempts, attempts / 2, due_at(now_)},
                         due_at(static_cast<std::int64_t>(below(1000)))});
      if (below(3) == 0) retries.back().parked = placement_of(retries.back().key);
    }
    for (const Retry& one : retries) model_.retry(one);
    EXPECT_TRUE(waiting::retry(queue(), retries).ok());
  }

  void expect_same(const std::vector<Pending>& loaded, const std::vector<DeliveryKey>& expected) {
    ASSERT_EQ(loaded.size(), expected.size());
    for (std::size_t i = 0; i < loaded.size(); ++i) {
      ASSERT_EQ(loaded[i].key, expected[i]);
      const QueueModel::Delivery& delivery = model_.deliveries.at(expected[i]);
      EXPECT_EQ(loaded[i].version, delivery.version);
      EXPECT_EQ(loaded[i].progress, delivery.progress);
      EXPECT_EQ(loaded[i].due, delivery.due);
      EXPECT_EQ(loaded[i].product, delivery.product);
      EXPECT_EQ(*loaded[i].event, *model_.events.at(expected[i].event));
    }
  }
  void expect_ready(core::LaneId lane, DeliveryKey after, std::size_t limit) {
    expect_same(waiting::load_ready(queue(), lane, after.event, after.integration, limit).value(),
                model_.ready(lane, after, limit));
  }
  void expect_retries(core::LaneId lane, Moment until, std::size_t limit) {
    expect_same(waiting::load_retries(queue(), lane, until, limit).value(), model_.retries(lane, until, limit));
  }
  // In portions, from the beginning to the end.
  void compare_found() {
    const core::LaneId lane = some_lane();
    std::vector<core::IntegrationNumber> of{{1 + below(2)}, {3 + below(3)}};
    std::vector<Pending> all;
    SearchPlace place;
    for (bool more = true; more;) {
      const Found found = waiting::find(queue(), lane, place, of, 1 + below(4)).value();
      all.insert(all.end(), found.deliveries.begin(), found.deliveries.end());
      place = found.upto;
      more = !found.all;
    }
    expect_same(all, model_.found(lane, of));
  }
  void compare_parked() {
    const core::PlacementKey placement{{1 + below(4)}, {below(3)}};
    std::vector<Pending> all;
    for (bool more = true; more;) {
      const DeliveryKey after = all.empty() ? DeliveryKey() : all.back().key;
      const auto loaded = waiting::load_parked(queue(), placement, after.event, after.lane, 3).value();
      all.insert(all.end(), loaded.begin(), loaded.end());
      more = loaded.size() == 3;
    }
    expect_same(all, model_.parked(placement));
  }
  void compare_ready() {
    const core::LaneId lane = some_lane();
    expect_ready(lane, {lane, {below(last_.value + 1)}, {below(5)}}, below(10));
  }
  void compare_retries() { expect_retries(some_lane(), due_at(static_cast<std::int64_t>(below(1000))), below(10)); }
  void compare_lanes() {
    std::map<core::LaneId, std::pair<bool, std::optional<Moment>>> found;
    const std::vector<LaneState> lanes = queue().lanes().value();
    for (const LaneState& lane : lanes) {
      found[lane.id] = {lane.has_ready, lane.next_due()};
      EXPECT_EQ(lane.key, model_.lanes.at(lane.id));
    }
    EXPECT_EQ(found, model_.lane_states());
  }
  void compare_stats() {
    const QueueStats found = queue().stats();
    const QueueStats expected = model_.stats();
    EXPECT_EQ(found.events, expected.events);
    EXPECT_EQ(found.ready, expected.ready);
    EXPECT_EQ(found.retries, expected.retries);
    EXPECT_EQ(found.parked, expected.parked);
  }
  void compare_waiting() { EXPECT_EQ(queue().waiting(), model_.waiting()); }
  void release() {
    const core::PlacementKey placement{{1 + below(4)}, {below(3)}};
    const std::size_t limit = below(10);
    Heard heard(queue());
    const Released released = waiting::release(queue(), placement, limit).value();
    EXPECT_EQ(released.deliveries, model_.release(placement, limit));
    const std::vector<LaneState> back = heard.lanes_back();
    EXPECT_EQ(back.empty(), released.deliveries == 0);
    for (const LaneState& lane : back) EXPECT_EQ(lane.key, model_.lanes.at(lane.id));
    EXPECT_EQ(released.more, released.deliveries > 0 && released.deliveries == limit);
    compare_waiting();
  }
  void prune() {
    const Instant before = at(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(now_) + 1)));
    model_.prune(before);
    EXPECT_TRUE(waiting::prune(queue(), before).ok());
    compare_stats();
  }

  QueueUnderTest& under_test_;
  SeededRandom random_;
  QueueModel model_;
  std::int64_t now_ = 1;
  core::EventSeq last_;
};

TEST_P(QueueContract, DoesWhatAModelOfMapsDoes) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto under_test = GetParam().make();
    ModelRun run(*under_test, seed);
    for (int i = 0; i < 250 && !testing::Test::HasFailure(); ++i) run.step();
    run.compare_all();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace fleethook::queue
