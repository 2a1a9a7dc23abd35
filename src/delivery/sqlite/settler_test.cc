// The end of deliveries on one SQLite file: as one whatever fails, and what an earlier version left half done.
#include "delivery/sqlite/settler.h"

#include <atomic>
#include <cstring>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/random.h"
#include "queue/queue_for_tests.h"
#include "queue/sqlite/schema.h"
#include "sqlite/fault_vfs.h"
#include "sqlite/temporary_folder_for_tests.h"
#include "store/sqlite/migrations.h"

namespace fleethook::delivery {
namespace {

namespace waiting = queue::waiting;

// Both on one file, which may be on a disk that fails.
class Data {
 public:
  explicit Data(const char* vfs = nullptr) : vfs_(vfs) {
    log::configure(log::Format::kText, log::Level::kError);
    EXPECT_TRUE(open());
  }
  ~Data() { close(); }
  bool open() {
    auto database = sqlite::Database::open(path(), sqlite::OpenMode::kReadWriteCreate, vfs_);
    if (!database.ok() || !store::migrate_store(**database).ok() || !end_what_was_recorded(**database).ok() ||
        !queue::migrate_schema(**database).ok())
      return false;
    writer_ = std::make_unique<sqlite::GroupWriter>(std::move(database).value());
    auto store = store::SqliteStore::open(*writer_, path(), clock_, random_, {}, vfs_);
    if (store.ok()) store_ = std::move(store).value();
    auto queue = queue::SqliteQueue::open(*writer_, path(), clock_, vfs_);
    if (queue.ok()) queue_ = std::move(queue).value();
    if (store_ && queue_) settler_.emplace(*store_, *queue_);
    return settler_.has_value();
  }
  void close() {
    settler_.reset();
    queue_.reset();
    writer_.reset();
    store_.reset();
  }
  std::string path() const { return folder_ / "fleethook.db"; }
  queue::Queue& queue() { return *queue_; }
  store::Store& store() { return *store_; }
  Settler& settler() { return *settler_; }
  Balance balance() const { return settler_->balance(); }

