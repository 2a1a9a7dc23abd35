#include <future>
#include <memory>

#include <gtest/gtest.h>

#include "queue/queue_contract.h"
#include "queue/queue_model_contract.h"
#include "queue/queue_parked_contract.h"
#include "queue/queue_search_contract.h"
#include "queue/sqlite/lane_prune.h"
#include "queue/sqlite/queue_file_for_tests.h"
#include "queue/sqlite/schema.h"
#include "queue/sqlite/sqlite_queue.h"

namespace fleethook::queue {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite,
                         QueueContract,
                         testing::Values(QueueBackend{"sqlite", [] { return std::make_unique<QueueFile>(); }}),
                         name_of_backend);

// What the newest steps of the schema added: a file goes back behind them.
#define FLEETHOOK_UNDO_REPLAYS                                                        \
  "DROP TABLE event_digest; "                                                         \
  "ALTER TABLE event DROP COLUMN replay; ALTER TABLE event DROP COLUMN replayed_at; " \
  "ALTER TABLE event_kept DROP COLUMN replay; ALTER TABLE event_kept DROP COLUMN replayed_at; "

TEST(SqliteQueue, SaysWhenTheFolderWasWrittenByANewerBinary) {
  const TemporaryFolder folder;
  auto database = sqlite::Database::open(folder / "q.db", sqlite::OpenMode::kReadWriteCreate).value();
  ASSERT_TRUE(migrate_schema(*database).ok());
  ASSERT_TRUE(database->execute("UPDATE schema_version SET version = 99 WHERE part = 'queue'").ok());
  const auto result = migrate_schema(*database);
  EXPECT_EQ(result.error().fault, Fault::kUnavailable);
  EXPECT_NE(result.error().message.find("written by a newer Fleethook (queue schema 99"), std::string::npos);
}

TEST(SqliteQueue, SaysWhenItsTablesAreMissing) {
  const TemporaryFolder folder;
  sqlite::GroupWriter writer(sqlite::Database::open(folder / "q.db", sqlite::OpenMode::kReadWriteCreate).value());
  const auto result = SqliteQueue::open(writer, folder / "q.db", SystemClock());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().fault, Fault::kCorrupt);
  EXPECT_EQ(result.error().message, "database: no such table: event");
}

TEST(SqliteQueue, SaysWhenItsFileCannotBeRead) {
  const TemporaryFolder folder;
  sqlite::GroupWriter writer(sqlite::Database::open(folder / "q.db", sqlite::OpenMode::kReadWriteCreate).value());
  const auto result = SqliteQueue::open(writer, folder / "other.db", SystemClock());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "cannot open " + (folder / "other.db") + ": No such file or directory");
}

TEST(SqliteQueue, ALockedFileIsUnavailableForEveryPublisherAndThenWorksAgain) {
  QueueFile file;
  auto other = sqlite::Database::open(file.path(), sqlite::OpenMode::kReadWriteCreate).value();
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE").ok());
  for (int i = 0; i < 3; ++i) {
    const auto refused = waiting::append(file.queue(), {accepted(event_named("e"), {{"a.com", 1}})});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
  }
  EXPECT_EQ(file.queue().trouble(), "database: database is locked");
  EXPECT_EQ(file.queue().stats().ready, 0u);
  ASSERT_TRUE(other->execute("ROLLBACK").ok());
  const Accepted one = waiting::append(file.queue(), {accepted(event_named("e"), {{"a.com", 1}})}).value().front();
  EXPECT_EQ(one.seq, core::EventSeq{1}) << "failed groups leave no gaps";
  EXPECT_EQ(waiting::load_ready(file.queue(), one.deliveries[0].lane->id).value().size(), 1u);
  EXPECT_EQ(file.queue().trouble(), "");
}

