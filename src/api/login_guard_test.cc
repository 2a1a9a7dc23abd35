#include "api/login_guard.h"

#include <gtest/gtest.h>

#include "testing/base/manual_loop.h"

namespace fleethook::api {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class LoginGuardTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  Limits limits_;
  LoginGuard guard_{clock_, limits_};
};

TEST_F(LoginGuardTest, LetsAHundredRequestsThroughInFiveMinutes) {
  for (std::uint32_t i = 0; i < limits_.token_requests_per_5min_max; ++i)
    ASSERT_EQ(guard_.admit("a"), std::nullopt) << i;
  clock_.advance(minutes(1));
  EXPECT_EQ(guard_.admit("a"), Duration(minutes(4)));
  EXPECT_EQ(guard_.admit("b"), std::nullopt) << "another address";
  clock_.advance(minutes(4) - Duration(1));
  EXPECT_EQ(guard_.admit("a"), Duration(1));
  clock_.advance(Duration(1));
  EXPECT_EQ(guard_.admit("a"), std::nullopt);
}

TEST_F(LoginGuardTest, LocksAnAddressAfterTenFailuresInARow) {
  for (std::uint32_t i = 0; i < limits_.login_failures_in_a_row_max; ++i) {
    ASSERT_EQ(guard_.admit("a"), std::nullopt) << i;
    guard_.failed("a");
  }
  EXPECT_EQ(guard_.admit("a"), limits_.login_lock);
  EXPECT_EQ(guard_.admit("b"), std::nullopt);
  clock_.advance(limits_.login_lock - seconds(1));
  EXPECT_EQ(guard_.admit("a"), Duration(seconds(1)));
  clock_.advance(seconds(1));
  EXPECT_EQ(guard_.admit("a"), std::nullopt);
}

TEST_F(LoginGuardTest, ASuccessEndsTheRow) {
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t i = 0; i + 1 < limits_.login_failures_in_a_row_max; ++i) guard_.failed("a");
    guard_.succeeded("a");
  }
  EXPECT_EQ(guard_.admit("a"), std::nullopt);
}

TEST_F(LoginGuardTest, AFloodOfAddressesFreesMemoryButNotWhoIsLocked) {
  for (std::uint32_t i = 0; i < limits_.login_failures_in_a_row_max; ++i) guard_.failed("a");
  for (int i = 0; i < 60'000; ++i) ASSERT_EQ(guard_.admit("x" + std::to_string(i)), std::nullopt);
  clock_.advance(minutes(6));  // those are quiet by now
  for (int i = 0; i < 60'000; ++i) ASSERT_EQ(guard_.admit("y" + std::to_string(i)), std::nullopt);
  EXPECT_NE(guard_.admit("a"), std::nullopt);
}

}  // namespace
}  // namespace fleethook::api
