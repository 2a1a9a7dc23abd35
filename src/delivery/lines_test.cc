#include "delivery/lines.h"

#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace fleethook::delivery {
namespace {

using namespace std::chrono_literals;

class LinesTest : public ::testing::Test {
 protected:
  // Of one whose receiver has borne all that it may get.
  Line& line(std::uint64_t integration) {
    Line* known = lines_.find({{integration}, {}});
    if (known != nullptr) return *known;
    Line& fresh = lines_.of({{integration}, {}});
    for (int i = 0; i < 64; ++i) fresh.pace.succeeded(now_, now_, 64);
    return fresh;
  }
  void add(std::uint64_t integration, std::size_t count, std::size_t bytes = 0) {
    for (; count > 0; --count) lines_.add_fresh(line(integration), made(integration, bytes), now_);
  }
  void add_retry(std::uint64_t integration, Steady due) {
    lines_.add_retry(line(integration), made(integration, 0), due, now_);
  }
  // Starts the next one; 0: nothing may go.
  std::uint64_t start() {
    Line* next = lines_.next(now_);
    if (next == nullptr) return 0;
    lines_.take(*next, now_);
    lines_.started(*next, now_);
    return next->placement.integration.value;
  }
  std::map<std::uint64_t, std::size_t> start_all(std::size_t most = SIZE_MAX) {
    std::map<std::uint64_t, std::size_t> started;
    for (; most > 0 && lines_.under_way() < limits_.connections_per_lane_max; --most) {
      const std::uint64_t one = start();
      if (one == 0) break;
      ++started[one];
    }
    return started;
  }
  Delivery made(std::uint64_t integration, std::size_t bytes) {
    auto event = std::make_shared<core::Event>();
    event->data = std::string(bytes, 'x');
    auto of = std::make_shared<core::Integration>();
    of->number = {integration};
    return {std::move(event), std::move(of), {++seq_}, {}};
  }

