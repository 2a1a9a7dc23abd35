#include "sqlite/group_writer.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "sqlite/fault_vfs.h"
#include "sqlite/temporary_folder_for_tests.h"

namespace fleethook::sqlite {
namespace {

Result<void> insert(Database& database, std::int64_t value) {
  FLEETHOOK_TRY(Statement statement, database.prepare("INSERT INTO t VALUES (?1)"));
  return statement.bind(1, value).run();
}

// Inserts `value`; then fails if told so. Reports to `log`.
class Insert final : public Work {
 public:
  struct Log {
    std::mutex mutex;
    std::vector<std::pair<std::int64_t, std::string>> entries;  // value, "" or the error
    void add(std::int64_t value, const Result<void>& result) {
      const std::lock_guard lock(mutex);
      entries.emplace_back(value, result.ok() ? "" : result.error().message);
    }
  };
  Insert(std::int64_t value, Log& log, bool alone = false, bool fail = false)
      : value_(value), log_(log), isolated_(alone), fail_(fail) {}
  Result<void> run(Database& database) override {
    FLEETHOOK_CHECK(insert(database, value_));
    if (fail_) return Error{Fault::kInvalid, "no " + std::to_string(value_)};
    return {};
  }
  bool isolated() const override { return isolated_; }
  void done(Result<void> result) override { log_.add(value_, result); }

 private:
  std::int64_t value_;
  Log& log_;
  bool isolated_, fail_;
};

// Keeps the writer busy until told otherwise, so that what is submitted meanwhile becomes one group.
class Plug final : public Work {
 public:
  Plug(std::promise<void>& running, std::shared_future<void> go) : running_(running), go_(std::move(go)) {}
  Result<void> run(Database&) override {
    running_.set_value();
    go_.wait();
    return {};
  }
  void done(Result<void>) override {}

 private:
  std::promise<void>& running_;
  std::shared_future<void> go_;
};

class GroupWriterTest : public testing::Test {
 protected:
  GroupWriterTest() {
    auto database = Database::open(path_, OpenMode::kReadWriteCreate, vfs_.name()).value();
    EXPECT_TRUE(database->execute("CREATE TABLE t(a INTEGER PRIMARY KEY); PRAGMA busy_timeout=0").ok());
    writer_ =
        std::make_unique<GroupWriter>(std::move(database), 10);  // so that the log is copied in the middle of tests
  }
  ~GroupWriterTest() override { writer_.reset(); }

  // Submits all while the writer is busy, and waits until they are done.
  void in_one_group(std::vector<std::unique_ptr<Work>> works) {
    std::promise<void> running, go;
    writer_->submit(std::make_unique<Plug>(running, go.get_future().share()));
    running.get_future().wait();
    for (auto& work : works) writer_->submit(std::move(work));
    go.set_value();
    (void)writer_->run_and_wait([](Database&) { return Result<void>(); }).ok();
  }
  std::vector<std::int64_t> rows() {
    auto reader = Database::open(path_, OpenMode::kReadOnly, vfs_.name()).value();
    Statement select = reader->prepare("SELECT a FROM t ORDER BY a").value();
    std::vector<std::int64_t> values;
    while (select.step().value()) values.push_back(select.column_int(0));
    return values;
  }
  using Entries = std::vector<std::pair<std::int64_t, std::string>>;

