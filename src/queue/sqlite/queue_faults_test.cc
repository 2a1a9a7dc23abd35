// The queue on a disk that fails, and after machines that stop. What was confirmed is there; what was refused is not
// there by half.
#include <thread>

#include <gtest/gtest.h>

#include "base/random.h"
#include "queue/queue_for_tests.h"
#include "queue/queue_model_for_tests.h"
#include "queue/sqlite/queue_file_for_tests.h"

namespace fleethook::queue {
namespace {

// All that the queue holds, read through its interface.
QueueModel everything(Queue& queue) {
  QueueModel found;
  const auto add = [&found](const std::vector<Pending>& loaded) {
    for (const Pending& one : loaded) {
      EXPECT_TRUE(
          found.deliveries
              .emplace(one.key, QueueModel::Delivery{one.version, one.progress, one.due, std::nullopt, one.product})
              .second);
      found.events[one.key.event] = one.event;
    }
  };
  const std::vector<LaneState> lanes = queue.lanes().value();
  for (const LaneState& lane : lanes) {
    found.lanes[lane.id] = lane.key;
    add(waiting::load_ready(queue, lane.id).value());
    add(waiting::load_retries(queue, lane.id).value());
  }
  return found;
}

// "" when they are the same. What is parked is compared by number, and seen in whole when it comes back.
std::string difference(Queue& queue, const QueueModel& all) {
  if (queue.waiting() != all.waiting()) return "not as many wait";
  QueueModel expected = all;
  std::erase_if(expected.deliveries, [](const auto& one) { return one.second.parked.has_value(); });
  const QueueModel found = everything(queue);
  if (queue.stats().events != expected.events.size()) {
    return std::to_string(queue.stats().events) + " events, not " + std::to_string(expected.events.size());
  }
  if (found.deliveries.size() != expected.deliveries.size()) {
    return std::to_string(found.deliveries.size()) + " deliveries, not " + std::to_string(expected.deliveries.size());
  }
  for (const auto& [key, delivery] : expected.deliveries) {
    const std::string name = "delivery of event " + std::to_string(key.event.value);
    const auto there = found.deliveries.find(key);
    if (there == found.deliveries.end()) return "no " + name;
    if (there->second != delivery) return name + " has another state";
    if (*found.events.at(key.event) != *expected.events.at(key.event)) return name + " has another event";
    if (found.lanes.at(key.lane) != expected.lanes.at(key.lane)) return name + " goes elsewhere";
  }
  return "";
}

// Calls one after the other; a call that succeeds is made on the model too.
class Caller {
 public:
  Caller(QueueFile& file, std::uint64_t seed) : file_(file), random_(seed) {}

  // False if it was refused; then `undecided` is the state it would have led to, and `half` one on the way.
  bool call() {
    undecided = half = model;
    switch (random_.next() % 7) {
      case 0:
      case 1:
        return append();
      case 2:
        return ack();
      case 3:
        return retry();
      case 4:
        return park();
      case 5:
        return release();
      default:
        return prune();
    }
  }
  bool append() {
    undecided = model;
    std::vector<Accepted> events;
    for (std::uint64_t n = 1 + random_.next() % 3; n > 0; --n) {
      core::Event event = event_named("e", ++now_);
      event.data = std::string(random_.next() % 9000, static_cast<char>('a' + random_.next() % 26));
      const std::string host = std::to_string(random_.next() % 5);
      events.push_back(accepted(std::move(event), {{host, 1}, {host + "x", 2}, {host, 3}}));
      events.back().deliveries[2].parked = random_.next() % 2 == 0;
    }
    std::uint64_t seq = file_.queue().stats().last.value;
    for (Accepted event : events) {
      event.seq.value = ++seq;
      undecided.append(event);
    }
    const auto appended = waiting::append(file_.queue(), std::move(events));
    return settle(appended.ok() ? Result<void>() : appended.error());
  }
  bool ack() {
    undecided = model;
    const auto keys = some_keys();
    for (const DeliveryKey& key : keys) undecided.ack(key);
    return settle(waiting::ack(file_.queue(), keys));
  }
  bool retry() {
    undecided = model;
    std::vector<Retry> retries;
    for (const DeliveryKey& key : some_keys()) retries.push_back({key, 2, {3, 2, due_at(++now_)}, due_at(++now_)});
    for (const Retry& one : retries) undecided.retry(one);
    return settle(waiting::retry(file_.queue(), retries));
  }
  bool park() {
    undecided = model;
    std::vector<Retry> parks;
    for (const DeliveryKey& key : some_keys())
      parks.push_back({key, 2, {3, 2, due_at(++now_)}, due_at(++now_), placement(key)});
    for (const Retry& one : parks) undecided.retry(one);
    return settle(waiting::retry(file_.queue(), parks));
  }
  bool release() {
    undecided = model;
    const core::PlacementKey of{{1 + random_.next() % 3}, {}};
    const std::size_t limit = 1 + random_.next() % 10;
    undecided.release(of, limit);
    const auto released = waiting::release(file_.queue(), of, limit);
    return settle(released.ok() ? Result<void>() : Result<void>(released.error()));
  }
  bool prune() {
    undecided = model;
    const Instant before = at(now_ - static_cast<std::int64_t>(random_.next() % 10));
    half = model;
    half.prune_kept();
    undecided.prune(before);
    return settle(waiting::prune(file_.queue(), before));
  }

  // Pruning is two transactions, and all else is one.
  QueueModel model, half, undecided;

