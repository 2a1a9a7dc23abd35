#include "base/timer_wheel.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace fleethook {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Steady kStart = Steady(milliseconds(1'000'003));
constexpr Duration kTick = milliseconds(4);

class Wheel : public testing::Test {
 protected:
  TimerId at(Duration span, char name) {
    return wheel_.schedule(kStart + span, [this, name] { fired_ += name; });
  }
  std::string advance(Duration span) {
    fired_.clear();
    wheel_.advance(kStart + span);
    return fired_;
  }
  TimerWheel wheel_{kStart, kTick};
  std::string fired_;
};

TEST_F(Wheel, FiresAtTheTickAfterItsTimeAndNotBefore) {
  at(milliseconds(10), 'a');
  EXPECT_EQ(advance(milliseconds(10)), "");
  EXPECT_EQ(advance(milliseconds(12) - microseconds(1)), "");
  EXPECT_EQ(advance(milliseconds(12)), "a");
  EXPECT_EQ(advance(hours(1)), "");
  EXPECT_EQ(wheel_.size(), 0U);
}

TEST_F(Wheel, ATimeOnATickIsNotRoundedFurther) {
  at(milliseconds(8), 'a');
  EXPECT_EQ(advance(milliseconds(8) - microseconds(1)), "");
  EXPECT_EQ(advance(milliseconds(8)), "a");
}

TEST_F(Wheel, FiresInOrderOfTimeThenOfScheduling) {
  at(milliseconds(500), 'd');
  at(milliseconds(7), 'b');
  at(milliseconds(500), 'e');
  at(milliseconds(6), 'a');  // same tick as b
  at(hours(2), 'f');
  at(milliseconds(499), 'c');
  EXPECT_EQ(advance(hours(3)), "abcdef");
}

TEST_F(Wheel, WhatIsDueAlreadyFiresAtTheNextAdvance) {
  EXPECT_EQ(advance(milliseconds(100)), "");
  at(milliseconds(90), 'b');
  at(milliseconds(-50), 'a');
  at(milliseconds(100), 'c');
  EXPECT_LE(*wheel_.next(), kStart + milliseconds(100));
  EXPECT_EQ(advance(milliseconds(100)), "abc");
}

TEST_F(Wheel, CancelSaysWhetherItStoppedTheTimer) {
  const TimerId a = at(milliseconds(10), 'a');
  const TimerId b = at(milliseconds(10), 'b');
  EXPECT_TRUE(wheel_.cancel(a));
  EXPECT_FALSE(wheel_.cancel(a));
  EXPECT_EQ(wheel_.size(), 1U);
  EXPECT_EQ(advance(milliseconds(20)), "b");
  EXPECT_FALSE(wheel_.cancel(b));
  EXPECT_FALSE(wheel_.cancel(0));
  EXPECT_FALSE(wheel_.cancel(UINT64_MAX));
}

TEST_F(Wheel, IdsAreNeverReusedNorZero) {
  std::set<TimerId> ids;
  for (int i = 0; i < 10'000; ++i) {
    const TimerId id = at(milliseconds(10), 'x');
    EXPECT_NE(id, 0U);
    EXPECT_TRUE(ids.insert(id).second);
    wheel_.cancel(id);
  }
}

TEST_F(Wheel, ACallbackMayCancelOneThatIsDueWithIt) {
  TimerId b = 0;
  bool cancelled = false;
  wheel_.schedule(kStart + milliseconds(5), [&] { cancelled = wheel_.cancel(b); });
  b = at(milliseconds(6), 'b');
  at(milliseconds(7), 'c');
  EXPECT_EQ(advance(milliseconds(20)), "c");
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(wheel_.size(), 0U);
}

TEST_F(Wheel, ACallbackCannotCancelItself) {
  TimerId self = 0;
  bool cancelled = true;
  self = wheel_.schedule(kStart, [&] { cancelled = wheel_.cancel(self); });
  advance(milliseconds(0));
  EXPECT_FALSE(cancelled);
}

TEST_F(Wheel, WhatACallbackSchedulesWaitsForTheNextAdvance) {
  int runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    wheel_.schedule(kStart, again);
  };
  wheel_.schedule(kStart, again);
  for (int i = 1; i <= 5; ++i) {
    advance(milliseconds(100));
    EXPECT_EQ(runs, i);
    EXPECT_EQ(wheel_.size(), 1U);
  }
}

TEST_F(Wheel, TimeThatGoesBackFiresNothing) {
  EXPECT_EQ(advance(milliseconds(100)), "");
  at(milliseconds(50), 'a');
  EXPECT_EQ(advance(milliseconds(40)), "");
  EXPECT_EQ(advance(milliseconds(-40)), "");
  EXPECT_EQ(advance(milliseconds(100)), "a");
}

TEST_F(Wheel, HoldsTimesThatNeverCome) {
  wheel_.schedule(Steady::max(), [this] { fired_ += 'z'; });
  wheel_.schedule(Steady::max() - kTick, [this] { fired_ += 'y'; });
  wheel_.schedule(Steady::min(), [this] { fired_ += 'a'; });
  EXPECT_EQ(advance(hours(24 * 365 * 100)), "a");
  EXPECT_EQ(wheel_.size(), 2U);
  ASSERT_TRUE(wheel_.next());
  wheel_.advance(Steady::max() - kTick);
  EXPECT_LE(wheel_.size(), 2U);
  EXPECT_EQ(fired_.find('z'), std::string::npos);
}