  queue::Accepted accept(const std::string& host = "a.example") {
    queue::Accepted one;
    core::Event event;
    const std::uint64_t number = ++accepted_;
    std::memcpy(event.id.bytes.data(), &number, sizeof number);
    event.name = "e";
    one.event = std::make_shared<const core::Event>(event);
    auto integration = std::make_shared<core::Integration>();
    integration->number = core::IntegrationNumber{1};
    one.deliveries.push_back({integration, core::named_lane({"u:1", false, host, 80})});
    auto appended = waiting::append(*queue_, {one});
    return appended.ok() ? std::move(appended)->front() : queue::Accepted{};
  }
  static queue::DeliveryKey key_of(const queue::Accepted& accepted) {
    return {accepted.deliveries[0].lane->id, accepted.seq, core::IntegrationNumber{1}};
  }
  Settlement end_of(const std::vector<queue::Accepted>& events,
                    core::OutcomeKind kind = core::OutcomeKind::kSuccess) const {
    Settlement settlement;
    for (const queue::Accepted& one : events) {
      store::Outcome outcome;
      outcome.integration = core::IntegrationNumber{1};
      outcome.event = one.event->id;
      outcome.kind = kind;
      outcome.at = clock_.now();
      settlement.history.outcomes.push_back(outcome);
      settlement.over.push_back(key_of(one));
    }
    return settlement;
  }
  Result<void> settle(Settlement settlement) {
    std::promise<Result<void>> answer;
    settler_->settle(std::move(settlement), [&answer](Result<void> result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }

 private:
  const char* vfs_;
  TemporaryFolder folder_;
  queue::HandClock clock_;
  SeededRandom random_{1};
  std::atomic<std::uint64_t> accepted_{0};  // threads accept at once
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<sqlite::GroupWriter> writer_;
  std::unique_ptr<queue::SqliteQueue> queue_;
  std::optional<SqliteSettler> settler_;
};

TEST(SqliteSettler, EndsDeliveriesAndCountsThemThroughRestarts) {
  Data data;
  const auto one = data.accept(), two = data.accept(), three = data.accept();
  EXPECT_EQ(data.balance(), (Balance{3, {}, 3, 0}));
  ASSERT_TRUE(data.settle(data.end_of({one})).ok());
  ASSERT_TRUE(data.settle(data.end_of({two}, core::OutcomeKind::kCancelled)).ok());
  Settlement test;
  test.history.outcomes.emplace_back();
  test.history.outcomes.back().test = true;
  ASSERT_TRUE(data.settle(test).ok());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(data.balance(), (Balance{4, {2, 0, 0, 1}, 1, 0})) << "a test was made and ended at once";
    EXPECT_TRUE(data.balance().adds_up());
    data.close();
    ASSERT_TRUE(data.open());
  }
}

TEST(SqliteSettler, WhatIsGivenAgainChangesNothing) {
  Data data;
  const auto one = data.accept();
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(
        data.settle(data.end_of({one}, round == 0 ? core::OutcomeKind::kSuccess : core::OutcomeKind::kError)).ok());
    EXPECT_EQ(data.balance(), (Balance{1, {1, 0, 0, 0}, 0, 0}));
  }
}

// A delivery is recorded and waits no more, or neither: whichever operation of the disk fails.
TEST(SqliteSettler, EveryOperationMayFailOnceAndNothingIsEndedByHalf) {
  sqlite::FaultVfs vfs;
  Data data(vfs.name());
  std::uint64_t ended = 0;
  for (std::uint64_t n = 0; n < 60; ++n) {
    const auto one = data.accept(std::to_string(n % 3));
    vfs.fail_at(n % 20);
    bool ok = false;
    for (int tries = 0; tries < 3 && !ok; ++tries) {
      ok = data.settle(data.end_of({one})).ok();
      const Balance balance = data.balance();
      EXPECT_TRUE(balance.adds_up()) << "operation " << n;
      EXPECT_EQ(balance.ended.success, ended + (ok ? 1 : 0)) << "operation " << n;
    }
    EXPECT_TRUE(ok);
    ++ended;
    vfs.calm();
  }
}

TEST(SqliteSettler, WhereverTheMachineStopsEachDeliveryWaitsOrHasItsOutcome) {
  sqlite::FaultVfs vfs;
  Data data(vfs.name());
  for (std::uint64_t n = 0; n < 14; ++n) {
    const auto one = data.accept(), two = data.accept();
    vfs.crash_at(n);
    (void)data.settle(data.end_of({one})).ok();
    (void)data.settle(data.end_of({two})).ok();
    data.close();
    vfs.restart(n % 2 == 0 ? sqlite::Unsynced::kDropped : sqlite::Unsynced::kTrashed, n);
    ASSERT_TRUE(data.open()) << "operation " << n;
    const Balance balance = data.balance();
    EXPECT_TRUE(balance.adds_up()) << "operation " << n << ": " << balance.created << " made, " << balance.ended.all()
                                   << " ended, " << balance.waiting << " wait";
    EXPECT_EQ(balance.created, 2 * (n + 1));
  }
}

TEST(SqliteSettler, AddsUpAtEveryMomentWhileManySettle) {
  Data data;
  std::atomic<bool> over{false};
  std::thread looker([&] {
    while (!over) EXPECT_TRUE(data.balance().adds_up());
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&data, i] {
      for (int n = 0; n < 30; ++n) {
        const auto one = data.accept(std::to_string(i)), two = data.accept(std::to_string(i));
        EXPECT_TRUE(data.settle(data.end_of({one, two})).ok());
      }
    });
  }
  for (std::thread& one : threads) one.join();
  over = true;
  looker.join();
  EXPECT_EQ(data.balance(), (Balance{180, {180, 0, 0, 0}, 0, 0}));
}

// Before, recording and acknowledging were two transactions, and a kill could come between them.
TEST(SqliteSettler, EndsWhatAnEarlierVersionHadRecordedAndNotAcknowledged) {
  Data data;
  const auto one = data.accept(), two = data.accept();
  data.close();
  {
    auto database = sqlite::Database::open(data.path(), sqlite::OpenMode::kReadWriteCreate);
    ASSERT_TRUE(database.ok());
    const std::string record =
        "INSERT INTO outcome VALUES (" + std::to_string(one.seq.value) + ", 1, 0, 0, 200, 1, 1, 5, 5)";
    for (const char* sql : {"DROP TABLE event_digest",
                            "DROP TRIGGER moved_goes_with_integration",
                            "DROP TABLE moved",
                            "DROP TRIGGER outage_ends_with_integration",
                            "DROP TABLE outage",
                            "DROP INDEX exchange_of_event",
                            "DROP INDEX exchange_of_device",
                            "DROP INDEX exchange_of_integration",
                            "ALTER TABLE exchange DROP COLUMN error_class",
                            "ALTER TABLE exchange DROP COLUMN replay",
                            "DROP INDEX dead_letter_of_event",
                            "ALTER TABLE event DROP COLUMN created",
                            "ALTER TABLE event DROP COLUMN replay",
                            "ALTER TABLE event DROP COLUMN replayed_at",
                            "ALTER TABLE event_kept DROP COLUMN replay",
                            "ALTER TABLE event_kept DROP COLUMN replayed_at",
                            "DELETE FROM high_water WHERE name = 'created'",
                            "UPDATE schema_version SET version = 7 WHERE part = 'queue'",
                            "DROP TABLE ended",
                            "ALTER TABLE pause DROP COLUMN newest",
                            "ALTER TABLE dropped DROP COLUMN newest",
                            "DROP TABLE outcome",
                            "DROP TABLE replay",
                            "ALTER TABLE numbered_outcome RENAME TO outcome",
                            record.c_str(),
                            "ALTER TABLE dead_letter ADD COLUMN event INTEGER NOT NULL DEFAULT 0",
                            "UPDATE schema_version SET version = 18 WHERE part = 'store'"})
      ASSERT_TRUE((*database)->execute(sql).ok()) << sql;
  }
  ASSERT_TRUE(data.open());
  EXPECT_EQ(data.balance(), (Balance{1, {}, 1, 0})) << "counted from here on: what waits, and nothing that ended";
  ASSERT_TRUE(data.settle(data.end_of({two})).ok());
  EXPECT_EQ(data.balance(), (Balance{1, {1, 0, 0, 0}, 0, 0}));
}

}  // namespace
}  // namespace fleethook::delivery
