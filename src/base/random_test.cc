#include "base/random.h"

#include <array>
#include <set>

#include <gtest/gtest.h>

namespace fleethook {
namespace {

// From the authors' C code of splitmix64 and xoshiro256**.
TEST(SeededRandom, GivesTheNumbersOfTheReference) {
  SeededRandom zero(0);
  for (const std::uint64_t expected :
       {0x99ec5f36cb75f2b4ULL, 0xbf6e1f784956452aULL, 0x1a5f849d4933e6e0ULL, 0x6aa594f1262d2d2cULL}) {
    EXPECT_EQ(zero.next(), expected);
  }
  SeededRandom other(42);
  for (const std::uint64_t expected : {0x15780b2e0c2ec716ULL, 0x6104d9866d113a7eULL, 0xae17533239e499a1ULL}) {
    EXPECT_EQ(other.next(), expected);
  }
}

TEST(SeededRandom, FillsAnyLengthAndNothingBeyond) {
  for (std::size_t length = 0; length <= 17; ++length) {
    SeededRandom random(7);
    SeededRandom same(7);
    std::array<std::uint8_t, 20> a{};
    std::array<std::uint8_t, 20> b{};
    random.fill({a.data(), length});
    same.fill({b.data(), length});
    EXPECT_EQ(a, b);
    for (std::size_t i = length; i < a.size(); ++i) EXPECT_EQ(a[i], 0);
  }
}

TEST(Random, UnitStaysBelowOneAndIsSpreadEvenly) {
  SeededRandom random(3);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double unit = random.unit();
    ASSERT_GE(unit, 0);
    ASSERT_LT(unit, 1);
    sum += unit;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.01);

  struct Largest final : Random {
    std::uint64_t next() override { return UINT64_MAX; }
    void fill(std::span<std::uint8_t>) override {}
  } largest;
  EXPECT_LT(largest.unit(), 1);
}

TEST(SystemRandom, DoesNotRepeatItself) {
  SystemRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.next());
  EXPECT_EQ(seen.size(), 1000U);
  std::array<std::uint8_t, 64> bytes{};
  random.fill(bytes);
  EXPECT_NE(bytes, (std::array<std::uint8_t, 64>{}));
}

}  // namespace
}  // namespace fleethook