  FaultVfs vfs_;
  TemporaryFolder folder_;
  std::string path_ = folder_ / "test.db";
  Insert::Log log_;
  std::int64_t next_ = 1;
  std::unique_ptr<GroupWriter> writer_;
};

std::vector<std::unique_ptr<Work>> works(std::unique_ptr<Work> a, std::unique_ptr<Work> b, std::unique_ptr<Work> c) {
  std::vector<std::unique_ptr<Work>> list;
  list.push_back(std::move(a));
  list.push_back(std::move(b));
  list.push_back(std::move(c));
  return list;
}

TEST_F(GroupWriterTest, WhatArrivesDuringACommitSharesTheNextOne) {
  const auto before = writer_->stats();
  std::vector<std::unique_ptr<Work>> many;
  for (int i = 0; i < 100; ++i) many.push_back(std::make_unique<Insert>(i, log_));
  in_one_group(std::move(many));
  EXPECT_EQ(rows().size(), 100u);
  ASSERT_EQ(log_.entries.size(), 100u);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(log_.entries[static_cast<std::size_t>(i)].first, i) << "in the order of submission";
  EXPECT_LE(writer_->stats().commits - before.commits, 3u);
  EXPECT_EQ(writer_->stats().works - before.works, 102u);
}

TEST_F(GroupWriterTest, AGroupIsBounded) {
  class Large final : public Work {
   public:
    Result<void> run(Database&) override { return {}; }
    void done(Result<void>) override {}
    std::size_t rows() const override { return 3000; }
  };
  const auto before = writer_->stats();
  std::vector<std::unique_ptr<Work>> many;
  for (int i = 0; i < 30; ++i) many.push_back(std::make_unique<Large>());
  in_one_group(std::move(many));
  const auto commits = writer_->stats().commits - before.commits;
  EXPECT_GE(commits, 11u) << "ten groups of 9000 rows, and the plug";
  EXPECT_LE(commits, 12u);
}

TEST_F(GroupWriterTest, AnIsolatedWorkFailsAlone) {
  in_one_group(works(std::make_unique<Insert>(1, log_), std::make_unique<Insert>(2, log_, true, true),
                     std::make_unique<Insert>(3, log_)));
  EXPECT_EQ(rows(), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(log_.entries, (Entries{{1, ""}, {2, "no 2"}, {3, ""}}));
  EXPECT_EQ(writer_->stats().failures, 0u);
}

TEST_F(GroupWriterTest, AnotherWorkTakesItsGroupDown) {
  in_one_group(works(std::make_unique<Insert>(1, log_), std::make_unique<Insert>(2, log_, false, true),
                     std::make_unique<Insert>(3, log_, true)));
  EXPECT_TRUE(rows().empty());
  EXPECT_EQ(log_.entries, (Entries{{1, "no 2"}, {2, "no 2"}, {3, "no 2"}}));
  EXPECT_EQ(writer_->stats().failures, 1u);
  EXPECT_TRUE(writer_->run_and_wait([](Database& database) { return insert(database, 1); }).ok());
  EXPECT_EQ(rows(), (std::vector<std::int64_t>{1})) << "and the next one works";
  EXPECT_EQ(writer_->last_failure(), "");
}

// One that SQLite refuses to write: its table is not there.
class Broken final : public Work {
 public:
  Broken(std::int64_t value, Insert::Log& log, const char* kind, bool may_be_isolated)
      : value_(value), log_(log), kind_(kind), may_be_isolated_(may_be_isolated) {}
  Result<void> run(Database& database) override { return database.execute("INSERT INTO nowhere VALUES (1)"); }
  const char* kind() const override { return kind_; }
  bool may_be_isolated() const override { return may_be_isolated_; }
  void done(Result<void> result) override {
    log_.add(value_, result);
    fault = result.error().fault;
  }
  static inline Fault fault{};

 private:
  std::int64_t value_;
  Insert::Log& log_;
  const char* kind_;
  bool may_be_isolated_;
};

TEST_F(GroupWriterTest, FailuresAreKeptByKindAndAKindThatFailsTakesOthersDownOnce) {
  const std::string why = "database: no such table: nowhere";
  const auto round = [&] {
    log_.entries.clear();
    const std::int64_t first = next_;
    next_ += 2;
    in_one_group(works(std::make_unique<Insert>(first, log_), std::make_unique<Broken>(0, log_, "logs", true),
                       std::make_unique<Insert>(first + 1, log_)));
  };
  round();
  EXPECT_EQ(log_.entries, (Entries{{1, why}, {0, why}, {2, why}}));
  EXPECT_EQ(Broken::fault, Fault::kCorrupt);
  for (int i = 0; i < 2; ++i) {
    round();
    EXPECT_EQ(log_.entries[0].second + log_.entries[2].second, "") << "what is well goes on";
    EXPECT_EQ(log_.entries[1].second, why);
  }
  ASSERT_EQ(writer_->kinds().size(), 1u);
  EXPECT_EQ(writer_->kinds()[0].name, "logs");
  EXPECT_EQ(writer_->kinds()[0].failures, 3u);
  EXPECT_EQ(writer_->kinds()[0].failing, why) << "though other groups succeed";
  EXPECT_EQ(writer_->last_failure(), "");
  ASSERT_TRUE(
      writer_->run_and_wait([](Database& database) { return database.execute("CREATE TABLE nowhere(a)"); }).ok());
  EXPECT_EQ(writer_->kinds()[0].failing, why) << "until one of the kind succeeds";
  log_.entries.clear();
  // done() of one that succeeds is told no error.
  class Mended final : public Work {
   public:
    Result<void> run(Database& database) override { return database.execute("INSERT INTO nowhere VALUES (1)"); }
    const char* kind() const override { return "logs"; }
    void done(Result<void> result) override { EXPECT_TRUE(result.ok()); }
  };
  writer_->submit(std::make_unique<Mended>());
  (void)writer_->run_and_wait([](Database&) { return Result<void>(); }).ok();
  EXPECT_EQ(writer_->kinds()[0].failing, "");
  EXPECT_EQ(writer_->kinds()[0].failures, 3u);
}

TEST_F(GroupWriterTest, WhoIsTakenDownByAnotherMayTryAgain) {
  std::promise<Fault> fault;
  class Innocent final : public Work {
   public:
    explicit Innocent(std::promise<Fault>& told) : told_(told) {}
    Result<void> run(Database&) override { return {}; }
    void done(Result<void> result) override { told_.set_value(result.error().fault); }

   private:
    std::promise<Fault>& told_;
  };
  in_one_group(works(std::make_unique<Innocent>(fault), std::make_unique<Broken>(0, log_, "logs", false),
                     std::make_unique<Insert>(next_++, log_)));
  EXPECT_EQ(fault.get_future().get(), Fault::kUnavailable) << "nothing is wrong with it";
}

TEST_F(GroupWriterTest, WhatAWorkRefusesByItsOwnRulesIsNoFailureOfItsKind) {
  in_one_group(works(std::make_unique<Insert>(1, log_, true, true), std::make_unique<Insert>(2, log_),
                     std::make_unique<Insert>(3, log_)));
  EXPECT_TRUE(writer_->kinds().empty());
}

TEST_F(GroupWriterTest, NothingIsCommittedWhileTheGuardForbidsIt) {
  std::atomic<bool> forbids = false;
  writer_->guard_commits([&forbids]() -> Result<void> {
    if (forbids) return Error{Fault::kUnavailable, "the file is gone"};
    return {};
  });
  const auto write = [&](std::int64_t value) {
    return writer_->run_and_wait([value](Database& database) { return insert(database, value); });
  };
  EXPECT_TRUE(write(1).ok());
  forbids = true;
  const auto refused = write(2);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
  EXPECT_EQ(refused.error().message, "the file is gone");
  ASSERT_EQ(writer_->kinds().size(), 1u);
  EXPECT_EQ(writer_->kinds()[0].name + " " + writer_->kinds()[0].failing, "commit the file is gone");
  EXPECT_FALSE(writer_->run_and_wait([](Database&) { return Result<void>(); }).ok());
  writer_->probe();
  EXPECT_EQ(writer_->kinds()[0].failing, "the file is gone");
  forbids = false;
  EXPECT_TRUE(writer_->run_and_wait([](Database&) { return Result<void>(); }).ok());
  EXPECT_EQ(writer_->kinds()[0].failing, "the file is gone") << "what writes nothing proves nothing";
  writer_->probe();
  EXPECT_EQ(writer_->kinds()[0].failing, "");
  EXPECT_TRUE(write(3).ok());
  EXPECT_EQ(rows(), (std::vector<std::int64_t>{1, 3}));
}

TEST_F(GroupWriterTest, WhoClosesItsConnectionLastLeavesOneFile) {
  auto reader = Database::open(path_, OpenMode::kReadOnly, vfs_.name()).value();
  ASSERT_TRUE(reader->execute("SELECT * FROM t").ok());
  in_one_group(
      works(std::make_unique<Insert>(1, log_), std::make_unique<Insert>(2, log_), std::make_unique<Insert>(3, log_)));
  auto connection = writer_->finish();
  writer_.reset();
  reader.reset();
  EXPECT_TRUE(std::filesystem::exists(path_ + "-wal"));
  connection.reset();
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
  EXPECT_EQ(rows(), (std::vector<std::int64_t>{1, 2, 3}));
}

TEST_F(GroupWriterTest, AWorkThatOverlooksThatEverythingWasUndoneTakesItsGroupDown) {
  class Careless final : public Work {
   public:
    explicit Careless(bool alone) : isolated_(alone) {}
    Result<void> run(Database& database) override {
      (void)database.execute("ROLLBACK").ok();  // as SQLite does by itself when the disk is full
      return {};
    }
    bool isolated() const override { return isolated_; }
    void done(Result<void> result) override { EXPECT_FALSE(result.ok()); }

   private:
    bool isolated_;
  };
  for (const bool alone : {false, true}) {
    in_one_group(
        works(std::make_unique<Insert>(1, log_), std::make_unique<Careless>(alone), std::make_unique<Insert>(2, log_)));
    EXPECT_TRUE(rows().empty());
    ASSERT_EQ(log_.entries.size(), 2u);
    EXPECT_EQ(log_.entries[1].second, "database: the transaction was undone");
    log_.entries.clear();
  }
}

TEST_F(GroupWriterTest, AnIsolatedWorkKeepsItsOwnErrorWhenTheGroupFailsLater) {
  in_one_group(works(std::make_unique<Insert>(1, log_, true, true), std::make_unique<Insert>(2, log_, true),
                     std::make_unique<Insert>(3, log_, false, true)));
  EXPECT_TRUE(rows().empty());
  EXPECT_EQ(log_.entries, (Entries{{1, "no 1"}, {2, "no 3"}, {3, "no 3"}}));
}

TEST_F(GroupWriterTest, ALockedDatabaseIsUnavailableAndThenWorksAgain) {
  auto other = Database::open(path_, OpenMode::kReadWriteCreate, vfs_.name()).value();
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE").ok());
  const auto refused = writer_->run_and_wait([](Database& database) { return insert(database, 1); });
  EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
  EXPECT_EQ(writer_->last_failure(), "database: database is locked");
  ASSERT_TRUE(other->execute("ROLLBACK").ok());
  EXPECT_TRUE(writer_->run_and_wait([](Database& database) { return insert(database, 1); }).ok());
  EXPECT_EQ(writer_->last_failure(), "");
  EXPECT_EQ(rows(), (std::vector<std::int64_t>{1}));
}

TEST_F(GroupWriterTest, AFullDiskIsUnavailableAndThenWorksAgain) {
  ASSERT_TRUE(writer_->run_and_wait([](Database& database) { return insert(database, 1); }).ok());
  vfs_.fill_disk();
  for (int i = 2; i < 5; ++i) {
    const auto refused = writer_->run_and_wait([i](Database& database) { return insert(database, i); });
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
    EXPECT_EQ(refused.error().message, "database: database or disk is full");
  }
  vfs_.calm();
  EXPECT_TRUE(writer_->run_and_wait([](Database& database) { return insert(database, 5); }).ok());
  EXPECT_EQ(rows(), (std::vector<std::int64_t>{1, 5}));
}

TEST_F(GroupWriterTest, CommittedRunsAfterTheCommitAndBeforeAnyLaterWork) {
  std::vector<std::thread> threads;
  std::atomic<int> published{0};
  std::atomic<int> lost{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        int seen =
            0;  // a writer that copies what is published and puts its change on top must not miss anybody's change
        const auto result = writer_->run_and_wait(
            [&, t, i](Database& database) {
              seen = published;
              return insert(database, t * 100 + i);
            },
            [&] {
              if (published != seen) ++lost;
              published = seen + 1;
            });
        EXPECT_TRUE(result.ok());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(published, 80);
  EXPECT_EQ(lost, 0);
}

TEST_F(GroupWriterTest, CommittedDoesNotRunForWhatFailed) {
  bool ran = false;
  const auto result = writer_->run_and_wait(
      [](Database&) {
        return Result<void>(Error{Fault::kConflict, "taken"});
      },
      [&ran] { ran = true; });
  EXPECT_EQ(result.error(), (Error{Fault::kConflict, "taken"}));
  EXPECT_FALSE(ran);
}

TEST_F(GroupWriterTest, ManyThreadsMaySubmitAndEachKeepsItsOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) writer_->submit(std::make_unique<Insert>(t * kEach + i, log_, i % 7 == 0));
    });
  }
  for (auto& thread : threads) thread.join();
  writer_.reset();  // writes what was submitted
  ASSERT_EQ(log_.entries.size(), std::size_t{kThreads * kEach});
  std::vector<std::int64_t> last(kThreads, -1);
  for (const auto& [value, error] : log_.entries) {
    EXPECT_EQ(error, "");
    auto& before = last[static_cast<std::size_t>(value / kEach)];
    EXPECT_LT(before, value);
    before = value;
  }
  EXPECT_EQ(rows().size(), std::size_t{kThreads * kEach});
}

