#include "server/data_folder.h"

#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "sqlite/database.h"
#include "sqlite/temporary_folder_for_tests.h"

namespace fleethook::server {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat found {};
  EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 07777U;
}

TEST(DataFolder, IsForTheServersUserAloneWhateverTheMaskAndTheFilesBefore) {
  ASSERT_TRUE(crypto::init());
  const TemporaryFolder temporary;
  const std::string folder = temporary / "data";
  const SystemClock clock;
  SystemRandom random;
  const mode_t mask = umask(0);
  const auto names = {"fleethook.db", "fleethook.db-wal", "fleethook.db-shm", "fleethook.lock", "master.key"};
  {
    const auto made = DataFolder::open(folder, /*create=*/true, clock, random);
    ASSERT_TRUE(made.ok()) << made.error().message;
    EXPECT_EQ(mode_of(folder), 0700U);
    for (const char* name : names) EXPECT_EQ(mode_of(folder + "/" + name), 0600U) << name;
  }
  for (const char* name : {"fleethook.db", "fleethook.lock", "master.key"})
    ASSERT_EQ(chmod((folder + "/" + name).c_str(), 0644), 0);
  {
    const auto again = DataFolder::open(folder, /*create=*/false, clock, random);
    ASSERT_TRUE(again.ok()) << again.error().message;
    for (const char* name : names) EXPECT_EQ(mode_of(folder + "/" + name), 0600U) << name;
    // As kill -9 leaves them behind.
    std::filesystem::copy(folder, temporary / "killed");
  }
  const std::string killed = temporary / "killed";
  for (const char* name : names) ASSERT_EQ(chmod((killed + "/" + name).c_str(), 0666), 0) << name;
  {
    const auto after = DataFolder::open(killed, /*create=*/false, clock, random);
    ASSERT_TRUE(after.ok()) << after.error().message;
    for (const char* name : names) EXPECT_EQ(mode_of(killed + "/" + name), 0600U) << name;
  }
  umask(mask);
}

TEST(DataFolder, AKeyFileElsewhereIsMadePrivateToo) {
  ASSERT_TRUE(crypto::init());
  const TemporaryFolder temporary;
  const std::string folder = temporary / "data", key = temporary / "elsewhere.key";
  const SystemClock clock;
  SystemRandom random;
  ASSERT_TRUE(DataFolder::open(folder, /*create=*/true, clock, random, key).ok());
  ASSERT_EQ(chmod(key.c_str(), 0640), 0);
  ASSERT_TRUE(DataFolder::open(folder, /*create=*/false, clock, random, key).ok());
  EXPECT_EQ(mode_of(key), 0600U);
}

class OpenFolder : public ::testing::Test {
 protected:
  OpenFolder() {
    EXPECT_TRUE(crypto::init());
    EXPECT_TRUE(open(/*create=*/true).ok());
  }
  Result<std::unique_ptr<DataFolder>> open(bool create = false) {
    return DataFolder::open(folder_, create, clock_, random_);
  }
  std::string refusal() {
    const auto opened = open();
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? "" : opened.error().message;
  }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  static bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
  static Result<void> publish(DataFolder& data) {
    return data.writer().run_and_wait([](sqlite::Database& database) { return database.execute("SELECT 1"); });
  }

  const TemporaryFolder temporary_;
  const std::string folder_ = temporary_ / "data";
  const SystemClock clock_;
  SystemRandom random_;
};

TEST_F(OpenFolder, LeavesOneDatabaseFile) {
  {
    auto data = open();
    ASSERT_TRUE(data.ok());
    ASSERT_TRUE((*data)->store().audit({}).ok()) << "on a connection that only reads";
    EXPECT_TRUE(std::filesystem::exists(file("fleethook.db-wal")));
  }
  EXPECT_FALSE(std::filesystem::exists(file("fleethook.db-wal")));
  EXPECT_FALSE(std::filesystem::exists(file("fleethook.db-shm")));
}