// A publisher would not try again after a conflict, and none of his making is there.
TEST(SqliteQueue, ANumberThatAnotherProcessHasTakenIsUnavailableAndNoConflict) {
  QueueFile file;
  const Accepted one = waiting::append(file.queue(), {accepted(event_named("e"), {{"a.com", 1}})}).value().front();
  auto other = sqlite::Database::open(file.path(), sqlite::OpenMode::kReadWriteCreate).value();
  ASSERT_TRUE(other->execute("UPDATE event SET seq = seq + 1").ok());
  const auto refused = waiting::append(file.queue(), {accepted(event_named("e"), {{"a.com", 1}})});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
  EXPECT_NE(refused.error().message.find("another process"), std::string::npos) << refused.error().message;
}

// Damage to the table of events holds up publishing, and nothing else, though all of it is written together.
TEST(SqliteQueue, WhatFailsAloneHoldsUpNobodyAndNumbersGoOnWithoutGaps) {
  QueueFile file;
  const Accepted one = waiting::append(file.queue(), {accepted(event_named("e"), {{"a.com", 1}})}).value().front();
  auto other = sqlite::Database::open(file.path(), sqlite::OpenMode::kReadWriteCreate).value();
  ASSERT_TRUE(other->execute("ALTER TABLE event RENAME TO lost").ok());
  EXPECT_FALSE(waiting::append(file.queue(), {accepted(event_named("e"), {{"b.com", 1}})}).ok());
  // From now on they are apart, whatever group they are in.
  std::vector<std::future<bool>> answers;
  for (int i = 0; i < 20; ++i) {
    auto told = std::make_shared<std::promise<bool>>();
    answers.push_back(told->get_future());
    if (i % 2 == 0) {
      file.queue().append({accepted(event_named("e"), {{"c" + std::to_string(i) + ".com", 1}})},
                          [told](const Result<Batch>& result) { told->set_value(!result.ok()); });
    } else {
      file.queue().retry({{key_of(one), 1, {1, 1, due_at(1)}, due_at(2)}},
                         [told](Result<void> result) { told->set_value(result.ok()); });
    }
  }
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
  ASSERT_TRUE(other->execute("ALTER TABLE lost RENAME TO event").ok());
  const Accepted two = waiting::append(file.queue(), {accepted(event_named("e"), {{"b.com", 1}})}).value().front();
  EXPECT_EQ(two.seq.value, one.seq.value + 1);
  EXPECT_EQ(waiting::load_ready(file.queue(), two.deliveries[0].lane->id).value().size(), 1u);
  EXPECT_EQ(file.queue().stats().ready, 1u);
  EXPECT_EQ(file.queue().stats().retries, 1u);
}

TEST(SqliteQueue, AFullDiskLosesNothingAndAppendsWorkAgainOnceThereIsRoom) {
  QueueFile file;
  const Accepted before =
      waiting::append(file.queue(), {accepted(event_named("before"), {{"a.com", 1}})}).value().front();
  file.vfs().fill_disk();
  for (int i = 0; i < 5; ++i) {
    const auto refused = waiting::append(file.queue(), {accepted(event_named("e"), {{"new" + std::to_string(i), 1}})});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
    EXPECT_FALSE(waiting::ack(file.queue(), {key_of(before)}).ok());
  }
  EXPECT_EQ(waiting::load_ready(file.queue(), key_of(before).lane).value().size(), 1u);
  EXPECT_EQ(file.queue().stats().ready, 1u);
  file.vfs().calm();
  const Accepted after = waiting::append(file.queue(), {accepted(event_named("e"), {{"new0", 1}})}).value().front();
  EXPECT_EQ(waiting::load_ready(file.queue(), key_of(after).lane).value().size(), 1u);
  EXPECT_EQ(file.queue().lanes().value().size(), 2u);
}

TEST(SqliteQueue, OneDeliveryNamedTwiceIsOne) {
  QueueFile file;
  const Accepted one =
      waiting::append(file.queue(), {accepted(event_named("e"), {{"a.com", 1}, {"a.com", 1}})}).value().front();
  EXPECT_EQ(file.queue().stats().ready, 1u);
  ASSERT_TRUE(waiting::ack(file.queue(), {key_of(one)}).ok());
  EXPECT_EQ(file.queue().stats().ready, 0u);
}

