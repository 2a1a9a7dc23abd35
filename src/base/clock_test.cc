#include "base/clock.h"

#include <gtest/gtest.h>

namespace fleethook {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

class FixedClock final : public Clock {
 public:
  Instant now() const override { return Instant(seconds(1000)); }
  Steady steady() const override { return Steady(seconds(5)); }
};

TEST(Deadline, PassesAtItsTimeAndNotBefore) {
  const Deadline deadline = Deadline::after(FixedClock(), seconds(2));
  EXPECT_FALSE(deadline.passed(Steady(seconds(7)) - microseconds(1)));
  EXPECT_TRUE(deadline.passed(Steady(seconds(7))));
  EXPECT_EQ(deadline.left(Steady(seconds(6))), seconds(1));
  EXPECT_EQ(deadline.left(Steady(seconds(8))), Duration::zero());
}

TEST(Deadline, NeverNeverPasses) {
  const Deadline never = Deadline::never();
  EXPECT_TRUE(never.is_never());
  EXPECT_FALSE(never.passed(Steady::max()));
  EXPECT_EQ(never.left(Steady::max()), Duration::max());
  EXPECT_EQ(never.when(), std::nullopt);
}

TEST(SystemClock, SteadyTimeDoesNotGoBack) {
  const SystemClock clock;
  Steady last = clock.steady();
  for (int i = 0; i < 1000; ++i) {
    const Steady now = clock.steady();
    ASSERT_LE(last, now);
    last = now;
  }
}

TEST(SystemClock, WallTimeIsInThisEra) {
  using namespace std::chrono;
  const Instant now = SystemClock().now();
  EXPECT_GT(now, sys_days(year(2024) / 1 / 1));
  EXPECT_LT(now, sys_days(year(2200) / 1 / 1));
}

}  // namespace
}  // namespace fleethook
