#include "core/retry_policy.h"

#include <algorithm>
#include <array>

#include "core/enum_names.h"

namespace fleethook::core {
namespace {

constexpr std::array<std::string_view, kOutcomeKinds> kOutcomes = {"success", "error", "sleep", "cancelled"};
// When Particle attempts again, counted from the first attempt.
constexpr std::array<Duration, 2> kParticleSchedule = {std::chrono::seconds(30), std::chrono::seconds(60)};

bool succeeded(const AttemptOutcome& outcome) {
  return outcome.result == AttemptResult::kAnswered && outcome.status >= 200 && outcome.status < 300;
}

// Nothing was ever sent: the delivery slept through, it did not fail.
OutcomeKind failure_kind(std::uint32_t sent) {
  return sent > 0 ? OutcomeKind::kError : OutcomeKind::kSleep;
}

// The time in which there may be attempts, from the first one on.
Duration give_up_after(const RetrySettings& settings, const DeliverySettings& own) {
  const bool standard = own.retry_for == std::chrono::seconds(DeliverySettingLimits::kRetryForS.standard);
  return standard ? settings.give_up_after : own.retry_for;
}

NextStep next_particle_step(std::uint32_t attempts, std::uint32_t sent, Duration age, const DeliverySettings& own) {
  const NextStep end{.finished = failure_kind(sent)};
  const std::size_t nth = std::max<std::uint32_t>(attempts, 1) - 1;
  Duration delay{};
  if (!own.retry_delays.empty()) {
    if (nth >= own.retry_delays.size()) return end;
    delay = own.retry_delays[nth];
  } else {
    if (nth >= kParticleSchedule.size()) return end;
    delay = std::max(Duration::zero(), kParticleSchedule[nth] - age);
  }
  if (age + delay > own.retry_for) return end;
  return {.retry_after = delay};
}

// Doubles from delay_min up to delay_max, then a random part between half and all of it, so that deliveries that failed
// together do not come back together.
Duration back_off(std::uint32_t attempts, double jitter, const RetrySettings& settings) {
  Duration delay = settings.delay_min;
  for (std::uint32_t i = 1; i < attempts && delay < settings.delay_max; ++i) delay *= 2;
  delay = std::min(delay, settings.delay_max);
  const double part = 0.5 + std::clamp(jitter, 0.0, 1.0) / 2;
  return std::clamp(Duration(static_cast<Duration::rep>(static_cast<double>(delay.count()) * part)),
                    settings.delay_min / 2, settings.delay_max);
}

NextStep next_durable_step(const AttemptOutcome& outcome,
                           std::uint32_t attempts,
                           std::uint32_t sent,
                           Duration age,
                           double jitter,
                           const RetrySettings& settings,
                           const DeliverySettings& own) {
  const std::vector<std::uint16_t>& final_statuses =
      own.final_statuses ? *own.final_statuses : standard_final_statuses();
  if (outcome.result == AttemptResult::kAnswered && holds_status(final_statuses, outcome.status)) {
    return {.finished = OutcomeKind::kError};
  }
  const Duration left = give_up_after(settings, own) - age;
  if (left < settings.delay_min / 2) return {.finished = failure_kind(sent)};
  Duration delay = own.retry_delays.empty()
                       ? back_off(attempts, jitter, settings)
                       : own.retry_delays[std::min<std::size_t>(std::max(attempts, 1U), own.retry_delays.size()) - 1];
  if (outcome.retry_after) delay = std::max(delay, std::min(*outcome.retry_after, settings.retry_after_max));
  // The last attempt stands at the very end of the time, so a receiver that comes back late still gets its event.
  return {.retry_after = std::min(delay, left)};
}

}  // namespace

std::string_view to_text(OutcomeKind kind) {
  return enum_name(kOutcomes, kind);
}

bool is_final_status(int status) {
  return holds_status(standard_final_statuses(), status);
}

NextStep next_step(DeliveryPolicy policy,
                   const AttemptOutcome& outcome,
                   std::uint32_t attempts,
                   std::uint32_t sent,
                   Duration age,
                   double jitter,
                   const RetrySettings& settings,
                   const DeliverySettings& own) {
  if (succeeded(outcome)) return {.finished = OutcomeKind::kSuccess};
  if (outcome.result == AttemptResult::kImpossible) return {.finished = OutcomeKind::kError};
  age = std::max(age, Duration::zero());
  if (policy == DeliveryPolicy::kParticle) return next_particle_step(attempts, sent, age, own);
  return next_durable_step(outcome, attempts, sent, age, jitter, settings, own);
}

}  // namespace fleethook::core