TEST(SqliteQueue, PruningKeepsTheEventsOfDeliveriesThatMoveMeanwhile) {
  QueueFile file;
  std::vector<Accepted> events;
  for (int i = 0; i < 4000; ++i) {
    events.push_back(accepted(event_named("e", i), {{"host" + std::to_string(i % 40), 1}}));
    events.back().deliveries[0].parked = i % 2 == 0;
  }
  events = waiting::append(file.queue(), std::move(events)).value();
  std::promise<void> pruned;
  file.queue().prune({{UINT64_MAX}, at(1'000'000)}, 0, [&pruned](const Result<void>& result) {
    EXPECT_TRUE(result.ok());
    pruned.set_value();
  });
  for (std::size_t i = 1; i < events.size(); i += 2) {  // from `ready` to `retry`, while the others leave `parked`
    file.queue().retry({{key_of(events[i]), 1, {1, 1, due_at(1)}, due_at(9)}}, [](const Result<void>&) {});
    if (i % 40 == 1) file.queue().release({{1}, {}}, 20, [](const Result<Released>&) {});
  }
  pruned.get_future().get();
  ASSERT_TRUE(waiting::release(file.queue(), {{1}, {}}, 4000).ok());
  ASSERT_TRUE(waiting::prune(file.queue(), at(1'000'000), 0).ok());
  std::size_t found = 0;
  for (int lane = 0; lane < 40; ++lane) {
    const auto retries = waiting::load_retries(file.queue(), key_of(events[static_cast<std::size_t>(lane)]).lane);
    for (const Pending& one : retries.value()) {
      EXPECT_TRUE(one.event->name == "e");
      ++found;
    }
  }
  EXPECT_EQ(found, 4000u);
  EXPECT_EQ(file.queue().stats().events, 4000u);
}

TEST(SqliteQueue, EventsAreFoundByTheirIdsHoweverTheClockWasSet) {
  QueueFile file;
  SeededRandom random(1);
  std::vector<core::EventId> ids;
  const auto publish = [&](int events) {
    for (int i = 0; i < events; ++i) {
      core::Event event = event_named("e");
      event.published_at = file.clock.now();
      event.id = core::EventId::make(file.clock.now(), random);
      ids.push_back(event.id);
      ASSERT_TRUE(waiting::append(file.queue(), {accepted(std::move(event))}).ok());
      file.clock.advance(std::chrono::milliseconds(300));
      if (i % 3 == 0) file.sqlite_queue().keep_time();
    }
  };
  const auto expect_all = [&](const char* when) {
    for (const core::EventId& id : ids) EXPECT_EQ(file.queue().event(id).value().event->id, id) << when;
    EXPECT_EQ(file.queue().event(core::EventId::make(file.clock.now(), random)).error().fault, Fault::kNotFound);
  };
  publish(100);
  for (const auto hours : {-24, 96, 1}) {  // within a second
    file.clock.step(std::chrono::hours(hours));
    publish(1);
  }
  publish(10);
  expect_all("set twice in one second");
  for (const auto hours : {-24, 96, -24 * 365 * 56, 24 * 365 * 56 - 72, 1}) {
    file.clock.step(std::chrono::hours(hours));
    publish(2);
    expect_all("at once");
    publish(100);
    expect_all("later");
    file.reopen();
    expect_all("after a restart");
  }
}

