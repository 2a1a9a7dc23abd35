#include "net/loop.h"

#include <atomic>
#include <thread>
#include <vector>

#include "net/loop_fixture.h"

namespace fleethook::net {
namespace {

using std::chrono::milliseconds;

TEST_F(LoopTest, RunsTasksOfOneThreadInOrderOnItsOwnThread) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 5000;
  std::vector<std::vector<int>> ran(kThreads);  // written on the loop only
  int finished = 0;
  bool elsewhere = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTasks; ++i) {
        loop.post([&, t, i] {
          elsewhere |= !loop.in_loop();
          ran[static_cast<std::size_t>(t)].push_back(i);
          if (i == kTasks - 1 && ++finished == kThreads) done();
        });
      }
    });
  }
  run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(elsewhere);
  for (const auto& order : ran) {
    ASSERT_EQ(order.size(), kTasks);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  }
}

TEST_F(LoopTest, NeverRunsATaskInsidePost) {
  std::string order;
  loop.post([&] {
    loop.post([&] {
      order += 'b';
      loop.post([&] {
        order += 'd';
        done();
      });
      order += 'c';
    });
    order += 'a';
  });
  EXPECT_EQ(order, "");
  run();
  EXPECT_EQ(order, "abcd");
}

TEST_F(LoopTest, StopLetsEarlierTasksRun) {
  int ran = 0;
  loop.post([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&] { ++ran; });
    loop.stop();
  });
  run();
  EXPECT_EQ(ran, 1000);

  for (int i = 0; i < 1000; ++i) loop.post([&] { ++ran; });
  loop.stop();  // before run()
  run();
  EXPECT_EQ(ran, 2000);
}

TEST_F(LoopTest, StopOnTheLoopLetsTasksOfOtherThreadsRunThatWereThereBefore) {
  bool ran = false;
  loop.post([&] {
    std::thread([&] { loop.post([&] { ran = true; }); }).join();
    loop.stop();
  });
  run();
  EXPECT_TRUE(ran);
}

TEST_F(LoopTest, KnowsItsThread) {
  EXPECT_FALSE(loop.in_loop());
  bool inside = false;
  loop.post([&] {
    inside = loop.in_loop();
    std::thread([&] { EXPECT_FALSE(loop.in_loop()); }).join();
    done();
  });
  run();
  EXPECT_TRUE(inside);
  EXPECT_FALSE(loop.in_loop());
}

TEST_F(LoopTest, TimersFireInOrderAndNeverEarly) {
  std::vector<int> fired;
  const Steady start = clock.steady();
  for (const int ms : {30, 10, 20, 5, 0}) {
    loop.schedule(start + milliseconds(ms), [&, ms] {
      EXPECT_GE(clock.steady(), start + milliseconds(ms));
      fired.push_back(ms);
      if (ms == 30) done();
    });
  }
  EXPECT_TRUE(fired.empty());
  run();
  EXPECT_EQ(fired, (std::vector<int>{0, 5, 10, 20, 30}));
}

TEST_F(LoopTest, ATimerSetByATaskOrTimerAfterALaterOneStillFires) {
  std::string order;
  loop.schedule_after(std::chrono::hours(1), [&] { order += '!'; });
  loop.post([&] {
    loop.schedule_after(milliseconds(8), [&] {
      order += 'a';
      loop.schedule_after(milliseconds(1), [&] {
        order += 'b';
        done();
      });
    });
  });
  run();
  EXPECT_EQ(order, "ab");
}

TEST_F(LoopTest, ACancelledTimerDoesNotFire) {
  bool fired = false;
  const TimerId id = loop.schedule_after(milliseconds(1), [&] { fired = true; });
  EXPECT_TRUE(loop.cancel(id));
  EXPECT_FALSE(loop.cancel(id));
  loop.schedule_after(milliseconds(10), [&] { done(); });
  run();
  EXPECT_FALSE(fired);
}

TEST_F(LoopTest, ATaskThatPostsItselfForeverStarvesNeitherTimersNorOtherThreads) {
  bool fired = false;
  bool from_elsewhere = false;
  std::thread other;
  const Loop::Task again = [&] {
    if (fired && from_elsewhere) return done();
    loop.post(again);
  };
  loop.post(again);
  loop.schedule_after(milliseconds(1), [&] {
    fired = true;
    other = std::thread([&] { loop.post([&] { from_elsewhere = true; }); });
  });
  run();
  other.join();
  EXPECT_TRUE(fired && from_elsewhere);
}

// Posts again when it is destroyed, as a connection might that reports its end.
struct PostsWhenItGoes {
  AsioLoop* loop;
  ~PostsWhenItGoes() {
    loop->post([] {});
    loop->cancel(loop->schedule_after(Duration::zero(), [] {}));
  }
};

TEST(AsioLoop, DestroysWhatDidNotRun) {
  const SystemClock clock;
  const auto witness = std::make_shared<int>();
  {
    AsioLoop loop(clock);
    loop.post([witness] { FAIL(); });
    loop.post([witness, last = std::make_shared<PostsWhenItGoes>(&loop)] { FAIL(); });
    loop.schedule_after(std::chrono::hours(1), [witness, last = std::make_shared<PostsWhenItGoes>(&loop)] { FAIL(); });
    EXPECT_EQ(witness.use_count(), 4);
  }
  EXPECT_EQ(witness.use_count(), 1);
  {
    AsioLoop loop(clock);
    loop.post([&] {
      loop.stop();
      loop.post([&, witness] { loop.post([witness] {}); });  // whether these still run is not said
    });
    loop.run();
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(AsioLoop, StopsFromAnyThreadAtAnyMoment) {
  const SystemClock clock;
  for (int i = 0; i < 100; ++i) {
    AsioLoop loop(clock);
    std::atomic<int> ran = 0;
    std::thread thread([&] { loop.run(); });
    std::thread poster([&] {
      for (int n = 0; n < 10; ++n) loop.post([&] { ++ran; });
      loop.stop();
    });
    poster.join();
    thread.join();
    EXPECT_EQ(ran, 10);
  }
}

}  // namespace
}  // namespace fleethook::net
