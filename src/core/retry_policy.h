// What follows an attempt: done, again after a delay, or never. Pure arithmetic: no clock, no I/O, no randomness of its
// own. particle: attempts at 0, 30 and 60 s after the first, then error (or sleep if none was sent). durable:
// exponential back-off with jitter for 72 h, then dead letter; only answers that no waiting can change are final at
// once. What an integration sets of this (core/delivery_settings.h) takes the place of these.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "core/integration.h"

namespace fleethook::core {

// The final outcome of a delivery, counted once.
// kSleep: skipped, nothing was ever sent. kCancelled: it waited when its placement ended or was told to drop it.
enum class OutcomeKind : std::uint8_t { kSuccess = 0, kError = 1, kSleep = 2, kCancelled = 3 };
inline constexpr std::size_t kOutcomeKinds = 4;
std::string_view to_text(OutcomeKind kind);  // "success", "error", "sleep", "cancelled"

// What happened to one attempt.
enum class AttemptResult : std::uint8_t {
  kAnswered,    // `status` tells
  kFailed,      // no answer: refused, reset, timed out, unknown host, TLS
  kSkipped,     // not sent
  kImpossible,  // can never be sent: rendered URL invalid, too large
  kForbidden,   // the egress guard refuses the address: the operator may allow it, so it is retried like an outage
};

struct AttemptOutcome {
  AttemptResult result = AttemptResult::kFailed;
  int status = 0;
  std::optional<Duration> retry_after;  // from 429 or 503
};

struct RetrySettings {
  Duration delay_min = std::chrono::seconds(1);
  Duration delay_max = std::chrono::hours(1);
  Duration give_up_after = std::chrono::hours(72);
  Duration retry_after_max = std::chrono::hours(24);  // a receiver cannot ask for more
};

// What to do next. Exactly one of: finished (kind set), or retry_after.
struct NextStep {
  std::optional<OutcomeKind> finished{};
  Duration retry_after{};
};

// True for the statuses that no waiting can change (durable): 3xx, 400, 405, 410, 413, 414, 415, 422, 431, 501.
bool is_final_status(int status);

// What the integration sets: `own`. Its waits are kept exactly, without jitter. durable: the last of them repeats until
// retry_for. particle: their end is the end, or retry_for when it comes before. final_statuses count for durable only.
// Else durable: min(delay_max, delay_min * 2^(attempts - 1)) * (0.5 + jitter / 2), never less than a Retry-After (up to
// retry_after_max), never past give_up_after: the last attempt stands there.
// `attempts` counts this one (1 = the first); `sent` how many of them were really sent; `age` is the time since the
// first attempt; `jitter` is drawn by the caller from [0, 1): the same inputs give the same step.
NextStep next_step(DeliveryPolicy policy,
                   const AttemptOutcome& outcome,
                   std::uint32_t attempts,
                   std::uint32_t sent,
                   Duration age,
                   double jitter,
                   const RetrySettings& settings = {},
                   const DeliverySettings& own = {});

}  // namespace fleethook::core
