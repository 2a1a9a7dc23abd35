#include "delivery/pace.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace fleethook::delivery {
namespace {

using namespace std::chrono_literals;

class PaceTest : public ::testing::Test {
 protected:
  // As many as it allows, at once, each taking so long.
  void round(Duration took, bool well = true, Pace::Failure how = Pace::Failure::kOverload) {
    const Steady began = now_;
    now_ += took;
    const std::size_t all = pace_.allowed();
    for (std::size_t i = 0; i < all; ++i) {
      well ? pace_.succeeded(began, now_, all) : pace_.failed(began, now_, how);
    }
    now_ += 1ms;
  }
  // Until it allows all.
  void grow() {
    for (int i = 0; i < 4; ++i) round(20ms);
  }
  Pace pace_{64};
  Steady now_{1h};
};

TEST_F(PaceTest, BeginsWithAFewAndDoublesWithEachRoundOfAnswers) {
  std::vector<std::size_t> seen;
  for (int i = 0; i < 5; ++i) {
    seen.push_back(pace_.allowed());
    round(20ms);
  }
  EXPECT_EQ(seen, (std::vector<std::size_t>{8, 16, 32, 64, 64}));
  EXPECT_EQ(Pace(3).allowed(), 3U);
}

// Who falls silent then has no more under way than that.
TEST_F(PaceTest, FallsToTwiceOfWhatIsUsed) {
  grow();
  ASSERT_EQ(pace_.allowed(), 64U);
  for (int i = 0; i < 40; ++i) {
    now_ += 100ms;
    pace_.succeeded(now_ - 1ms, now_, 10);
  }
  EXPECT_GE(pace_.allowed(), 20U);
  EXPECT_LE(pace_.allowed(), 21U);
  for (int i = 0; i < 40; ++i) {
    now_ += 100ms;
    pace_.succeeded(now_ - 1ms, now_, 1);
  }
  EXPECT_EQ(pace_.allowed(), Pace::kFew);
  for (int i = 0; i < 3; ++i) round(20ms);
  EXPECT_EQ(pace_.allowed(), 64U) << "and is there again when it is needed";
}

TEST_F(PaceTest, HalvesOnceHoweverManyFailTogether) {
  grow();
  round(1s, false);
  EXPECT_EQ(pace_.allowed(), 32U);
  round(1s, false);
  EXPECT_EQ(pace_.allowed(), 16U);
  for (int i = 0; i < 20; ++i) round(1s, false);
  EXPECT_EQ(pace_.allowed(), 1U) << "never none";
}

TEST_F(PaceTest, AnErrorThatComesPromptlyCostsLess) {
  grow();
  round(1s, false, Pace::Failure::kError);
  EXPECT_EQ(pace_.allowed(), 48U);
}

TEST_F(PaceTest, GrowsByOneARoundAfterIt) {
  grow();
  round(20ms, false);
  for (int i = 0; i < 5; ++i) round(20ms);
  EXPECT_GE(pace_.allowed(), 35U);
  EXPECT_LE(pace_.allowed(), 37U);
  for (int i = 0; i < 60; ++i) round(20ms);
  EXPECT_EQ(pace_.allowed(), 64U);
}

TEST_F(PaceTest, DoublesAfterAnOutageUntilHalfOfIt) {
  pace_.restart();
  std::vector<std::size_t> seen;
  for (int i = 0; i < 6; ++i) {
    seen.push_back(pace_.allowed());
    round(20ms);
  }
  EXPECT_EQ(seen, (std::vector<std::size_t>{1, 2, 4, 8, 16, 32}));
}

TEST_F(PaceTest, FallsWhenTheReceiverGetsSlowerAndNotBecauseItIsSlow) {
  for (int i = 0; i < 50; ++i) round(5s);
  EXPECT_EQ(pace_.allowed(), 64U);
  Pace quick{64};
  std::swap(pace_, quick);
  for (int i = 0; i < 50; ++i) round(50ms);
  round(1s);
  round(1s);
  EXPECT_LT(pace_.allowed(), 60U);
  for (int i = 0; i < 200; ++i) round(1s);
  EXPECT_EQ(pace_.allowed(), 64U) << "that is how it is now";
}

TEST_F(PaceTest, DoesNotGrowWhileLessIsUsed) {
  grow();
  round(20ms, false);
  for (int i = 0; i < 100; ++i) pace_.succeeded(now_, now_ + 20ms, 3);
  EXPECT_EQ(pace_.allowed(), 32U);
}

}  // namespace
}  // namespace fleethook::delivery
