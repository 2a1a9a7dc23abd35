#include "core/retry_policy.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace fleethook::core {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kDurable = DeliveryPolicy::kDurable;
constexpr auto kParticle = DeliveryPolicy::kParticle;

AttemptOutcome answered(int status, std::optional<Duration> retry_after = {}) {
  return {AttemptResult::kAnswered, status, retry_after};
}
AttemptOutcome failed() {
  return {AttemptResult::kFailed, 0, {}};
}
AttemptOutcome skipped() {
  return {AttemptResult::kSkipped, 0, {}};
}

TEST(RetryPolicy, NamesItsOutcomes) {
  EXPECT_EQ(to_text(OutcomeKind::kSuccess), "success");
  EXPECT_EQ(to_text(OutcomeKind::kError), "error");
  EXPECT_EQ(to_text(OutcomeKind::kSleep), "sleep");
}

TEST(RetryPolicy, OnlyStatusesThatNoWaitingCanChangeAreFinal) {
  for (const int status : {300, 301, 302, 304, 307, 399, 400, 405, 410, 413, 414, 415, 422, 431, 501}) {
    EXPECT_TRUE(is_final_status(status)) << status;
  }
  for (const int status : {100, 200, 204, 299, 401, 403, 404, 408, 409, 411, 418, 425, 429, 500, 502, 503, 504, 599}) {
    EXPECT_FALSE(is_final_status(status)) << status;
  }
}

TEST(RetryPolicy, EverySuccessIsFinalUnderBothPolicies) {
  for (const auto policy : {kDurable, kParticle}) {
    for (const int status : {200, 201, 204, 299}) {
      const NextStep step = next_step(policy, answered(status), 7, 7, hours(100), 0.5);
      EXPECT_EQ(step.finished, OutcomeKind::kSuccess);
    }
  }
}

TEST(RetryPolicy, WhatCanNeverBeSentEndsInErrorAtOnce) {
  const AttemptOutcome impossible{AttemptResult::kImpossible, 0, {}};
  const NextStep durable = next_step(kDurable, impossible, 1, 0, seconds(0), 0);
  EXPECT_EQ(durable.finished, OutcomeKind::kError);
  const NextStep particle = next_step(kParticle, impossible, 1, 0, seconds(0), 0);
  EXPECT_EQ(particle.finished, OutcomeKind::kError);
}