TEST_F(OpenFolder, AnEmptyDatabaseIsNoNewInstallation) {
  std::filesystem::resize_file(file("fleethook.db"), 0);
  const std::string why = refusal();
  EXPECT_TRUE(says(why, file("fleethook.db") + " is empty (0 bytes)")) << why;
  EXPECT_TRUE(says(why, "Restore a backup")) << why;
  EXPECT_EQ(std::filesystem::file_size(file("fleethook.db")), 0U) << "nothing is made in its place";
}

TEST_F(OpenFolder, ADatabaseOfSomethingElseIsRefused) {
  std::filesystem::remove(file("fleethook.db"));
  ASSERT_TRUE(sqlite::Database::open(file("fleethook.db"), sqlite::OpenMode::kReadWriteCreate)
                  .value()
                  ->execute("CREATE TABLE other(a)")
                  .ok());
  EXPECT_TRUE(says(refusal(), "without the tables of Fleethook"));
}

TEST_F(OpenFolder, ADamagedFileIsNamedWithWhatToDo) {
  {
    const int database = ::open(file("fleethook.db").c_str(), O_WRONLY);
    const std::string noise(64 * 1024, 'x');
    ASSERT_EQ(pwrite(database, noise.data(), noise.size(), 4096), static_cast<ssize_t>(noise.size()));
    close(database);
  }
  std::string why = refusal();
  EXPECT_TRUE(says(why, "the database " + file("fleethook.db") + " is damaged")) << why;
  EXPECT_TRUE(says(why, "Restore a backup")) << why;
  {
    const int database = ::open(file("fleethook.db").c_str(), O_WRONLY);
    ASSERT_EQ(pwrite(database, "no database here", 16, 0), 16);
    close(database);
  }
  why = refusal();
  EXPECT_TRUE(says(why, file("fleethook.db") + " is damaged")) << why;
}

TEST_F(OpenFolder, ARemovedLockFileLetsNobodyInAndIsMadeAgain) {
  auto data = open();
  ASSERT_TRUE(data.ok());
  std::filesystem::remove(file("fleethook.lock"));
  EXPECT_TRUE(says(refusal(), "another fleethook process is using"));
  EXPECT_TRUE((*data)->check().ok());
  EXPECT_TRUE(std::filesystem::exists(file("fleethook.lock")));
  EXPECT_TRUE(publish(**data).ok());
}

TEST_F(OpenFolder, ALockThatAnotherProcessHasTakenStopsCommits) {
  auto data = open();
  ASSERT_TRUE(data.ok());
  std::filesystem::remove(file("fleethook.lock"));
  const int other = ::open(file("fleethook.lock").c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(flock(other, LOCK_EX | LOCK_NB), 0);
  const auto checked = (*data)->check();
  ASSERT_FALSE(checked.ok());
  EXPECT_TRUE(says(checked.error().message, "another process has locked it")) << checked.error().message;
  const auto refused = publish(**data);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
  close(other);
  EXPECT_TRUE((*data)->check().ok()) << "it has gone";
  EXPECT_TRUE(publish(**data).ok());
}

TEST_F(OpenFolder, NothingIsCommittedIntoAFileThatWasRemovedOrReplaced) {
  auto data = open();
  ASSERT_TRUE(data.ok());
  for (const char* name : {"fleethook.db", "fleethook.db-wal"}) {
    std::filesystem::rename(file(name), file("aside"));
    const auto removed = publish(**data);
    ASSERT_FALSE(removed.ok()) << name;
    EXPECT_EQ(removed.error().fault, Fault::kUnavailable);
    EXPECT_TRUE(says(removed.error().message, std::string(name) + " was removed while the server runs"))
        << removed.error().message;
    std::filesystem::copy_file(file("aside"), file(name));
    EXPECT_TRUE(says((*data)->check().error().message, std::string(name) + " was replaced"));
    EXPECT_FALSE(publish(**data).ok());
    std::filesystem::remove(file(name));
    std::filesystem::rename(file("aside"), file(name));
    EXPECT_TRUE((*data)->check().ok());
    EXPECT_TRUE(publish(**data).ok()) << "the same file is back";
  }
}

}  // namespace
}  // namespace fleethook::server