TEST_F(GroupWriterTest, AWorkMaySubmitAnotherWhenItIsDone) {
  class Chain final : public Work {
   public:
    Chain(GroupWriter& writer, int left, std::promise<void>& end) : writer_(writer), left_(left), end_(end) {}
    Result<void> run(Database& database) override { return insert(database, left_); }
    void done(Result<void>) override {
      left_ == 0 ? end_.set_value() : writer_.submit(std::make_unique<Chain>(writer_, left_ - 1, end_));
    }

   private:
    GroupWriter& writer_;
    int left_;
    std::promise<void>& end_;
  };
  std::promise<void> end;
  writer_->submit(std::make_unique<Chain>(*writer_, 9, end));
  end.get_future().wait();
  EXPECT_EQ(rows().size(), 10u);
}

// Also counts on this: while the bulk is copied nobody waits for it, and whoever reads is not cut off.
TEST_F(GroupWriterTest, KeepsTheLogShortWhileItIsWrittenWithoutPause) {
  writer_.reset();
  auto database = Database::open(path_, OpenMode::kReadWriteCreate, vfs_.name()).value();
  ASSERT_TRUE(database->execute("CREATE TABLE big(a INTEGER PRIMARY KEY, b)").ok());
  writer_ = std::make_unique<GroupWriter>(std::move(database), 100);
  auto reader = Database::open(path_, OpenMode::kReadOnly, vfs_.name()).value();
  std::uintmax_t longest = 0;
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(writer_
                    ->run_and_wait([i](Database& db) -> Result<void> {
                      FLEETHOOK_TRY(Statement statement, db.prepare("INSERT OR REPLACE INTO big VALUES (?1, ?2)"));
                      const std::string value(4000, static_cast<char>('a' + i % 26));
                      return statement.bind(1, std::int64_t{i % 500}).bind_text(2, value).run();
                    })
                    .ok());
    longest = std::max(longest, std::filesystem::file_size(path_ + "-wal"));
    if (i % 100 == 0) {
      Statement count = reader->prepare("SELECT count(*) FROM big").value();
      ASSERT_TRUE(count.step().value());
      ASSERT_EQ(count.column_int(0), std::min(i + 1, 500));
    }
  }
  // 2000 commits of at least two pages each; without checkpoints 16 MB.
  EXPECT_LT(longest, std::uintmax_t{1500} * 4120);
  EXPECT_GT(longest, std::uintmax_t{100} * 4120);
}

