#include "delivery/recorder.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "testing/sim_settler.h"

namespace fleethook::delivery {
namespace {

class RecorderTest : public ::testing::Test, public Recorder::Listener {
 protected:
  RecorderTest() {
    log::configure(log::Format::kText, log::Level::kError);
    store.on_outcome = [this](const store::Outcome& one, bool) { recorded.push_back(one.event.bytes[15]); };
    // So many deliveries wait in the queue.
    std::vector<queue::Accepted> events(kEvents);
    for (queue::Accepted& one : events) {
      one.event = std::make_shared<core::Event>();
      auto integration = std::make_shared<core::Integration>();
      integration->number = core::IntegrationNumber{1};
      one.deliveries.push_back({integration, core::named_lane(lane)});
    }
    queue.append(std::move(events), [](const Result<queue::Batch>& result) { EXPECT_TRUE(result.ok()); });
    run();
  }
  ~RecorderTest() override {
    disk.faults = {};
    drain(Deadline::never());
    EXPECT_TRUE(drained);
  }
  static constexpr std::size_t kEvents = 50;

  static inline const core::LaneKey lane{"u:1", false, "a.example", 80};
  static queue::DeliveryKey key(std::uint64_t event) {
    return {core::lane_id(lane), core::EventSeq{event}, core::IntegrationNumber{1}};
  }
  bool on_disk(std::uint64_t event) const {
    return queue.ready().contains(key(event)) || queue.retries().contains(key(event));
  }
  void finish(std::uint64_t event, bool tried_before = false) {
    store::Outcome outcome;
    outcome.integration = core::IntegrationNumber{1};
    outcome.event.bytes[15] = static_cast<std::uint8_t>(event);
    recorder.finish(key(event), outcome, tried_before);
  }
  void retry(std::uint64_t event, std::uint32_t attempts) {
    recorder.retry({key(event), 1, {attempts, attempts, {}}, queue.timeline().now()});
  }
  void run(Duration span = std::chrono::seconds(30)) { sim.run_until(sim.steady() + span); }
  void drain(Deadline deadline) {
    if (drained) return;
    recorder.drain(deadline, [this] { drained = true; });
    run();
  }

  void acknowledged(const queue::DeliveryKey& one) override { acks.push_back(one.event.value); }
  void retry_kept(const queue::Retry& one) override { kept.push_back(one.key.event.value); }
  void has_room_again() override { ++rooms; }

