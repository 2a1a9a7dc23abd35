#include "server/data_folder.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/crypto.h"
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

}  // namespace
}  // namespace fleethook::server
