#include "base/result.h"

#include <memory>

#include <gtest/gtest.h>

namespace fleethook {
namespace {

Result<int> parse_digit(char c) {
  if (c < '0' || c > '9') return Error::field("digit", "must be 0 to 9");
  return c - '0';
}

Result<int> add(char a, char b) {
  FLEETHOOK_TRY(const int left, parse_digit(a));
  FLEETHOOK_TRY(const int right, parse_digit(b));
  return left + right;
}

Result<void> check_all(std::string_view text, int& seen) {
  for (const char c : text) {
    const auto check = [c]() -> Result<void> {
      FLEETHOOK_TRY([[maybe_unused]] const int digit, parse_digit(c));
      return {};
    };
    FLEETHOOK_CHECK(check());
    ++seen;
  }
  return {};
}

TEST(Result, TryNamesTheValueOrReturnsTheError) {
  EXPECT_EQ(add('2', '3').value(), 5);
  EXPECT_EQ(add('x', '3').error(), Error::field("digit", "must be 0 to 9"));
  EXPECT_EQ(add('2', 'x').error().violations.at(0).field, "digit");
}

TEST(Result, CheckStopsAtTheFirstError) {
  int seen = 0;
  EXPECT_TRUE(check_all("123", seen).ok());
  EXPECT_EQ(seen, 3);
  seen = 0;
  EXPECT_FALSE(check_all("1x3", seen).ok());
  EXPECT_EQ(seen, 1);
}

TEST(Result, FieldErrorNamesTheFieldInItsMessage) {
  const Error error = Error::field("name", "1 to 64 bytes");
  EXPECT_EQ(error.fault, Fault::kInvalid);
  EXPECT_EQ(error.message, "name: 1 to 64 bytes");
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, AskingForTheWrongHalfStopsTheProcess) {
  Result<int> good = 1;
  Result<int> bad = Error{Fault::kNotFound, "no"};
  EXPECT_DEATH((void)good.error(), "assertion failed");
  EXPECT_DEATH((void)bad.value(), "assertion failed");
  EXPECT_DEATH((void)Result<void>().error(), "assertion failed");
}

}  // namespace
}  // namespace fleethook
