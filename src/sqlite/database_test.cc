#include "sqlite/database.h"

#include <fstream>

#include <gtest/gtest.h>

#include "sqlite/fault_vfs.h"
#include "sqlite/temporary_folder_for_tests.h"

namespace fleethook::sqlite {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  std::unique_ptr<Database> open(OpenMode mode = OpenMode::kReadWriteCreate) {
    return Database::open(path_, mode).value();
  }
  static std::int64_t number(Database& database, const char* sql) {
    Statement statement = database.prepare(sql).value();
    EXPECT_TRUE(statement.step().value());
    return statement.column_int(0);
  }
  TemporaryFolder folder_;
  std::string path_ = folder_ / "test.db";
};

TEST_F(DatabaseTest, KeepsValuesOfEveryTypeByteForByte) {
  auto database = open();
  ASSERT_TRUE(database->execute("CREATE TABLE t(a, b, c, d, e, f)").ok());
  const std::string text("a\0b\xff\xc3", 5);
  const std::array<std::uint8_t, 3> blob{0, 255, 7};
  Statement insert = database->prepare("INSERT INTO t VALUES (?1,?2,?3,?4,?5,?6)").value();
  insert.bind(1, INT64_MIN)
      .bind(2, -0.5)
      .bind_text(3, text)
      .bind_blob(4, blob)
      .bind_null(5)
      .bind_text(6, std::string_view());
  ASSERT_TRUE(insert.run().ok());
  EXPECT_EQ(database->changes(), 1);
  EXPECT_EQ(database->last_insert_rowid(), 1);

  Statement select = database->prepare("SELECT a, b, c, d, e, f, typeof(c), typeof(d) FROM t").value();
  ASSERT_TRUE(select.step().value());
  EXPECT_EQ(select.column_int(0), INT64_MIN);
  EXPECT_EQ(select.column_double(1), -0.5);
  EXPECT_EQ(select.column_text(2), text);
  EXPECT_EQ(select.column_text(3), std::string_view("\0\xff\x07", 3));
  EXPECT_TRUE(select.column_is_null(4));
  EXPECT_FALSE(select.column_is_null(5)) << "an empty text is not NULL";
  EXPECT_EQ(select.column_text(5), "");
  EXPECT_EQ(select.column_text(6), "text");
  EXPECT_EQ(select.column_text(7), "blob");
  EXPECT_FALSE(select.step().value());
}

TEST_F(DatabaseTest, AStatementIsCompiledOnceAndKeepsNothingOfItsLastUse) {
  auto database = open();
  ASSERT_TRUE(database->execute("CREATE TABLE t(a); INSERT INTO t VALUES (1),(2),(3)").ok());
  for (int round = 0; round < 3; ++round) {
    Statement select = database->prepare("SELECT a FROM t ORDER BY a").value();
    ASSERT_TRUE(select.step().value());
    EXPECT_EQ(select.column_int(0), 1) << "destroying it in the middle of its rows resets it";
  }
  ASSERT_TRUE(database->execute("ALTER TABLE t ADD COLUMN b").ok());
  EXPECT_EQ(number(*database, "SELECT a FROM t ORDER BY a"), 1);
}

TEST_F(DatabaseTest, TheSameStatementTwiceAtATimeIsABug) {
  auto database = open();
  EXPECT_DEATH(
      {
        constexpr const char* kSql = "SELECT 1";
        Statement one = database->prepare(kSql).value();
        (void)database->prepare(kSql).ok();
      },
      "in_use");
}

TEST_F(DatabaseTest, ABrokenConstraintIsAConflictAndTheStatementStaysUsable) {
  auto database = open();
  ASSERT_TRUE(database->execute("CREATE TABLE t(a INTEGER PRIMARY KEY)").ok());
  Statement insert = database->prepare("INSERT INTO t VALUES (?1)").value();
  ASSERT_TRUE(insert.bind(1, std::int64_t{1}).run().ok());
  EXPECT_EQ(insert.run().error().fault, Fault::kConflict);
  EXPECT_TRUE(insert.bind(1, std::int64_t{2}).run().ok());
}

TEST_F(DatabaseTest, AMissingTableIsCorrupt) {
  auto database = open();
  const auto result = database->prepare("SELECT * FROM nowhere");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().fault, Fault::kCorrupt);
  EXPECT_EQ(result.error().message, "database: no such table: nowhere");
  EXPECT_FALSE(database->prepare("SELECT * FROM nowhere").ok()) << "and again: the failure is not cached as a success";
}

TEST_F(DatabaseTest, IsDurableAndBoundsItsMemoryAndItsLog) {
  auto database = open();
  EXPECT_EQ(number(*database, "PRAGMA synchronous"), 2);
  EXPECT_EQ(number(*database, "PRAGMA foreign_keys"), 1);
  EXPECT_EQ(number(*database, "PRAGMA secure_delete"), 0);
  EXPECT_EQ(number(*database, "PRAGMA temp_store"), 2);
  Statement mode = database->prepare("PRAGMA journal_mode").value();
  ASSERT_TRUE(mode.step().value());
  EXPECT_EQ(mode.column_text(0), "wal");
}