  testing::Sim sim{1};
  testing::SimDisk disk{sim};
  testing::SimQueue queue{sim, disk};
  testing::SimStore store{sim, sim.random(), disk};
  testing::SimSettler settler{disk, store, queue};
  testing::SimLoop loop{sim};
  Limits limits;
  Gate gate;
  Recorder recorder{loop, settler, queue, limits, gate, *this};
  std::vector<std::uint64_t> recorded, acks, kept;
  int rooms = 0;
  bool drained = false;
};

TEST_F(RecorderTest, RecordsAndAcknowledgesAsOne) {
  settler.on_settled = [this] { EXPECT_TRUE(settler.balance().adds_up()); };
  finish(1);
  finish(2, true);
  run();
  EXPECT_EQ(recorded, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_FALSE(on_disk(1));
  EXPECT_FALSE(on_disk(2));
  EXPECT_EQ(acks, std::vector<std::uint64_t>{2}) << "only those tried before are told";
}

TEST_F(RecorderTest, WhatGathersDuringOneCommitIsOneBatch) {
  finish(1);
  while (disk.operations() < 2) sim.step();  // the first is under way
  for (std::uint64_t i = 2; i <= 20; ++i) finish(i);
  run();
  EXPECT_EQ(recorded.size(), 20U);
  EXPECT_LE(disk.operations(), 1U + 2U) << "two settlements, after the append";
}

TEST_F(RecorderTest, KeepsWhatCannotBeWrittenAndTriesAgain) {
  disk.faults.broken = true;
  finish(1);
  retry(2, 1);
  run();
  EXPECT_TRUE(recorded.empty());
  EXPECT_TRUE(on_disk(1));
  disk.faults.broken = false;
  run();
  EXPECT_EQ(recorded, std::vector<std::uint64_t>{1});
  EXPECT_FALSE(on_disk(1));
  EXPECT_EQ(queue.retries().at(key(2)).progress.attempts, 1U);
  EXPECT_EQ(kept, std::vector<std::uint64_t>{2});
}

TEST_F(RecorderTest, ARetryThatCouldNotBeWrittenDoesNotComeAfterTheAcknowledgement) {
  disk.faults.fail_operation = disk.operations();
  retry(1, 1);
  finish(1, true);
  run();
  EXPECT_FALSE(on_disk(1));
  EXPECT_EQ(recorded, std::vector<std::uint64_t>{1});
}

TEST_F(RecorderTest, TheNewerOfTwoRetriesStays) {
  disk.faults.fail_operation = disk.operations();
  retry(1, 1);
  while (!disk.fired()) sim.step();
  retry(1, 2);
  run();
  EXPECT_EQ(queue.retries().at(key(1)).progress.attempts, 2U);
}

TEST_F(RecorderTest, HasNoRoomWhenTooMuchWaitsAndSaysWhenThereIsAgain) {
  limits.results_waiting_max = 10;
  disk.faults.broken = true;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    EXPECT_TRUE(recorder.has_room());
    finish(i);
  }
  EXPECT_FALSE(recorder.has_room());
  run();
  EXPECT_FALSE(recorder.has_room());
  EXPECT_EQ(rooms, 0);
  disk.faults.broken = false;
  run();
  EXPECT_TRUE(recorder.has_room());
  EXPECT_EQ(rooms, 1);
}

TEST_F(RecorderTest, DrainsWhatIsThere) {
  finish(1);
  retry(2, 1);
  drain(Deadline::never());
  EXPECT_TRUE(drained);
  EXPECT_EQ(recorded.size(), 1U);
  EXPECT_FALSE(on_disk(1));
  EXPECT_EQ(gate.inside(), 0U);
}

// Found as a stop that hung: time stood still, and what had just gathered waited for more.
TEST_F(RecorderTest, DrainingDoesNotWaitForMoreToGather) {
  disk.faults.commit_min = disk.faults.commit_max = std::chrono::microseconds(100);
  finish(1);
  recorder.drain(Deadline::never(), [this] { drained = true; });
  run(std::chrono::milliseconds(3));
  EXPECT_TRUE(drained);
  EXPECT_EQ(recorded.size(), 1U);
}

TEST_F(RecorderTest, GivesUpAtTheDeadlineAndTheQueueStillHasIt) {
  disk.faults.broken = true;
  finish(1);
  drain(Deadline::after(sim, std::chrono::seconds(3)));
  EXPECT_TRUE(drained);
  EXPECT_TRUE(on_disk(1));
}

// For n = 0, 1, 2, ...: the nth write fails. All outcomes are recorded once, all deliveries end, in the right order.
TEST_F(RecorderTest, EveryWriteFailingOnceLosesNothing) {
  std::uint64_t event = 1;
  for (std::uint64_t n = 0; event + 3 < kEvents; ++n) {
    disk.faults.fail_operation = disk.operations() + n;
    const bool fired_before = disk.fired();
    retry(event, 1);
    finish(event + 1);
    retry(event + 2, 1);
    run(std::chrono::milliseconds(1));
    finish(event + 2, true);
    retry(event, 2);
    run();
    EXPECT_EQ(std::count(recorded.begin(), recorded.end(), event + 1), 1);
    EXPECT_EQ(std::count(recorded.begin(), recorded.end(), event + 2), 1);
    EXPECT_FALSE(on_disk(event + 1));
    EXPECT_FALSE(on_disk(event + 2));
    EXPECT_EQ(queue.retries().at(key(event)).progress.attempts, 2U) << "operation " << n;
    event += 3;
    if (n > 0 && !fired_before && !disk.fired()) break;
  }
  EXPECT_TRUE(disk.fired());
}

}  // namespace
}  // namespace fleethook::delivery
