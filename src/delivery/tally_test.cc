#include "delivery/tally.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace fleethook::delivery {
namespace {

TEST(Tally, CountsWhatLivesHereAndInAll) {
  Tally all;
  Tally here(&all), there(&all);
  {
    std::vector<Counted> some;
    for (int i = 0; i < 5; ++i) some.emplace_back(here);
    some.emplace_back(there);
    EXPECT_EQ(here.count(), 5U);
    EXPECT_EQ(all.count(), 6U);
    some.erase(some.begin() + 1);
    EXPECT_EQ(here.count(), 4U);
  }
  EXPECT_EQ(here.count(), 0U);
  EXPECT_EQ(all.count(), 0U);
}

TEST(Tally, ACopyIsOneMoreAndAMoveIsNot) {
  Tally tally;
  Counted one(tally);
  Counted moved(std::move(one));
  EXPECT_EQ(tally.count(), 1U);
  Counted copy(moved);  // NOLINT(performance-unnecessary-copy-initialization): the copy is what is tried
  EXPECT_EQ(tally.count(), 2U);
  copy = Counted();
  EXPECT_EQ(tally.count(), 1U);
  moved = Counted(tally);
  EXPECT_EQ(tally.count(), 1U) << "what was there before is gone";
}

}  // namespace
}  // namespace fleethook::delivery
