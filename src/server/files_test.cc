#include "server/files.h"

#include <cstdio>
#include <string>

#include <gtest/gtest.h>

namespace fleethook::server {
namespace {

TEST(Files, AreDividedSoThatNeitherSideNorTheServerItselfIsLeftWithout) {
  const Limits limits;
  for (const std::size_t files : {64U, 100U, 256U, 1024U, 4096U, 65'536U, 1'048'576U}) {
    const auto shares = divide_files(files, 26, 2, limits);
    ASSERT_TRUE(shares.ok()) << files;
    EXPECT_GE(shares->clients, 3U) << files;
    EXPECT_GE(shares->receivers, shares->clients) << files;
    EXPECT_LT(shares->per_receiver, shares->receivers) << files;
    EXPECT_GE(shares->metrics, 1U);
    EXPECT_LE(shares->clients, limits.connections_max);
    EXPECT_LE(shares->clients_per_address, limits.connections_per_address_max);
    EXPECT_LE(26 + 3 + limits.files_kept_back + shares->clients + shares->receivers + shares->metrics, files);
    EXPECT_LT(shares->clients_per_address, shares->clients) << files;
  }
  EXPECT_EQ(divide_files(65'536, 26, 2, limits)->clients, limits.connections_max);
}

TEST(Files, TooFewAreRefusedInWords) {
  const auto refused = divide_files(40, 26, 2, Limits());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
  EXPECT_NE(refused.error().message.find("may have 40 files open"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("ulimit"), std::string::npos);
}

TEST(Files, ThoseThatAreOpenAreCounted) {
  const std::size_t before = open_files();
  FILE* one = std::fopen("/dev/null", "r");
  EXPECT_EQ(open_files(), before + 1);
  std::fclose(one);
}

}  // namespace
}  // namespace fleethook::server
