#include "testing/base/manual_loop.h"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace fleethook::testing {
namespace {

using std::chrono::seconds;

TEST(ManualLoop, RunsTasksInOrderAndNeverInsidePost) {
  ManualLoop loop;
  std::string trace;
  loop.post([&] {
    trace += "a";
    loop.post([&] { trace += "c"; });
  });
  loop.post([&] { trace += "b"; });
  EXPECT_EQ(trace, "");
  EXPECT_EQ(loop.run_ready(), 3U);
  EXPECT_EQ(trace, "abc");
}

TEST(ManualLoop, FiresTimersAtTheirTimeInOrder) {
  ManualLoop loop;
  const Steady start = loop.clock().steady();
  const Instant wall = loop.clock().now();
  std::vector<Duration> fired;
  const auto note = [&] { fired.push_back(loop.clock().steady() - start); };
  loop.schedule_after(seconds(3), note);
  loop.schedule_after(seconds(1), [&] {
    note();
    loop.schedule_after(seconds(1), note);
  });
  const TimerId cancelled = loop.schedule_after(seconds(2), note);
  EXPECT_TRUE(loop.cancel(cancelled));
  EXPECT_FALSE(loop.cancel(cancelled));
  loop.advance(seconds(10));
  EXPECT_EQ(fired, (std::vector<Duration>{seconds(1), seconds(2), seconds(3)}));
  EXPECT_EQ(loop.clock().steady() - start, seconds(10));
  EXPECT_EQ(loop.clock().now() - wall, seconds(10));
  EXPECT_EQ(loop.next_timer(), std::nullopt);
}

TEST(ManualLoop, ATimerOfThePastRunsSoonButNotInside) {
  ManualLoop loop;
  int ran = 0;
  loop.schedule(loop.clock().steady() - seconds(5), [&] { ++ran; });
  EXPECT_EQ(ran, 0);
  loop.run_ready();
  EXPECT_EQ(ran, 1);
}

TEST(ManualLoop, TakesTasksFromOtherThreads) {
  ManualLoop loop;
  int ran = 0;
  std::thread other([&] {
    EXPECT_FALSE(loop.in_loop());
    for (int i = 0; i < 100; ++i) loop.post([&] { ++ran; });
  });
  other.join();
  EXPECT_TRUE(loop.in_loop());
  loop.run_ready();
  EXPECT_EQ(ran, 100);
}

TEST(ManualLoop, DropsWhatIsLeft) {
  auto kept = std::make_shared<int>(1);
  {
    ManualLoop loop;
    loop.post([kept] { FAIL(); });
    loop.schedule_after(seconds(1), [kept] { FAIL(); });
  }
  EXPECT_EQ(kept.use_count(), 1);
}

}  // namespace
}  // namespace fleethook::testing