TEST(SqliteQueue, TimeGoesOnFromRunToRunWhateverTheClockShows) {
  QueueFile file;
  file.uptime = {"boot", std::chrono::seconds(100)};
  file.reopen();
  const Moment began = file.queue().timeline().sure();
  waiting::append(file.queue(), {accepted(event_named("e"), {{"a.com", 1}})}).value();
  for (int i = 0; i < 60; ++i) {
    file.clock.advance(std::chrono::seconds(1));
    file.sqlite_queue().keep_time();
    ASSERT_TRUE(file.writer().run_and_wait([](sqlite::Database&) { return Result<void>(); }).ok());
  }
  EXPECT_EQ(file.queue().timeline().accepted({1}, Instant()), began + Timeline::kMarkEvery);
  const auto open_again = [&file](Duration set_by, const Uptime& uptime) {
    file.close();
    file.clock.step(set_by);
    file.uptime = uptime;
    ASSERT_TRUE(file.open().ok());
  };
  open_again(std::chrono::hours(96), {"boot", std::chrono::seconds(190)});
  EXPECT_EQ(file.queue().timeline().now(), began + std::chrono::seconds(90)) << "the time off is known exactly";
  EXPECT_EQ(file.queue().timeline().accepted({1}, Instant()), began + Timeline::kMarkEvery);

  open_again(std::chrono::hours(-48), {"another boot", std::chrono::seconds(5)});
  EXPECT_EQ(file.queue().timeline().now(), began + std::chrono::seconds(90)) << "never backwards";
  open_again(std::chrono::hours(48), {"a third", std::chrono::seconds(5)});
  EXPECT_EQ(file.queue().timeline().sure(), began + std::chrono::seconds(90));
  EXPECT_EQ(file.queue().timeline().now(), began + std::chrono::seconds(90) + Timeline::kGuessMax);
}

TEST(SqliteQueue, WritesTheTimeDownSeldomWhenNothingHappens) {
  QueueFile file;
  const auto commits_in = [&](int seconds) {
    const auto before = file.writer().stats().commits;
    for (int i = 0; i < seconds; ++i) {
      file.clock.advance(std::chrono::seconds(1));
      file.sqlite_queue().keep_time();
      (void)file.writer().run_and_wait([](sqlite::Database&) { return Result<void>(); }).ok();
    }
    return file.writer().stats().commits - before - static_cast<std::uint64_t>(seconds);
  };
  commits_in(1);
  EXPECT_EQ(commits_in(3000), 0u) << "at rest";
  waiting::append(file.queue(), {accepted(event_named("e"), {{"a.com", 1}})}).value();
  EXPECT_LE(commits_in(100), 11u) << "while something waits";
}

TEST(SqliteQueue, WhatWaitsInAFileOfBeforeTheTimelineKeepsItsMeaning) {
  const auto moment_of = [](Instant wall) { return Moment(wall.time_since_epoch()); };
  for (const Duration set_by : {Duration(0), Duration(std::chrono::hours(-24 * 365))}) {
    QueueFile file;
    const Instant now = file.clock.now();
    core::Event event = event_named("e");
    event.published_at = now - std::chrono::hours(3);
    event.id.bytes[0] = 7;
    const Accepted old = waiting::append(file.queue(), {accepted(event, {{"a.com", 1}, {"a.com", 2}})}).value().front();
    event.published_at = now;
    waiting::append(file.queue(), {accepted(event, {{"a.com", 1}})}).value();
    const Moment due = moment_of(now) + std::chrono::minutes(20);
    ASSERT_TRUE(waiting::retry(file.queue(), {{key_of(old), 1, {2, 2, moment_of(event.published_at)}, due}}).ok());
    file.close();
    {
      auto database = sqlite::Database::open(file.path(), sqlite::OpenMode::kReadWriteCreate).value();
      ASSERT_TRUE(database
                      ->execute("DROP TABLE time_anchor; DROP TABLE time_mark; ALTER TABLE event DROP COLUMN "
                                "created; " FLEETHOOK_UNDO_REPLAYS
                                "UPDATE schema_version SET version = 6 WHERE part = 'queue'")
                      .ok());
    }
    file.clock.step(set_by);  // wrong at the first start, too
    ASSERT_TRUE(file.open().ok());
    const Timeline& timeline = file.queue().timeline();
    EXPECT_EQ(timeline.now(), moment_of(now));
    EXPECT_EQ(waiting::load_retries(file.queue(), key_of(old).lane).value().front().due, due);
    if (set_by == Duration(0)) {
      EXPECT_EQ(timeline.sure() - timeline.accepted(old.seq, old.event->published_at), std::chrono::hours(3));
    }
  }
}

