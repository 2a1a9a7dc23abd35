#include "server/disk_metrics.h"

#include <cstdio>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "sqlite/temporary_folder_for_tests.h"

namespace fleethook::server {
namespace {

class DiskMetricsTest : public ::testing::Test {
 protected:
  void fill(const std::string& name, std::size_t bytes) {
    std::FILE* file = std::fopen((temporary_ / name).c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(std::string(bytes, 'x').c_str(), file);
    std::fclose(file);
  }
  bool shows(const std::string& sample) { return registry_.text().find("\n" + sample + "\n") != std::string::npos; }

  const TemporaryFolder temporary_;
  const std::string folder_ = temporary_ / "";
  metrics::Registry registry_;
};

TEST_F(DiskMetricsTest, SayWhatTheDatabaseAndItsLogTake) {
  fill("fleethook.db", 4096);
  fill("fleethook.db-wal", 300);
  DiskMetrics disk(registry_, folder_);
  EXPECT_TRUE(shows(R"(fleethook_database_bytes{part="data"} 4096)")) << registry_.text();
  EXPECT_TRUE(shows(R"(fleethook_database_bytes{part="log"} 300)"));
  fill("fleethook.db", 8192);
  std::filesystem::remove(temporary_ / "fleethook.db-wal");
  disk.look();
  EXPECT_TRUE(shows(R"(fleethook_database_bytes{part="data"} 8192)"));
  EXPECT_TRUE(shows(R"(fleethook_database_bytes{part="log"} 0)"));
}

TEST_F(DiskMetricsTest, SayWhatIsFree) {
  const DiskMetrics disk(registry_, folder_);
  EXPECT_FALSE(shows("fleethook_disk_size_bytes 0"));
  const double size = registry_.gauge("fleethook_disk_size_bytes", "x").value();
  EXPECT_EQ(size, static_cast<double>(std::filesystem::space(folder_).capacity));
  EXPECT_LE(registry_.gauge("fleethook_disk_free_bytes", "x").value(), size);
}

TEST_F(DiskMetricsTest, WhatCannotBeToldStaysAsItWas) {
  DiskMetrics disk(registry_, folder_);
  const double size = registry_.gauge("fleethook_disk_size_bytes", "x").value();
  std::filesystem::remove_all(folder_);
  disk.look();
  EXPECT_EQ(registry_.gauge("fleethook_disk_size_bytes", "x").value(), size);
}

}  // namespace
}  // namespace fleethook::server
