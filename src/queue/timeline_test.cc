#include "queue/timeline.h"

#include <gtest/gtest.h>

#include "queue/queue_for_tests.h"

namespace fleethook::queue {
namespace {

using namespace std::chrono_literals;

Instant wall_of(Moment at) {
  return Instant(at.time_since_epoch());
}

// What a server does each second.
void keep(Timeline& timeline, std::uint64_t last) {
  if (const auto mark = timeline.next_mark({last})) timeline.add(*mark);
}

TEST(Timeline, BeginsAtTheWallClockAndGoesOnWhateverIsDoneToThat) {
  HandClock clock;
  const Timeline timeline(clock);
  const Moment began = timeline.now();
  EXPECT_EQ(wall_of(began), clock.now());
  for (const Duration step : {Duration(24h * 4), Duration(-24h), Duration(-24h * 365 * 56)}) {
    clock.step(step);
    EXPECT_EQ(timeline.now(), began);
    EXPECT_EQ(timeline.sure(), began);
  }
  clock.advance(5s);
  EXPECT_EQ(timeline.now(), began + 5s);
}

TEST(Timeline, BeginsNoEarlierThanTheNewestEventOfAnOlderFolder) {
  HandClock clock;
  const Instant newest = clock.now();
  clock.step(-24h * 365 * 56);  // the machine has no clock of its own
  const Timeline timeline(clock, std::nullopt, {}, {}, newest, {7});
  EXPECT_EQ(wall_of(timeline.now()), newest);
}

TEST(Timeline, GoesOnExactlyWhileTheMachineStaysUp) {
  HandClock clock;
  TimeAnchor anchor;
  Moment at;
  {
    const Timeline first(clock, std::nullopt, {"up", 100s}, {}, {}, {});
    clock.advance(50s);
    at = first.now();
    anchor = first.anchor();
  }
  EXPECT_EQ(anchor.uptime.since, 150s);
  for (const Duration step : {Duration(24h * 4), Duration(-24h), Duration(0)}) {
    clock.step(step);
    const Timeline again(clock, anchor, {"up", 150s + 3h}, {}, {}, {});
    EXPECT_EQ(again.now(), at + 3h);
    EXPECT_EQ(again.sure(), at + 3h);
  }
  const Timeline copied(clock, anchor, {"up", 20s}, {}, {}, {});
  EXPECT_EQ(copied.now(), at) << "never backwards";
}

TEST(Timeline, AfterAStartOfTheMachineBelievesTheWallClockForAnHourAndNotForWhatIsOld) {
  HandClock clock;
  const Timeline first(clock, std::nullopt, {"up", 100s}, {}, {}, {});
  const TimeAnchor anchor = first.anchor();
  const Moment at = first.now();
  const auto after = [&](Duration step, const Uptime& uptime) {
    clock.step(step);
    Timeline again(clock, anchor, uptime, {}, {}, {});
    EXPECT_EQ(again.sure(), at) << "whatever it was";
    clock.step(-step);
    return again.now() - at;
  };
  EXPECT_EQ(after(5min, {"another", 5s}), 5min);
  EXPECT_EQ(after(24h * 4, {"another", 5s}), 1h);
  EXPECT_EQ(after(-24h, {"another", 5s}), 0s);
  EXPECT_EQ(after(20min, {}), 20min) << "a machine that tells nothing";
  // From one run to the next it adds up, so that what was due stays due.
  clock.step(2h);
  const Timeline second(clock, anchor, {"another", 5s}, {}, {}, {});
  const Timeline third(clock, second.anchor(), {"another", 65s}, {}, {}, {});
  EXPECT_EQ(third.now(), at + 1h + 1min);
  EXPECT_EQ(third.sure(), at + 1min);
}

TEST(Timeline, KnowsWhenAnEventWasAcceptedWhateverItsTimeSays) {
  HandClock clock;
  Timeline timeline(clock, std::nullopt, {}, {}, {}, {100});
  const Moment began = timeline.sure();
  for (std::uint64_t last = 101; last <= 200; ++last) {
    clock.advance(1s);
    if (last == 150) clock.step(24h * 4);
    if (last == 180) clock.step(-24h * 5);
    keep(timeline, last);
  }
  for (std::uint64_t event = 101; event <= 200; ++event) {
    const Moment was = began + std::chrono::seconds(event - 100);
    const Moment said = timeline.accepted({event}, Instant());
    EXPECT_GE(said, was) << event;
    EXPECT_LE(said, was + Timeline::kMarkEvery) << event;
  }
  EXPECT_EQ(timeline.accepted({201}, Instant()), timeline.sure()) << "a moment ago";
  EXPECT_EQ(timeline.accepted({100}, wall_of(began) - 2h), began - 2h) << "from before there was a timeline";
  EXPECT_EQ(timeline.accepted({100}, wall_of(began) + 2h), began) << "by a clock that was wrong";
}

TEST(Timeline, NothingIsOldBecauseAClockWasSet) {
  HandClock clock;
  Timeline timeline(clock, std::nullopt, {}, {}, {}, {100});
  const Instant began = clock.now();
  EXPECT_EQ(timeline.older_than(24h).upto.value, 100U);
  EXPECT_EQ(timeline.older_than(24h).accepted_before, began - 24h);
  EXPECT_EQ(timeline.wall_before(24h), began - 24h);
  for (std::uint64_t last = 101; last <= 124; ++last) {
    clock.advance(1h);
    keep(timeline, last);
  }
  clock.step(24h * 40);
  clock.advance(1s);
  keep(timeline, 124);
  EXPECT_EQ(timeline.older_than(10h).upto.value, 114U);
  EXPECT_EQ(timeline.older_than(10h).accepted_before, Instant::max());
  EXPECT_EQ(timeline.older_than(24h * 7).accepted_before, began + 24h + 1s - 24h * 7);
  EXPECT_EQ(timeline.wall_before(10h), began + 14h + 1s) << "what it showed then";
  clock.advance(10h);
  keep(timeline, 125);
  EXPECT_EQ(timeline.older_than(10h - 1s).upto.value, 124U);
  EXPECT_EQ(timeline.wall_before(1h), clock.now() - 1h);
}

// Whether one of the stretches has it, and one where it is found by its time if it has to be.
bool is_in(const std::vector<Timeline::Stretch>& stretches, std::uint64_t event) {
  return std::ranges::any_of(
      stretches, [&](const Timeline::Stretch& one) { return event > one.after.value && event <= one.upto.value; });
}

TEST(Timeline, TellsWhereAnEventIsByTheTimeInItsId) {
  SeededRandom random(1);
  HandClock clock;
  Timeline timeline(clock, std::nullopt, {}, {}, {}, {});
  std::vector<Instant> shown(1);
  for (std::uint64_t last = 1; last <= 4000; ++last) {
    clock.advance(500ms);
    if (last % 4 == 1 && random.next() % 50 == 0) clock.step(std::chrono::minutes(random.next() % 20000) - 160h);
    shown.push_back(clock.now());
    if (last % 2 == 0) keep(timeline, last);
  }
  std::size_t looked_at = 0;
  for (std::uint64_t event = 1; event <= 4000; ++event) {
    const auto stretches = timeline.accepted_about(shown[event]);
    EXPECT_TRUE(is_in(stretches, event)) << event;
    looked_at += stretches.size();
  }
  EXPECT_LT(looked_at, 4000U * 30) << "few of them";
  EXPECT_LT(timeline.marks().size(), 300U);
}

TEST(Timeline, KeepsFewMarksOfOldTimes) {
  HandClock clock;
  Timeline timeline(clock);
  for (std::uint64_t i = 1; i <= 60'000; ++i) {  // a week
    clock.advance(10s);
    keep(timeline, i);
  }
  const auto marks = timeline.marks();
  EXPECT_LT(marks.size(), 3000U);
  for (std::size_t i = 1; i < marks.size(); ++i) {
    EXPECT_LE(marks[i].at - marks[i - 1].at, (timeline.sure() - marks[i].at) / 100 + 20s) << i;
  }
  for (int i = 0; i < 10'000; ++i) {  // and of a clock that never stands still
    clock.advance(1s);
    clock.step(i % 2 == 0 ? 2h : -2h);
    keep(timeline, 60'000);
  }
  EXPECT_EQ(timeline.marks().size(), Timeline::kMarksMax);
}

TEST(Timeline, AClockThatIsDrawnSlowlyToTheRightTimeIsNotSet) {
  HandClock clock;
  Timeline timeline(clock);
  for (int i = 0; i < 3600; ++i) {
    clock.advance(1s);
    clock.step(Duration(500));  // as NTP does
    EXPECT_FALSE(timeline.next_mark({})) << i;
  }
}

}  // namespace
}  // namespace fleethook::queue