 private:
  bool settle(const Result<void>& result) {
    if (!result.ok()) {
      EXPECT_EQ(result.error().fault, Fault::kUnavailable) << result.error().message;
      return false;
    }
    model = undecided;
    return true;
  }
  static core::PlacementKey placement(const DeliveryKey& key) { return {key.integration, {}}; }
  std::vector<DeliveryKey> some_keys() {
    std::vector<DeliveryKey> keys;
    for (const auto& [key, delivery] : model.deliveries) {
      if (random_.next() % 3 == 0) keys.push_back(key);
    }
    return keys;
  }

  QueueFile& file_;
  SeededRandom random_;
  std::int64_t now_ = 0;
};

TEST(QueueFaults, EveryOperationMayFailOnceAndNothingIsLostOrHalfDone) {
  std::uint64_t refused = 0;
  bool fired = true;
  for (std::uint64_t n = 0; fired; ++n) {
    SCOPED_TRACE("operation " + std::to_string(n));
    QueueFile file;
    Caller caller(file, 1);
    ASSERT_TRUE(caller.append());
    file.vfs().fail_at(n);
    for (int i = 0; i < 3; ++i) {
      if (!caller.append()) ++refused;
      if (!caller.retry()) ++refused;
      if (!caller.ack()) ++refused;
      if (!caller.park()) ++refused;
      if (!caller.release()) ++refused;
      if (!caller.prune()) {
        ++refused;
        if (difference(file.queue(), caller.model) != "") caller.model = caller.half;
      }
    }
    fired = file.vfs().fired();
    file.vfs().calm();
    ASSERT_EQ(difference(file.queue(), caller.model), "");
    ASSERT_TRUE(caller.append()) << "works again";
    ASSERT_EQ(difference(file.queue(), caller.model), "");
    file.reopen();
    ASSERT_EQ(difference(file.queue(), caller.model), "");
  }
  EXPECT_GT(refused, 10u);
}

TEST(QueueFaults, OpeningMayFailAtEveryOperationAndThenSucceeds) {
  QueueFile file;
  Caller caller(file, 1);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(caller.call());
  std::uint64_t refused = 0;
  bool fired = true;
  for (std::uint64_t n = 0; fired; ++n) {
    file.close();
    file.vfs().fail_at(n);
    if (!file.open().ok()) ++refused;
    fired = file.vfs().fired();
    file.vfs().calm();
    file.reopen();
    ASSERT_EQ(difference(file.queue(), caller.model), "") << n;
  }
  EXPECT_GT(refused, 5u);
}

class QueueCrash : public testing::TestWithParam<sqlite::Unsynced> {};

TEST_P(QueueCrash, KeepsWhatWasConfirmedWhereverTheMachineStops) {
  std::uint64_t took_effect = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    QueueFile file;
    Caller caller(file, seed);
    SeededRandom random(seed);
    for (int crash = 0; crash < 5; ++crash) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", crash " + std::to_string(crash));
      file.vfs().crash_at(random.next() % 150);
      int calls = 0;
      while (caller.call() && calls < 100) ++calls;
      file.close();
      file.vfs().restart(GetParam(), random.next());
      ASSERT_TRUE(file.open().ok());
      // The call that was under way may have reached the disk; then as a whole.
      if (difference(file.queue(), caller.half) == "") caller.model = caller.half;
      const std::string without = difference(file.queue(), caller.model);
      const std::string with = difference(file.queue(), caller.undecided);
      ASSERT_TRUE(without.empty() || with.empty()) << "without the last call: " << without << "; with it: " << with;
      if (!without.empty()) ++took_effect;
      if (!without.empty()) caller.model = caller.undecided;
      ASSERT_TRUE(caller.append());
    }
  }
  if (GetParam() == sqlite::Unsynced::kDropped) {
    EXPECT_LT(took_effect, 7u) << "little of a call comes after its sync";
  }
}

std::string name_of(const testing::TestParamInfo<sqlite::Unsynced>& unsynced) {
  const char* names[] = {"Kept", "Dropped", "Trashed"};
  return names[static_cast<int>(unsynced.param)];
}
INSTANTIATE_TEST_SUITE_P(Unsynced,
                         QueueCrash,
                         testing::Values(sqlite::Unsynced::kKept,
                                         sqlite::Unsynced::kDropped,
                                         sqlite::Unsynced::kTrashed),
                         name_of);

TEST_P(QueueCrash, KeepsWhatManyPublishersWereTold) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    QueueFile file;
    SeededRandom random(seed);
    file.vfs().crash_at(50 + random.next() % 400);
    std::mutex mutex;
    std::map<core::EventSeq, core::EventPtr> told;
    std::vector<std::thread> publishers;
    for (int t = 0; t < 3; ++t) {
      publishers.emplace_back([&, t] {
        for (int i = 0; i < 400; ++i) {
          auto result =
              waiting::append(file.queue(), {accepted(event_named(std::to_string(t * 1000 + i)), {{"a.com", 1}})});
          if (!result.ok()) return;
          const std::lock_guard lock(mutex);
          told[result->front().seq] = result->front().event;
        }
      });
    }
    for (auto& publisher : publishers) publisher.join();
    file.close();
    file.vfs().restart(GetParam(), random.next());
    ASSERT_TRUE(file.open().ok());
    const QueueModel found = everything(file.queue());
    for (const auto& [seq, event] : told) {
      ASSERT_TRUE(found.events.contains(seq)) << seq.value;
      EXPECT_EQ(*found.events.at(seq), *event);
    }
    EXPECT_LE(found.events.size(), told.size() + 3) << "at most what was under way";
  }
}

}  // namespace
}  // namespace fleethook::queue