TEST_F(DatabaseTest, AReaderSeesWhatWasCommittedAndCannotWrite) {
  auto writer = open();
  ASSERT_TRUE(writer->execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)").ok());
  auto reader = open(OpenMode::kReadOnly);
  ASSERT_TRUE(writer->execute("BEGIN; INSERT INTO t VALUES (2)").ok());
  EXPECT_TRUE(writer->in_transaction());
  EXPECT_EQ(number(*reader, "SELECT count(*) FROM t"), 1);
  ASSERT_TRUE(writer->execute("COMMIT").ok());
  EXPECT_FALSE(writer->in_transaction());
  EXPECT_EQ(number(*reader, "SELECT count(*) FROM t"), 2);
  EXPECT_EQ(reader->execute("INSERT INTO t VALUES (3)").error().fault, Fault::kUnavailable);
}

TEST_F(DatabaseTest, AnotherWriterMakesItUnavailable) {
  auto one = open();
  auto other = open();
  ASSERT_TRUE(one->execute("CREATE TABLE t(a); BEGIN IMMEDIATE").ok());
  ASSERT_TRUE(other->execute("PRAGMA busy_timeout=0").ok());
  const auto result = other->execute("INSERT INTO t VALUES (1)");
  EXPECT_EQ(result.error().fault, Fault::kUnavailable);
  EXPECT_EQ(result.error().message, "database: database is locked");
}

TEST(DatabaseOpen, SaysWhichFileAndWhy) {
  const TemporaryFolder folder;
  const std::string file = folder / "file";
  std::ofstream(file) << std::string(8192, 'x');
  std::ofstream(folder / "short") << "too short for a database, but not empty";
  struct Case {
    std::string path;
    OpenMode mode;
    Fault fault;
    std::string reason;
  };
  const Case cases[] = {
      {folder / "no/such/folder.db", OpenMode::kReadWriteCreate, Fault::kUnavailable, "No such file or directory"},
      {folder / "absent.db", OpenMode::kReadOnly, Fault::kUnavailable, "No such file or directory"},
      {folder / "", OpenMode::kReadWriteCreate, Fault::kUnavailable, "Is a directory"},
      {file + "/below.db", OpenMode::kReadWriteCreate, Fault::kUnavailable, "Not a directory"},
      {file, OpenMode::kReadWriteCreate, Fault::kCorrupt, "file is not a database"},
      {file, OpenMode::kReadOnly, Fault::kCorrupt, "file is not a database"},
      {folder / "short", OpenMode::kReadWriteCreate, Fault::kCorrupt, "file is not a database"},
  };
  for (const Case& c : cases) {
    const auto result = Database::open(c.path, c.mode);
    ASSERT_FALSE(result.ok()) << c.path;
    EXPECT_EQ(result.error().fault, c.fault) << c.path;
    EXPECT_EQ(result.error().message, "cannot open " + c.path + ": " + c.reason);
  }
}

TEST(DatabaseOpen, SaysThatAFolderIsNotWritable) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TemporaryFolder folder;
  ASSERT_EQ(chmod(folder.path().c_str(), 0500), 0);
  const auto result = Database::open(folder / "x.db", OpenMode::kReadWriteCreate);
  chmod(folder.path().c_str(), 0700);
  EXPECT_EQ(result.error().message, "cannot open " + (folder / "x.db") + ": Permission denied");
}

constexpr Migration kScripts[] = {
    {1, "CREATE TABLE t(a); INSERT INTO t VALUES (1)"},
    {2, "ALTER TABLE t ADD COLUMN b; UPDATE t SET b = a + 1"},
    {3, "INSERT INTO t VALUES (10, 20)"},
};

class MigrateTest : public DatabaseTest {};

TEST_F(MigrateTest, RunsEachScriptOnceWhereverItStarts) {
  for (std::size_t first = 0; first <= 3; ++first) {
    const TemporaryFolder folder;
    auto database = Database::open(folder / "x.db", OpenMode::kReadWriteCreate).value();
    ASSERT_TRUE(migrate(*database, "part", std::span(kScripts).first(first)).ok());
    ASSERT_TRUE(migrate(*database, "part", kScripts).ok());
    ASSERT_TRUE(migrate(*database, "part", kScripts).ok());
    EXPECT_EQ(number(*database, "SELECT sum(a) * 100 + sum(b) FROM t"), 1122) << first;
    EXPECT_EQ(number(*database, "SELECT version FROM schema_version WHERE part = 'part'"), 3);
  }
}