TEST(SqliteQueue, AFileOfTheFirstVersionKeepsWhatWaits) {
  QueueFile file;
  core::Event event = event_named("e");
  event.product.value = 10001;
  const Accepted one = waiting::append(file.queue(), {accepted(event, {{"a.com", 1}, {"a.com", 2}})}).value().front();
  ASSERT_TRUE(waiting::retry(file.queue(), {{key_of(one, 1), 1, {1, 1, due_at(5)}, due_at(100)}}).ok());
  file.close();
  {
    auto database = sqlite::Database::open(file.path(), sqlite::OpenMode::kReadWriteCreate).value();
    ASSERT_TRUE(
        database
            ->execute(FLEETHOOK_UNDO_REPLAYS
                      "DROP TABLE parked; DROP TABLE event_kept; DROP TABLE time_anchor; DROP TABLE time_mark; ALTER "
                      "TABLE ready DROP COLUMN product; "
                      "CREATE TABLE old(lane INTEGER NOT NULL, due INTEGER NOT NULL, event INTEGER NOT NULL,"
                      " integration INTEGER NOT NULL, version INTEGER NOT NULL, attempts INTEGER NOT NULL,"
                      " sent INTEGER NOT NULL, first_attempt_at INTEGER NOT NULL,"
                      " PRIMARY KEY(lane, due, event, integration)) WITHOUT ROWID;"
                      "INSERT INTO old SELECT lane, due, event, integration, version, attempts, sent, first_attempt_at"
                      " FROM retry; DROP TABLE retry; ALTER TABLE old RENAME TO retry;"
                      "CREATE UNIQUE INDEX retry_key ON retry(lane, event, integration);"
                      "ALTER TABLE event DROP COLUMN created; ALTER TABLE event DROP COLUMN os_version; ALTER TABLE "
                      "event DROP COLUMN "
                      "device_groups; UPDATE schema_version SET version = 1 WHERE part = 'queue'")
            .ok());
  }
  ASSERT_TRUE(file.open().ok());
  const auto ready = waiting::load_ready(file.queue(), key_of(one).lane).value();
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_EQ(*ready[0].event, *one.event) << "of a device of which nothing was known";
  EXPECT_EQ(waiting::load_retries(file.queue(), key_of(one).lane).value().size(), 1u);
  EXPECT_EQ(file.queue().waiting(), (std::vector<Waiting>{{{{1}, {10001}}, 1, 0}, {{{2}, {10001}}, 1, 0}}));
  EXPECT_EQ(file.queue().stats().created, 2u) << "what waits is what counting begins with";
  ASSERT_TRUE(
      waiting::retry(file.queue(), {{key_of(one, 1), 1, {1, 1, due_at(5)}, due_at(100), {{{2}, {10001}}}}}).ok());
  EXPECT_EQ(file.queue().stats().parked, 1u);
}

