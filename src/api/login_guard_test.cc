#include "api/login_guard.h"

#include <gtest/gtest.h>

#include "testing/base/manual_loop.h"

namespace fleethook::api {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Reason = LoginGuard::Reason;

class LoginGuardTest : public ::testing::Test {
 protected:
  void fail(std::uint32_t times, std::string_view address, std::string_view name) {
    for (std::uint32_t i = 0; i < times; ++i) {
      ASSERT_EQ(guard_.admit(address, name), std::nullopt) << i << " of " << times << " from " << address;
      guard_.failed(address, name);
    }
  }
  std::optional<Reason> refusal(std::string_view address, std::string_view name) {
    const auto refused = guard_.admit(address, name);
    return refused ? std::optional(refused->reason) : std::nullopt;
  }

  testing::ManualClock clock_;
  Limits limits_;
  PasswordLimits passwords_;
  LoginGuard guard_{clock_, limits_, passwords_};
};

TEST_F(LoginGuardTest, LetsAHundredRequestsThroughInFiveMinutes) {
  for (std::uint32_t i = 0; i < limits_.token_requests_per_5min_max; ++i)
    ASSERT_EQ(guard_.admit("a", "ann"), std::nullopt) << i;
  clock_.advance(minutes(1));
  EXPECT_EQ(guard_.admit("a", "ann"), (LoginGuard::Refusal{Reason::kAddressAsksTooOften, minutes(4)}));
  EXPECT_EQ(guard_.admit("b", "ann"), std::nullopt) << "another address";
  clock_.advance(minutes(4) - Duration(1));
  EXPECT_EQ(guard_.admit("a", "ann")->wait, Duration(1));
  clock_.advance(Duration(1));
  EXPECT_EQ(guard_.admit("a", "ann"), std::nullopt);
}

TEST_F(LoginGuardTest, LocksAnAddressAfterTenFailures) {
  fail(limits_.login_failures_in_a_row_max, "a", "ann");
  EXPECT_EQ(guard_.admit("a", "bob"), (LoginGuard::Refusal{Reason::kAddressLocked, limits_.login_lock}));
  EXPECT_EQ(guard_.admit("b", "ann"), std::nullopt);
  clock_.advance(limits_.login_lock - seconds(1));
  EXPECT_EQ(guard_.admit("a", "bob")->wait, Duration(seconds(1)));
  clock_.advance(seconds(1));
  EXPECT_EQ(guard_.admit("a", "bob"), std::nullopt);
}

TEST_F(LoginGuardTest, ASuccessForgivesWhatTheSameAddressGotWrongAtTheSameName) {
  for (int round = 0; round < 5; ++round) {
    fail(limits_.login_failures_in_a_row_max - 1, "a", "ann");
    guard_.succeeded("a", "ann");
  }
  EXPECT_EQ(refusal("a", "ann"), std::nullopt);
  EXPECT_EQ(refusal("b", "ann"), std::nullopt) << "nor is the name locked";
}

TEST_F(LoginGuardTest, ALoginOfOnesOwnForgivesNoGuessAtAnother) {
  for (std::uint32_t i = 0; i < limits_.login_failures_in_a_row_max; ++i) {
    guard_.failed("a", "ann");
    guard_.succeeded("a", "eve");
  }
  EXPECT_EQ(refusal("a", "eve"), Reason::kAddressLocked);
}

TEST_F(LoginGuardTest, LocksANameThatManyAddressesGuessAt) {
  std::uint32_t guesses = 0;
  for (int address = 0; address < 20; ++address) {
    const std::string from = "a" + std::to_string(address);
    for (int i = 0; i < 9 && !refusal(from, "ann"); ++i, ++guesses) guard_.failed(from, "ann");
  }
  EXPECT_EQ(guesses, passwords_.failures_per_name_max);
  EXPECT_EQ(guard_.admit("new", "ann"), (LoginGuard::Refusal{Reason::kNameLocked, limits_.login_lock}));
  EXPECT_EQ(refusal("new", "bob"), std::nullopt) << "another name";
  clock_.advance(limits_.login_lock);
  EXPECT_EQ(refusal("new", "ann"), std::nullopt);
}

TEST_F(LoginGuardTest, ALockedNameLetsInAddressesThatSignedInUnderItBefore) {
  guard_.succeeded("home", "ann");
  for (int address = 0; address < 4; ++address) fail(5, "a" + std::to_string(address), "ann");
  ASSERT_EQ(refusal("new", "ann"), Reason::kNameLocked);
  EXPECT_EQ(refusal("home", "ann"), std::nullopt);
  guard_.succeeded("home", "ann");
  EXPECT_EQ(refusal("new", "ann"), Reason::kNameLocked) << "the owner's sign-in forgives nobody else";
  guard_.succeeded("home", "bob");
  for (int address = 0; address < 4; ++address) fail(5, "b" + std::to_string(address), "bob");
  EXPECT_EQ(refusal("home", "bob"), std::nullopt);
  fail(limits_.login_failures_in_a_row_max, "home", "ann");
  EXPECT_EQ(refusal("home", "ann"), Reason::kAddressLocked) << "it may not guess either";
}

TEST_F(LoginGuardTest, RemembersTheLatestAddressesOfAUser) {
  for (std::size_t i = 0; i <= passwords_.known_addresses_per_user_max; ++i)
    guard_.succeeded("home" + std::to_string(i), "ann");
  for (int address = 0; address < 4; ++address) fail(5, "a" + std::to_string(address), "ann");
  EXPECT_EQ(refusal("home0", "ann"), Reason::kNameLocked);
  EXPECT_EQ(refusal("home1", "ann"), std::nullopt);
}

TEST_F(LoginGuardTest, AFailureCountsForHalfAnHour) {
  fail(limits_.login_failures_in_a_row_max - 1, "a", "ann");
  clock_.advance(limits_.login_lock);
  fail(limits_.login_failures_in_a_row_max - 1, "a", "ann");
  EXPECT_EQ(refusal("a", "ann"), std::nullopt);
}

TEST_F(LoginGuardTest, AFloodOfAddressesFreesMemoryButNotWhoIsLocked) {
  fail(limits_.login_failures_in_a_row_max, "a", "ann");
  for (int i = 0; i < 60'000; ++i) ASSERT_FALSE(guard_.failed("x" + std::to_string(i), std::to_string(i)).address);
  clock_.advance(limits_.login_lock - minutes(1));
  fail(limits_.login_failures_in_a_row_max, "b", "bob");
  clock_.advance(minutes(1));  // the first ones count no longer
  for (int i = 0; i < 60'000; ++i) ASSERT_FALSE(guard_.failed("y" + std::to_string(i), std::to_string(i)).address);
  EXPECT_EQ(refusal("b", "bob"), Reason::kAddressLocked);
}

TEST_F(LoginGuardTest, LimitsSignUpsOfAnAddressAndOfAll) {
  for (std::uint32_t i = 0; i < passwords_.sign_ups_per_hour_per_address_max; ++i)
    ASSERT_FALSE(guard_.admit_sign_up("a")) << i;
  clock_.advance(minutes(10));
  const auto of_address = guard_.admit_sign_up("a");
  ASSERT_TRUE(of_address);
  EXPECT_TRUE(of_address->of_address);
  EXPECT_EQ(of_address->wait, Duration(minutes(50)));
  for (std::uint32_t i = passwords_.sign_ups_per_hour_per_address_max; i < passwords_.sign_ups_per_hour_max; ++i)
    ASSERT_FALSE(guard_.admit_sign_up("b" + std::to_string(i))) << i;
  const auto of_all = guard_.admit_sign_up("c");
  ASSERT_TRUE(of_all);
  EXPECT_FALSE(of_all->of_address);
  EXPECT_EQ(of_all->wait, Duration(minutes(50)));
  clock_.advance(hours(1));
  EXPECT_FALSE(guard_.admit_sign_up("a"));
}

}  // namespace
}  // namespace fleethook::api
