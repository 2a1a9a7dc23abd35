#include "delivery/meters.h"

#include <string>
#include <string_view>

namespace fleethook::delivery {
namespace {

metrics::Counter& attempts(metrics::Registry& registry, std::string_view result) {
  return registry.counter("fleethook_attempts_total",
                          "Attempts of deliveries, by what came of them: success, skipped, or the class of the error",
                          {{"result", std::string(result)}});
}

std::array<metrics::Counter*, core::kErrorClasses> attempts_by_class(metrics::Registry& registry) {
  std::array<metrics::Counter*, core::kErrorClasses> counters{};
  for (std::size_t i = 0; i < counters.size(); ++i) {
    const auto error = static_cast<core::ErrorClass>(i);
    counters[i] = &attempts(registry, error == core::ErrorClass::kNone ? "success" : to_text(error));
  }
  return counters;
}

metrics::Counter* deliveries(metrics::Registry& registry, core::OutcomeKind kind) {
  return &registry.counter("fleethook_deliveries_total", "Deliveries that came to their end, by outcome",
                           {{"outcome", std::string(to_text(kind))}});
}

}  // namespace

Meters::Meters(metrics::Registry& registry)
    : attempts_(attempts_by_class(registry)),
      skipped_(attempts(registry, "skipped")),
      waited_(registry.counter("fleethook_deliveries_waited_total",
                               "Times that a delivery had to wait for the rate or concurrency of its integration")),
      redirected_(registry.counter("fleethook_redirects_followed_total", "Redirects that attempts followed")),
      remarked_(registry.counter("fleethook_answers_odd_total",
                                 "Answers that were taken by their status though something was wrong behind it")),
      answers_cut_(registry.counter("fleethook_answers_cut_total",
                                    "Answers of which less was kept than usual, since they share their room")),
      outages_(registry.counter("fleethook_outages_total",
                                "Times that the receiver of a placement was found failing: see docs/limits.md.")),
      opened_(registry.counter("fleethook_breakers_opened_total",
                               "Times that deliveries of a placement stopped because its receiver failed")),
      outcomes_{deliveries(registry, core::OutcomeKind::kSuccess), deliveries(registry, core::OutcomeKind::kError),
                deliveries(registry, core::OutcomeKind::kSleep), deliveries(registry, core::OutcomeKind::kCancelled)},
      attempt_seconds_(registry.histogram("fleethook_attempt_seconds",
                                          "Time from the start of an attempt to its answer or failure")),
      delivery_seconds_(registry.histogram("fleethook_delivery_seconds",
                                           "Time from the acceptance of an event to the outcome of its delivery")),
      lanes_{&registry.gauge("fleethook_lanes", "Lanes in memory")},
      in_flight_{&registry.gauge("fleethook_attempts_in_flight", "Attempts under way")},
      connections_{&registry.gauge("fleethook_receiver_connections", "Open connections to receivers")},
      breakers_{&registry.gauge("fleethook_breakers_open", "Placements in lanes whose breaker is not closed")},
      devices_{
          &registry.gauge("fleethook_devices_in_order",
                          "Devices whose order is kept: something of each is under way, or waits for another try")} {}

void Meters::attempt_ended(core::AttemptResult result, core::ErrorClass error, Duration took) {
  const bool was_skipped = result == core::AttemptResult::kSkipped;
  (was_skipped ? skipped_ : *attempts_[static_cast<std::size_t>(error)]).add();
  attempt_seconds_.observe(took);
}

void Meters::remarked() {
  remarked_.add();
}

void Meters::breaker_opened() {
  opened_.add();
}

void Meters::outage_began() {
  outages_.add();
}

void Meters::redirected() {
  redirected_.add();
}

void Meters::delivery_ended(core::OutcomeKind kind, Duration took) {
  outcomes_[static_cast<std::size_t>(kind)]->add();
  delivery_seconds_.observe(took);
}

void Meters::show(const Now& now) {
  lanes_.set(now.lanes);
  in_flight_.set(now.in_flight);
  connections_.set(now.connections);
  breakers_.set(now.breakers_open);
  devices_.set(now.devices_in_order);
}

}  // namespace fleethook::delivery