TEST(SqliteQueue, LanesOfAFileThatNumberedThemGetTheirNames) {
  QueueFile file;
  core::Event event = event_named("e");
  const std::vector<Accepted> events =
      waiting::append(file.queue(), {accepted(event, {{"a.com", 1}}), accepted(event, {{"b.com", 1}}),
                                     accepted(event, {{"a.com", 2}}), accepted(event, {{"c.com", 3}})})
          .value();
  Accepted held = accepted(event, {{"c.com", 4}});
  held.deliveries[0].parked = true;
  held = waiting::append(file.queue(), {held}).value().front();
  ASSERT_TRUE(waiting::retry(file.queue(), {{key_of(events[2]), 1, {1, 1, due_at(5)}, due_at(100)}}).ok());
  const auto before = file.queue().lanes().value();
  file.close();
  {
    auto database = sqlite::Database::open(file.path(), sqlite::OpenMode::kReadWriteCreate).value();
    ASSERT_TRUE(
        database
            ->execute(
                "CREATE TEMP TABLE numbered AS SELECT id, row_number() OVER (ORDER BY host) AS number"
                " FROM lane;"
                "UPDATE ready SET lane = (SELECT number FROM numbered WHERE id = lane);"
                "UPDATE retry SET lane = (SELECT number FROM numbered WHERE id = lane);"
                "UPDATE parked SET lane = (SELECT number FROM numbered WHERE id = lane);"
                "UPDATE lane SET id = (SELECT number FROM numbered WHERE numbered.id = lane.id);" FLEETHOOK_UNDO_REPLAYS
                "UPDATE schema_version SET version = 8 WHERE part = 'queue'")
            .ok());
  }
  ASSERT_TRUE(file.open().ok());
  const auto after = file.queue().lanes().value();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].id, core::lane_id(after[i].key));
    EXPECT_EQ(after[i].key, before[i].key);
    EXPECT_EQ(after[i].has_ready, before[i].has_ready);
    EXPECT_EQ(after[i].retries, before[i].retries);
  }
  for (const std::size_t i : {0, 1, 3}) {
    EXPECT_EQ(waiting::load_ready(file.queue(), key_of(events[i]).lane).value().front().key, key_of(events[i]));
  }
  EXPECT_EQ(waiting::load_retries(file.queue(), key_of(events[2]).lane).value().front().key, key_of(events[2]));
  Heard heard(file.queue());
  EXPECT_EQ(waiting::release(file.queue(), {{4}, {}}).value().deliveries, 1u);
  EXPECT_EQ(heard.lanes_back().front().id, key_of(held).lane);
}

TEST(SqliteQueue, ForgetsDestinationsThatNothingWaitsForWhenThereAreTooMany) {
  QueueFile file;
  const std::int64_t now = 1'000'000;
  const auto lanes = [&] {
    auto database = sqlite::Database::open(file.path(), sqlite::OpenMode::kReadOnly).value();
    auto count = database->prepare("SELECT count(*) FROM lane").value();
    EXPECT_TRUE(count.step().ok());
    return static_cast<std::size_t>(count.column_int(0));
  };
  const auto to = [](const std::string& host) { return accepted(event_named("e", now), {{host, 1}}); };
  const Accepted ready = waiting::append(file.queue(), {to("ready")}).value().front();
  const Accepted retried = waiting::append(file.queue(), {to("retried")}).value().front();
  ASSERT_TRUE(waiting::retry(file.queue(), {{key_of(retried), 1, {1, 1, due_at(1)}, due_at(5)}}).ok());
  Accepted held = to("held");
  held.deliveries[0].parked = true;
  held = waiting::append(file.queue(), {held}).value().front();
  for (std::size_t made = 0; made <= kLanesKept;) {
    std::vector<Accepted> events;
    for (int i = 0; i < 1000; ++i) events.push_back(to("host-" + std::to_string(made++)));
    events = waiting::append(file.queue(), std::move(events)).value();
    std::vector<DeliveryKey> keys;
    for (const Accepted& one : events) keys.push_back(key_of(one));
    ASSERT_TRUE(waiting::ack(file.queue(), keys).ok());
  }
  EXPECT_GT(lanes(), kLanesKept);
  ASSERT_TRUE(waiting::prune(file.queue(), at(0)).ok());
  EXPECT_EQ(lanes(), 3u) << "those with something";
  EXPECT_EQ(waiting::load_ready(file.queue(), key_of(ready).lane).value().size(), 1u);
  EXPECT_EQ(file.queue().lane(key_of(retried).lane)->key.host, "retried");
  {
    Heard heard(file.queue());
    EXPECT_EQ(waiting::release(file.queue(), {{1}, {}}).value().deliveries, 1u);
    EXPECT_EQ(heard.lanes_back().front().key.host, "held");
  }
  const Accepted again = waiting::append(file.queue(), {to("host-1")}).value().front();
  EXPECT_EQ(file.queue().lane(key_of(again).lane)->key.host, "host-1") << "it is known again";
  EXPECT_EQ(key_of(waiting::append(file.queue(), {to("ready")}).value().front()).lane, key_of(ready).lane);
}