TEST(RetryPolicy, ParticleAttemptsAt0And30And60SecondsAfterTheFirst) {
  struct Row {
    AttemptOutcome outcome;
    std::uint32_t attempts, sent;
    Duration age;
    std::optional<OutcomeKind> finished;
    Duration retry_after;
  };
  const Row rows[] = {
      {answered(500), 1, 1, seconds(0), {}, seconds(30)},
      {answered(500), 1, 1, milliseconds(250), {}, milliseconds(29'750)},
      {failed(), 1, 1, seconds(20), {}, seconds(10)},  // timed out after 20 s; still counted from the start
      {failed(), 2, 2, seconds(50), {}, seconds(10)},
      {answered(404), 2, 2, seconds(30), {}, seconds(30)},
      {answered(301), 1, 1, seconds(0), {}, seconds(30)},  // Particle makes no difference between statuses
      {answered(400), 1, 1, seconds(0), {}, seconds(30)},
      {skipped(), 1, 0, seconds(0), {}, seconds(30)},
      {skipped(), 2, 0, seconds(30), {}, seconds(30)},
      {failed(), 1, 1, hours(2), {}, seconds(0)},  // a restart in between: late, but not dropped
      {failed(), 3, 3, seconds(60), OutcomeKind::kError, {}},
      {skipped(), 3, 1, seconds(60), OutcomeKind::kError, {}},
      {skipped(), 3, 0, seconds(60), OutcomeKind::kSleep, {}},
      {answered(503), 4, 4, seconds(60), OutcomeKind::kError, {}},
  };
  for (const Row& row : rows) {
    const NextStep step = next_step(kParticle, row.outcome, row.attempts, row.sent, row.age, 0.9);
    SCOPED_TRACE(std::to_string(&row - rows));
    EXPECT_EQ(step.finished, row.finished);
    if (!row.finished) {
      EXPECT_EQ(step.retry_after, row.retry_after);
    }
  }
}

TEST(RetryPolicy, DurableDoublesFromTheShortestToTheLongestDelay) {
  const Duration expected[] = {seconds(1),    seconds(2),    seconds(4),   seconds(8),   seconds(16),
                               seconds(32),   seconds(64),   seconds(128), seconds(256), seconds(512),
                               seconds(1024), seconds(2048), hours(1),     hours(1)};
  for (std::uint32_t attempts = 1; attempts <= std::size(expected); ++attempts) {
    const Duration full = expected[attempts - 1];
    EXPECT_EQ(next_step(kDurable, failed(), attempts, attempts, seconds(0), 0.0).retry_after, full / 2) << attempts;
    const Duration longest = next_step(kDurable, failed(), attempts, attempts, seconds(0), 0.999999).retry_after;
    EXPECT_LT(longest, full) << attempts;
    EXPECT_GT(longest, full - full / 1000) << attempts;
  }
}

TEST(RetryPolicy, NeverLeavesItsBounds) {
  SeededRandom random(7);
  const RetrySettings settings;
  for (int i = 0; i < 20'000; ++i) {
    const auto attempts = static_cast<std::uint32_t>(random.next() % (i % 3 == 0 ? 4'000'000'000ULL : 40ULL));
    const Duration age(
        static_cast<Duration::rep>(random.next() % static_cast<std::uint64_t>(Duration(hours(71)).count())));
    const NextStep step = next_step(kDurable, failed(), attempts, attempts, age, random.unit(), settings);
    ASSERT_FALSE(step.finished.has_value());
    ASSERT_GE(step.retry_after, settings.delay_min / 2);
    ASSERT_LE(step.retry_after, settings.delay_max);
  }
}

TEST(RetryPolicy, JitterOutsideItsRangeCannotBreakTheBounds) {
  for (const double jitter : {-5.0, 1.0, 99.0}) {
    const Duration delay = next_step(kDurable, failed(), 1, 1, seconds(0), jitter).retry_after;
    EXPECT_GE(delay, milliseconds(500));
    EXPECT_LE(delay, seconds(1));
  }
}

TEST(RetryPolicy, FinalStatusesGoStraightToTheDeadLettersUnderDurable) {
  for (const int status : {302, 400, 410, 501}) {
    const NextStep step = next_step(kDurable, answered(status), 1, 1, seconds(0), 0);
    EXPECT_EQ(step.finished, OutcomeKind::kError) << status;
  }
  for (const int status : {401, 403, 404, 408, 429, 500, 503}) {
    EXPECT_FALSE(next_step(kDurable, answered(status), 1, 1, seconds(0), 0).finished.has_value()) << status;
  }
}

TEST(RetryPolicy, RetryAfterIsTheLeastDelayAndAtMostADay) {
  const auto delay = [](int status, Duration retry_after, std::uint32_t attempts) {
    return next_step(kDurable, answered(status, retry_after), attempts, attempts, seconds(0), 0.0).retry_after;
  };
  EXPECT_EQ(delay(429, seconds(90), 1), seconds(90));
  EXPECT_EQ(delay(503, hours(2), 1), hours(2));  // longer than delay_max: the receiver asked for it
  EXPECT_EQ(delay(429, hours(1000), 1), hours(24));
  EXPECT_EQ(delay(429, seconds(0), 1), milliseconds(500));  // the back-off is longer
  EXPECT_EQ(delay(429, seconds(1), 10), seconds(256));
  EXPECT_EQ(delay(429, seconds(-30), 1), milliseconds(500));
}

TEST(RetryPolicy, RetryAfterNeverReachesPastTheEnd) {
  const NextStep step = next_step(kDurable, answered(503, hours(20)), 9, 9, hours(70), 0.0);
  EXPECT_EQ(step.retry_after, hours(2));
}

TEST(RetryPolicy, AfterThreeDaysADeliveryIsADeadLetter) {
  for (const Duration age : {Duration(hours(72)), Duration(hours(500)), Duration(hours(72)) - milliseconds(1)}) {
    const NextStep error = next_step(kDurable, failed(), 80, 80, age, 0.5);
    EXPECT_EQ(error.finished, OutcomeKind::kError);
    const NextStep sleep = next_step(kDurable, skipped(), 80, 0, age, 0.5);
    EXPECT_EQ(sleep.finished, OutcomeKind::kSleep);
  }
}

TEST(RetryPolicy, TheWholeScheduleEndsAtThreeDays) {
  SeededRandom random(11);
  for (int run = 0; run < 200; ++run) {
    Duration age{0};
    std::uint32_t attempts = 1;
    for (;; ++attempts) {
      const auto status = run % 2 == 0 ? answered(503, hours(static_cast<int>(random.next() % 30))) : failed();
      const NextStep step = next_step(kDurable, status, attempts, attempts, age, random.unit());
      if (step.finished) break;
      age += step.retry_after;
      ASSERT_LE(age, hours(72));
      ASSERT_LT(attempts, 2000U);
    }
    EXPECT_EQ(age, hours(72)) << "the last attempt stands at the end";
    if (run % 2 == 1) {
      EXPECT_GT(attempts, 72U);
      EXPECT_LT(attempts, 172U);
    }
  }
}

TEST(RetryPolicy, AClockThatJumpedBackCountsAsNoAge) {
  EXPECT_EQ(next_step(kParticle, failed(), 1, 1, seconds(-500), 0).retry_after, seconds(30));
  EXPECT_FALSE(next_step(kDurable, failed(), 1, 1, hours(-500), 0).finished.has_value());
}

TEST(OwnRetrySettings, DurableWaitsAsTheListSaysAndItsLastEntryRepeatsToTheEnd) {
  DeliverySettings own;
  own.retry_delays = {seconds(5), seconds(60)};
  own.retry_for = std::chrono::minutes(10);
  const auto after = [&](std::uint32_t attempts, Duration age) {
    return next_step(kDurable, failed(), attempts, attempts, age, 0.1, {}, own);
  };
  EXPECT_EQ(after(1, seconds(0)).retry_after, seconds(5)) << "exactly";
  EXPECT_EQ(after(2, seconds(5)).retry_after, seconds(60));
  EXPECT_EQ(after(9, seconds(500)).retry_after, seconds(60));
  EXPECT_EQ(after(10, seconds(590)).retry_after, seconds(10)) << "the last attempt stands at the end of the time";
  EXPECT_EQ(after(11, seconds(600)).finished, OutcomeKind::kError);
  EXPECT_EQ(next_step(kDurable, answered(503, hours(1)), 1, 1, seconds(0), 0.1, {}, own).retry_after, seconds(600))
      << "a receiver may ask for more, within the time";
}

TEST(OwnRetrySettings, NoTimeForRetriesMeansOneAttempt) {
  DeliverySettings own;
  own.retry_for = seconds(0);
  EXPECT_EQ(next_step(kDurable, failed(), 1, 1, seconds(0), 0.5, {}, own).finished, OutcomeKind::kError);
  EXPECT_EQ(next_step(kParticle, failed(), 1, 1, seconds(0), 0.5, {}, own).finished, OutcomeKind::kError);
  EXPECT_EQ(next_step(kParticle, skipped(), 1, 0, seconds(0), 0.5, {}, own).finished, OutcomeKind::kSleep);
}

TEST(OwnRetrySettings, ParticleEndsWithTheListOrWithTheTime) {
  DeliverySettings own;
  own.retry_delays = {seconds(1), seconds(100)};
  EXPECT_EQ(next_step(kParticle, failed(), 1, 1, seconds(20), 0.5, {}, own).retry_after, seconds(1));
  EXPECT_EQ(next_step(kParticle, failed(), 2, 2, seconds(21), 0.5, {}, own).retry_after, seconds(100));
  EXPECT_EQ(next_step(kParticle, failed(), 3, 3, seconds(121), 0.5, {}, own).finished, OutcomeKind::kError);
  own.retry_for = seconds(50);
  EXPECT_EQ(next_step(kParticle, failed(), 2, 2, seconds(21), 0.5, {}, own).finished, OutcomeKind::kError);
}

TEST(OwnRetrySettings, FinalStatusesAreThoseOfTheListForDurable) {
  DeliverySettings own;
  own.final_statuses = {{5, 404}};
  for (int status = 300; status < 600; ++status) {
    const bool final = status / 100 == 5 || status == 404;
    EXPECT_EQ(next_step(kDurable, answered(status), 1, 1, seconds(0), 0.5, {}, own).finished.has_value(), final)
        << status;
    EXPECT_FALSE(next_step(kParticle, answered(status), 1, 1, seconds(0), 0.5, {}, own).finished.has_value());
  }
  own.final_statuses->clear();
  EXPECT_FALSE(next_step(kDurable, answered(400), 1, 1, seconds(0), 0.5, {}, own).finished.has_value());
}

}  // namespace
}  // namespace fleethook::core
