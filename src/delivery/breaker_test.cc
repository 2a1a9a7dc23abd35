#include "delivery/breaker.h"

#include <gtest/gtest.h>

namespace fleethook::delivery {
namespace {

using namespace std::chrono_literals;

class BreakerTest : public ::testing::Test {
 protected:
  bool fail(const char* reason = "error status 500 from a.example") {
    return breaker_.failed(now_, now_, wall_, reason);
  }
  void open() {
    for (std::uint32_t i = 0; i < settings_.breaker_failures; ++i) fail();
    ASSERT_EQ(breaker_.state(), BreakerState::kOpen);
  }
  // When its time has come one goes out.
  void try_it() {
    now_ = breaker_.try_at();
    breaker_.started(now_);
    ASSERT_TRUE(breaker_.is_trying());
  }
  FairSettings settings_;
  Breaker breaker_{settings_};
  Steady now_{1h};
  Instant wall_{100h};
};

TEST_F(BreakerTest, OpensAfterSoManyFailuresInARow) {
  for (std::uint32_t i = 1; i < settings_.breaker_failures; ++i) EXPECT_FALSE(fail());
  EXPECT_FALSE(breaker_.succeeded(now_));
  for (std::uint32_t i = 1; i < settings_.breaker_failures; ++i) EXPECT_FALSE(fail());
  EXPECT_TRUE(breaker_.is_closed());
  EXPECT_EQ(breaker_.reason(), "");
  EXPECT_TRUE(fail("read ECONNRESET"));
  EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
  EXPECT_EQ(breaker_.reason(), "read ECONNRESET");
  EXPECT_EQ(breaker_.since(), wall_);
  EXPECT_EQ(breaker_.try_at(), now_ + settings_.breaker_wait_min);
  EXPECT_FALSE(fail()) << "those that were under way change nothing";
}

TEST_F(BreakerTest, OneAttemptFindsOutAndTheWaitDoublesUpToItsBound) {
  open();
  for (const Duration wait : {2s, 4s, 8s, 10s, 10s}) {
    try_it();
    EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
    EXPECT_FALSE(fail());
    EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
    EXPECT_FALSE(breaker_.is_trying());
    EXPECT_EQ(breaker_.try_at() - now_, wait);
  }
  try_it();
  EXPECT_TRUE(breaker_.succeeded(now_));
  EXPECT_TRUE(breaker_.is_closed());
  EXPECT_LE(breaker_.try_at(), now_);
  open();
  EXPECT_EQ(breaker_.try_at() - now_, settings_.breaker_wait_min) << "from the beginning again";
}

TEST_F(BreakerTest, WhatBeganBeforeTheTrialSaysNothingOfIt) {
  open();
  const Steady before = now_;
  try_it();
  EXPECT_FALSE(breaker_.failed(before, now_, wall_, "ESOCKETTIMEDOUT"));
  EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
  EXPECT_TRUE(breaker_.is_trying());
  breaker_.called_off();
  EXPECT_FALSE(breaker_.is_trying()) << "another one may try";
}

TEST_F(BreakerTest, WaitsAsLongAsTheReceiverSaid) {
  EXPECT_TRUE(breaker_.told_to_wait(30s, now_, wall_, "error status 429"));
  EXPECT_EQ(breaker_.try_at(), now_ + 30s);
  EXPECT_FALSE(breaker_.told_to_wait(10s, now_, wall_, "error status 429"));
  EXPECT_EQ(breaker_.try_at(), now_ + 30s) << "the longest counts";
  EXPECT_FALSE(breaker_.succeeded(now_ + 1s)) << "one that was under way";
  EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
  breaker_.try_now(now_);
  EXPECT_EQ(breaker_.try_at(), now_ + 30s) << "others do not know better";
  try_it();
  EXPECT_TRUE(breaker_.succeeded(now_));
  EXPECT_FALSE(breaker_.told_to_wait(0s, now_, wall_, "error status 503"));
  EXPECT_TRUE(breaker_.is_closed());
}

TEST_F(BreakerTest, TriesAtOnceWhenOthersReachTheHost) {
  open();
  breaker_.try_now(now_);
  EXPECT_LE(breaker_.try_at(), now_);
}

}  // namespace
}  // namespace fleethook::delivery