TEST(SqliteQueue, FindsItsLanesInASeekEachHoweverLongTheBacklogIs) {
  // The plans, not the time: no statement of the queue may scan or sort.
  const QueueFile file;
  auto database = sqlite::Database::open(file.path(), sqlite::OpenMode::kReadOnly).value();
  for (const char* sql : {
           "EXPLAIN QUERY PLAN SELECT lane, event FROM ready WHERE lane > ?1 ORDER BY lane, event LIMIT 1",
           "EXPLAIN QUERY PLAN SELECT lane, integration, product, due FROM retry"
           " WHERE (lane, integration, product) > (?1, ?2, ?3) ORDER BY lane, integration, product, due LIMIT 1",
           "EXPLAIN QUERY PLAN SELECT event, integration, version, product FROM ready WHERE lane = ?1"
           " AND (event, integration) > (?2, ?3) ORDER BY event, integration",
           "EXPLAIN QUERY PLAN SELECT lane, event FROM retry INDEXED BY retry_key WHERE lane > ?1 ORDER BY lane, event "
           "LIMIT 1",
           "EXPLAIN QUERY PLAN SELECT * FROM ready r CROSS JOIN event e ON e.seq = r.event WHERE r.lane = ?1 AND"
           " (r.event, r.integration) > (?2, ?3) ORDER BY r.event, r.integration LIMIT ?4",
           "EXPLAIN QUERY PLAN SELECT * FROM retry r CROSS JOIN event e ON e.seq = r.event WHERE r.lane = ?1"
           " AND r.integration = ?2 AND r.product = ?3 AND r.due <= ?4 ORDER BY r.due, r.event LIMIT ?5",
           "EXPLAIN QUERY PLAN DELETE FROM retry WHERE lane = ?1 AND event = ?2 AND integration = ?3",
           "EXPLAIN QUERY PLAN DELETE FROM ready WHERE lane = ?1 AND event = ?2 AND integration = ?3 AND product = ?4",
           "EXPLAIN QUERY PLAN SELECT event, integration FROM retry INDEXED BY retry_key WHERE lane = ?1 AND"
           " (event, integration) > (?2, ?3) ORDER BY event, integration",
           "EXPLAIN QUERY PLAN SELECT * FROM retry r INDEXED BY retry_key CROSS JOIN event e ON e.seq = r.event"
           " WHERE r.lane = ?1 AND r.event = ?2 AND r.integration = ?3",
           "EXPLAIN QUERY PLAN SELECT * FROM parked p CROSS JOIN event e ON e.seq = p.event WHERE p.integration = ?1"
           " AND p.product = ?2 AND (p.event, p.lane) > (?3, ?4) ORDER BY p.event, p.lane LIMIT ?5",
           "EXPLAIN QUERY PLAN DELETE FROM parked WHERE integration = ?3 AND product IN"
           " (0, (SELECT product FROM event WHERE seq = ?2)) AND event = ?2 AND lane = ?1 RETURNING product",
           "EXPLAIN QUERY PLAN SELECT * FROM parked WHERE integration = ?1 AND product = ?2 ORDER BY event, lane LIMIT "
           "?3",
           "EXPLAIN QUERY PLAN DELETE FROM parked WHERE integration = ?1 AND product = ?2 AND (event, lane) <= (?3, "
           "?4)",
           "EXPLAIN QUERY PLAN SELECT integration, product, event FROM parked WHERE (integration, product) > (?1, ?2)"
           " ORDER BY integration, product, event LIMIT 1",
       }) {
    auto plan = database->prepare(sql).value();
    while (plan.step().value()) {
      const std::string detail(plan.column_text(3));
      EXPECT_EQ(detail.find("SCAN"), std::string::npos) << sql << ": " << detail;
      EXPECT_EQ(detail.find("TEMP B-TREE"), std::string::npos) << sql << ": " << detail;
    }
  }
}

}  // namespace
}  // namespace fleethook::queue
