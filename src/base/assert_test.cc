#include "base/assert.h"

#include <gtest/gtest.h>

namespace fleethook {
namespace {

TEST(AssertDeathTest, StopsTheProcessAndSaysWhere) {
  const int apples = 1;
  EXPECT_DEATH(FLEETHOOK_ASSERT(apples == 2), "assert_test.cc:[0-9]+: assertion failed: apples == 2");
}

TEST(Assert, EvaluatesItsConditionOnce) {
  int calls = 0;
  FLEETHOOK_ASSERT(++calls == 1);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace fleethook