  Limits limits_;
  FairSettings fair_;
  Lines lines_{limits_, fair_};
  Steady now_{1h};
  std::uint64_t seq_ = 0;
};

using Counts = std::map<std::uint64_t, std::size_t>;

TEST_F(LinesTest, OneAfterTheOther) {
  add(1, 100);
  add(2, 3);
  add(3, 100);
  EXPECT_EQ(start_all(6), (Counts{{1, 2}, {2, 2}, {3, 2}}));
  EXPECT_EQ(start_all(5), (Counts{{1, 2}, {2, 1}, {3, 2}})) << "it has no more";
}

TEST_F(LinesTest, SharesBytesAndNotDeliveries) {
  limits_.connections_per_lane_max = 64;
  add(1, 60, 15'000);
  add(2, 60);
  const Counts started = start_all(40);
  EXPECT_LE(started.at(1), 3U);
  EXPECT_GE(started.at(2), 37U);
}

TEST_F(LinesTest, ALineThatWantsAllLeavesSomeAttempts) {
  add(1, 1000);
  EXPECT_EQ(start_all(), (Counts{{1, 52}}));
  add(2, 1000);
  EXPECT_EQ(start_all(), (Counts{{2, 10}}));
  add(3, 1);
  EXPECT_EQ(start_all(), (Counts{{3, 1}}));
}

TEST_F(LinesTest, ALineThatWantsAllLeavesRoomInMemory) {
  for (std::size_t n = 0; lines_.fresh_room(line(1)) > 0; ++n) {
    ASSERT_LT(n, 1000U);
    add(1, 1);
  }
  EXPECT_EQ(line(1).fresh.size(), 615U);
  EXPECT_GT(lines_.fresh_room(line(2)), 100U);
  for (std::uint64_t many = 2; many < 1000; ++many) {
    EXPECT_GE(lines_.fresh_room(line(many)), 1U) << many;
    add(many, 1);
  }
  EXPECT_EQ(lines_.fresh_room(line(1)), 0U);
  EXPECT_EQ(lines_.fresh_room(line(2)), 0U) << "it has one";
}

TEST_F(LinesTest, TheRoomIsWhatMayBeAdded) {
  for (const std::size_t before : {0, 1, 10, 100, 300}) {
    Lines lines(limits_, fair_);
    Line& a = lines.of({{1}, {}});
    for (std::size_t i = 0; i < before; ++i) lines.add_fresh(a, made(1, 0), now_);
    const std::size_t room = lines.fresh_room(a);
    for (std::size_t i = 0; i < room; ++i) {
      EXPECT_GT(lines.fresh_room(a), 0U) << before << " " << i;
      lines.add_fresh(a, made(1, 0), now_);
    }
    EXPECT_LE(lines.fresh_room(a), 1U) << before;
  }
}

TEST_F(LinesTest, RetriesComeWhenTheyAreDueAndTakeTurnsWithTheOthers) {
  add_retry(1, now_ + 1s);
  EXPECT_EQ(lines_.next(now_), nullptr);
  EXPECT_EQ(lines_.next_time(), now_ + 1s);
  now_ += 1s;
  add(1, 2);
  add_retry(1, now_ - 1ms);
  std::vector<std::uint64_t> seqs;
  while (Line* next = lines_.next(now_)) seqs.push_back(lines_.take(*next, now_).seq.value);
  EXPECT_EQ(seqs, (std::vector<std::uint64_t>{4, 2, 1, 3}));
  EXPECT_FALSE(lines_.has_some());
}

TEST_F(LinesTest, WhatIsBroughtForwardComesOldestFirst) {
  for (const Duration due : {100s, 10s, 50s, 1000s}) add_retry(1, now_ + due);
  lines_.bring_forward(line(1), now_);
  std::vector<std::uint64_t> seqs;
  while (Line* next = lines_.next(now_)) seqs.push_back(lines_.take(*next, now_).seq.value);
  EXPECT_EQ(seqs, (std::vector<std::uint64_t>{1, 2, 3, 4}));
}

TEST_F(LinesTest, OneThatHasToWaitHoldsUpNobody) {
  add(1, 10);
  add(2, 10);
  lines_.wait(line(1), now_ + 5s, now_);
  EXPECT_EQ(start_all(), (Counts{{2, 10}}));
  EXPECT_EQ(lines_.next_time(), now_ + 5s);
  now_ += 5s;
  EXPECT_EQ(start(), 1U);
  lines_.wait_for_end(line(1));
  EXPECT_EQ(start(), 0U);
  EXPECT_EQ(lines_.next_time(), std::nullopt);
  lines_.ended(line(1), now_);
  EXPECT_EQ(start(), 1U);
}

TEST_F(LinesTest, APlacementWhoseReceiverFailsWaitsForItsTrial) {
  add(1, 100);
  add(2, 1);
  for (std::uint32_t i = 0; i < fair_.breaker_failures; ++i) line(1).breaker.failed(now_, now_, {}, "no answer");
  EXPECT_EQ(start_all(), (Counts{{2, 1}}));
  now_ = line(1).breaker.try_at();
  ASSERT_EQ(lines_.next(now_), &line(1));
  line(1).breaker.started(now_);
  EXPECT_EQ(start(), 0U) << "one at a time";
  line(1).breaker.succeeded(now_);
  lines_.go_on(line(1), now_);
  EXPECT_EQ(start(), 1U);
}

TEST_F(LinesTest, NoMoreThanThePaceAllows) {
  add(1, 100);
  line(1).pace.restart();
  EXPECT_EQ(start_all(), (Counts{{1, 1}}));
  lines_.ended(line(1), now_);
  EXPECT_EQ(start_all(), (Counts{{1, 1}}));
}

TEST_F(LinesTest, TakesOutWhatEndsAndForgetsIdleLines) {
  add(1, 3);
  add_retry(1, now_ + 1s);
  add(2, 3);
  const auto taken = lines_.take_all([](const Delivery& one) { return one.integration->number.value == 1; }, now_);
  EXPECT_EQ(taken.size(), 4U);
  EXPECT_EQ(start_all(), (Counts{{2, 3}}));
  for (int i = 0; i < 3; ++i) lines_.ended(line(2), now_);
  lines_.tidy(now_);
  EXPECT_NE(lines_.find({{1}, {}}), nullptr);
  lines_.tidy(now_ + limits_.lane_idle_max);
  EXPECT_EQ(lines_.find({{1}, {}}), nullptr);
  EXPECT_EQ(lines_.find({{2}, {}}), nullptr);
}

// It knows what of it has come already: forgotten while others still hand over what was just committed, it would take
// them once more.
TEST_F(LinesTest, ALineThatWasUsedBetweenTwoLooksIsNotForgotten) {
  add(1, 1);
  EXPECT_EQ(start(), 1U);
  lines_.ended(line(1), now_);
  lines_.tidy(now_);
  now_ += limits_.lane_idle_max - 1s;
  add(1, 1);
  EXPECT_EQ(start(), 1U);
  lines_.ended(line(1), now_);
  lines_.tidy(now_ + 1s);
  EXPECT_NE(lines_.find({{1}, {}}), nullptr);
  lines_.tidy(now_ + limits_.lane_idle_max);
  EXPECT_EQ(lines_.find({{1}, {}}), nullptr);
}

}  // namespace
}  // namespace fleethook::delivery