TEST_F(Wheel, NextIsEmptyWithoutTimers) {
  EXPECT_EQ(wheel_.next(), std::nullopt);
  const TimerId id = at(milliseconds(10), 'a');
  EXPECT_TRUE(wheel_.next());
  wheel_.cancel(id);
  EXPECT_EQ(wheel_.next(), std::nullopt);
}

TEST_F(Wheel, ACancelledCallbackIsDestroyedAtOnceAndMayUseTheWheel) {
  struct Nested {
    TimerWheel& wheel;
    TimerId other;
    ~Nested() { wheel.cancel(other); }
  };
  const TimerId other = at(milliseconds(10), 'o');
  auto nested = std::make_shared<Nested>(Nested{wheel_, 0});
  nested->other = other;
  const TimerId id = wheel_.schedule(kStart + milliseconds(10), [nested] {});
  nested.reset();
  EXPECT_TRUE(wheel_.cancel(id));
  EXPECT_EQ(wheel_.size(), 0U);
}

TEST(WheelDeathTest, AdvancingInsideACallbackIsABug) {
  TimerWheel wheel(kStart, kTick);
  wheel.schedule(kStart, [&] { wheel.advance(kStart); });
  EXPECT_DEATH(wheel.advance(kStart), "assertion failed");
}

// What the header promises, said as simply as it can be: a list that is searched.
class NaiveTimers {
 public:
  explicit NaiveTimers(Duration tick) : tick_(tick) {}
  void schedule(int name, Steady when) { timers_.push_back({when, name}); }
  bool cancel(int name) {
    return std::erase_if(timers_, [name](const Timer& t) { return t.name == name; }) > 0;
  }
  std::vector<int> take_due(Steady now) {
    std::vector<Timer> due;
    for (const Timer& timer : timers_) {
      if (rounded(timer.when) <= now) due.push_back(timer);
    }
    std::erase_if(timers_, [&](const Timer& timer) { return rounded(timer.when) <= now; });
    std::stable_sort(due.begin(), due.end(), [](const Timer& a, const Timer& b) { return a.when < b.when; });
    std::vector<int> names;
    for (const Timer& timer : due) names.push_back(timer.name);
    return names;
  }
  std::optional<Steady> first() const {
    std::optional<Steady> first;
    for (const Timer& timer : timers_) first = std::min(first.value_or(Steady::max()), rounded(timer.when));
    return first;
  }
  std::size_t size() const { return timers_.size(); }

 private:
  struct Timer {
    Steady when;
    int name;
  };
  Steady rounded(Steady when) const {
    if (when <= kStart) return kStart;
    return kStart + (when - kStart + tick_ - Duration(1)) / tick_ * tick_;
  }
  Duration tick_;
  std::vector<Timer> timers_;
};

// Spans of every magnitude, so that all levels and their borders are met.
Duration random_span(Random& random) {
  const auto bits = random.next() % 44;
  return Duration(static_cast<std::int64_t>(random.next() & ((1ULL << bits) - 1))) - Duration(bits < 8 ? 100 : 0);
}

void compare_with_naive(std::uint64_t seed) {
  SeededRandom random(seed);
  const Duration tick = seed % 3 == 0 ? microseconds(1) : seed % 3 == 1 ? kTick : Duration(milliseconds(7));
  TimerWheel wheel(kStart, tick);
  NaiveTimers naive(tick);
  std::map<int, TimerId> ids;
  std::vector<int> fired;
  Steady now = kStart;
  int names = 0;
  const auto schedule = [&](Steady when) {
    const int name = names++;
    naive.schedule(name, when);
    ids[name] = wheel.schedule(when, [&fired, name] { fired.push_back(name); });
  };

  for (int step = 0; step < 400; ++step) {
    const auto kind = random.next() % 10;
    if (kind < 5) {
      schedule(now + random_span(random));
    } else if (kind < 7 && names > 0) {
      const int name = static_cast<int>(random.next() % static_cast<std::uint64_t>(names));
      ASSERT_EQ(wheel.cancel(ids[name]), naive.cancel(name));
    } else {
      const auto next = wheel.next();
      // Often exactly to where the wheel asked to be called, sometimes just before it.
      if (kind == 7 && next) {
        now = std::max(now, *next - Duration(static_cast<std::int64_t>(random.next() % 2)));
      } else {
        now += std::max(Duration::zero(), random_span(random) / 16);
      }
      fired.clear();
      wheel.advance(now);
      ASSERT_EQ(fired, naive.take_due(now)) << "step " << step;
    }
    ASSERT_EQ(wheel.size(), naive.size());
    ASSERT_EQ(wheel.next().has_value(), naive.first().has_value());
    if (naive.first()) {
      ASSERT_LE(*wheel.next(), std::max(*naive.first(), now));
    }
  }
}

TEST(WheelModel, DoesWhatANaiveListDoes) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    compare_with_naive(seed);
    if (testing::Test::HasFatalFailure()) return;
  }
}

// A loop that only ever sleeps until next() must come to every timer in few steps.
TEST(WheelModel, FollowingNextReachesEveryTimerOnTime) {
  SeededRandom random(9);
  TimerWheel wheel(kStart, kTick);
  std::size_t fired = 0;
  Steady now = kStart;
  for (int i = 0; i < 200; ++i) {
    const Steady when = kStart + std::max(Duration::zero(), random_span(random));
    wheel.schedule(when, [&, when] {
      ++fired;
      EXPECT_GE(now, when);
      EXPECT_LT(now, when + kTick);
    });
  }
  int steps = 0;
  while (const auto next = wheel.next()) {
    ASSERT_LT(++steps, 200 * 12);
    now = std::max(now, *next);
    wheel.advance(now);
  }
  EXPECT_EQ(fired, 200U);
}

}  // namespace
}  // namespace fleethook