TEST_F(MigrateTest, PartsShareAFileWithoutKnowingEachOther) {
  auto database = open();
  constexpr Migration kOther[] = {{1, "CREATE TABLE other(a)"}};
  ASSERT_TRUE(migrate(*database, "store", kScripts).ok());
  ASSERT_TRUE(migrate(*database, "queue", kOther).ok());
  EXPECT_EQ(number(*database, "SELECT count(*) FROM schema_version"), 2);
}

TEST_F(MigrateTest, RefusesAFileOfANewerBinaryAndLeavesItAlone) {
  auto database = open();
  ASSERT_TRUE(migrate(*database, "queue", kScripts).ok());
  const auto result = migrate(*database, "queue", std::span(kScripts).first(2));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().fault, Fault::kUnavailable);
  EXPECT_EQ(result.error().message,
            "this data folder was written by a newer Fleethook (queue schema 3, this binary knows 2); run the newer "
            "binary, or "
            "restore a backup");
  EXPECT_EQ(number(*database, "SELECT version FROM schema_version"), 3);
}

TEST_F(MigrateTest, AFailingScriptChangesNothingAndTheOnesBeforeItStay) {
  auto database = open();
  constexpr Migration kBroken[] = {kScripts[0], {2, "INSERT INTO t VALUES (5); INSERT INTO nowhere VALUES (1)"}};
  EXPECT_FALSE(migrate(*database, "part", kBroken).ok());
  EXPECT_FALSE(database->in_transaction());
  EXPECT_EQ(number(*database, "SELECT count(*) FROM t"), 1);
  EXPECT_EQ(number(*database, "SELECT version FROM schema_version"), 1);
  EXPECT_TRUE(migrate(*database, "part", kScripts).ok());
}

TEST_F(MigrateTest, SurvivesTheFailureOfEveryOperation) {
  FaultVfs vfs;
  std::uint64_t failures = 0;
  for (std::uint64_t n = 0;; ++n) {
    const TemporaryFolder folder;
    const std::string path = folder / "x.db";
    vfs.fail_at(n);
    bool ok = false;
    if (auto database = Database::open(path, OpenMode::kReadWriteCreate, vfs.name()); database.ok()) {
      ok = migrate(**database, "part", kScripts).ok();
    }
    const bool fired = vfs.fired();
    vfs.calm();
    if (!ok) ++failures;
    auto database = Database::open(path, OpenMode::kReadWriteCreate, vfs.name()).value();
    ASSERT_TRUE(migrate(*database, "part", kScripts).ok()) << n;
    EXPECT_EQ(number(*database, "SELECT sum(a) * 100 + sum(b) FROM t"), 1122) << n;
    if (!fired) break;
  }
  EXPECT_GT(failures, 10u) << "the test must have hit something";
}

// ".backup" of the sqlite3 command begins anew with every commit of another process.
TEST(Database, ACopyEndsWhileAnotherConnectionWritesWithoutPauseAndIsOfOneMoment) {
  const TemporaryFolder folder;
  auto writer = Database::open(folder / "a.db", OpenMode::kReadWriteCreate).value();
  ASSERT_TRUE(
      writer->execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); CREATE TABLE u(a INTEGER PRIMARY KEY)").ok());
  ASSERT_TRUE(writer
                  ->execute("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 6000) "
                            "INSERT INTO t SELECT i, hex(randomblob(3000)) FROM n; INSERT INTO u SELECT a FROM t")
                  .ok());
  std::int64_t next = 6000;
  const auto write = [&] {
    const std::string n = std::to_string(++next);
    ASSERT_TRUE(writer
                    ->execute("BEGIN; INSERT INTO t VALUES(" + n + ", hex(randomblob(3000))); INSERT INTO u VALUES(" +
                              n + "); COMMIT")
                    .ok());
  };
  auto reader = Database::open(folder / "a.db", OpenMode::kReadWriteCreate).value();
  int steps = 0;
  std::int64_t last = 0, all = 0;
  const auto copied = reader->copy_into(folder / "b.db", [&](std::int64_t done, std::int64_t pages) {
    ++steps;
    EXPECT_GT(done, last) << "it never begins again";
    last = done, all = pages;
    for (int i = 0; i < 20; ++i) write();
  });
  ASSERT_TRUE(copied.ok()) << copied.error().message;
  EXPECT_GT(steps, 2);
  EXPECT_EQ(last, all);
  auto copy = Database::open(folder / "b.db", OpenMode::kReadWriteCreate).value();
  const auto number = [&](const char* sql) {
    auto statement = copy->prepare(sql).value();
    EXPECT_TRUE(statement.step().value());
    return statement.column_int(0);
  };
  EXPECT_EQ(number("SELECT max(a) FROM t"), 6000) << "of the moment when it began";
  EXPECT_EQ(number("SELECT count(*) FROM u"), 6000);
  EXPECT_EQ(number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
  EXPECT_TRUE(copy->execute("INSERT INTO u VALUES(0)").ok()) << "it can be worked on";
}

}  // namespace
}  // namespace fleethook::sqlite