TEST_F(GroupWriterTest, SomebodyWhoReadsForLongMakesTheLogGrowUntilHeIsDone) {
  writer_.reset();
  writer_ = std::make_unique<GroupWriter>(Database::open(path_, OpenMode::kReadWriteCreate, vfs_.name()).value(), 20);
  std::int64_t value = 0;
  const auto write = [&](int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(writer_->run_and_wait([v = ++value](Database& db) { return insert(db, v); }).ok());
    }
  };
  write(1);
  auto reader = Database::open(path_, OpenMode::kReadOnly, vfs_.name()).value();
  ASSERT_TRUE(reader->execute("BEGIN; SELECT count(*) FROM t").ok());
  write(300);
  const auto size_held = std::filesystem::file_size(path_ + "-wal");
  EXPECT_GT(size_held, std::uintmax_t{200} * 4096);
  Statement count = reader->prepare("SELECT count(*) FROM t").value();
  ASSERT_TRUE(count.step().value());
  EXPECT_EQ(count.column_int(0), 1) << "its snapshot";
  count.reset();
  ASSERT_TRUE(reader->execute("COMMIT").ok());
  write(300);
  EXPECT_LE(std::filesystem::file_size(path_ + "-wal"), size_held + std::uintmax_t{200} * 4120)
      << "begins anew, does not grow";
}

TEST_F(GroupWriterTest, EveryOperationMayFailOnceAndWhatWasConfirmedIsThere) {
  std::int64_t value = 0;
  std::vector<std::int64_t> confirmed;
  std::uint64_t failures = 0;
  bool fired = true;
  for (std::uint64_t n = 0; fired; ++n) {
    vfs_.fail_at(n);
    for (int round = 0; round < 3; ++round) {
      const auto result = writer_->run_and_wait([v = value](Database& database) { return insert(database, v); });
      result.ok() ? confirmed.push_back(value) : void(++failures);
      ++value;
    }
    fired = vfs_.fired();
    vfs_.calm();
    ASSERT_TRUE(writer_->run_and_wait([v = value](Database& database) { return insert(database, v); }).ok())
        << "after " << n;
    confirmed.push_back(value++);
    ASSERT_EQ(rows(), confirmed) << n;
  }
  EXPECT_GT(failures, 3u);
}

}  // namespace
}  // namespace fleethook::sqlite
