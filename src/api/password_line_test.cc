#include "api/password_line.h"

#include <deque>

#include <gtest/gtest.h>

namespace fleethook::api {
namespace {

class PasswordLineTest : public ::testing::Test {
 protected:
  static PasswordLimits small() {
    PasswordLimits limits;
    limits.requests_waiting_max = 5;
    limits.requests_waiting_per_address_max = 2;
    return limits;
  }
  Result<void> join(std::string_view address) {
    return line_.join(address, [this] { ++done_; });
  }
  void hash_one() {
    auto task = std::move(posted_.front());
    posted_.pop_front();
    task();
  }

  metrics::Registry metrics_;
  std::deque<PasswordLine::Task> posted_;
  int done_ = 0;
  PasswordLine line_{small(), metrics_, [this](PasswordLine::Task task) { posted_.push_back(std::move(task)); }};
};

TEST_F(PasswordLineTest, GivesEachAddressItsShare) {
  EXPECT_TRUE(join("a").ok());
  EXPECT_TRUE(join("a").ok());
  EXPECT_EQ(join("a").error().fault, Fault::kOverloaded);
  EXPECT_TRUE(join("b").ok()) << "another address";
  EXPECT_TRUE(join("2001:db8::1").ok());
  EXPECT_TRUE(join("2001:db8::2").ok());
  EXPECT_EQ(line_.length(), 5U);
  EXPECT_EQ(join("c").error().fault, Fault::kUnavailable) << "the line is full";
  hash_one();
  EXPECT_EQ(join("2001:db8::3").error().fault, Fault::kOverloaded) << "its network has its share";
  EXPECT_TRUE(join("a").ok());
}

TEST_F(PasswordLineTest, ForgetsWhatWasDone) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(join("a").ok());
    ASSERT_TRUE(join("b").ok());
    while (!posted_.empty()) hash_one();
  }
  EXPECT_EQ(done_, 200);
  EXPECT_EQ(line_.length(), 0U);
}

}  // namespace
}  // namespace fleethook::api
