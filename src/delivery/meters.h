// What a dispatcher counts.
#pragma once
#include <array>

#include "core/error_class.h"
#include "core/retry_policy.h"
#include "metrics/registry.h"

namespace fleethook::delivery {

// Several dispatchers share the metrics. Counting is thread-safe; show() is for the loop.
class Meters {
 public:
  explicit Meters(metrics::Registry& registry);

  void attempt_ended(core::AttemptResult result, core::ErrorClass error, Duration took);
  void waited() { waited_.add(); }           // a delivery, for the rate or concurrency of its integration
  void remarked();                           // an answer was taken though something was wrong with it
  void breaker_opened();                     // of a placement
  void outage_began();                       // the receiver of a placement is failing
  void redirected();                         // a redirect was followed
  void answer_cut() { answers_cut_.add(); }  // there was no room for all of an answer
  void delivery_ended(core::OutcomeKind kind, Duration took);
  // Gauges: what this dispatcher has now.
  struct Now {
    std::size_t lanes = 0, in_flight = 0, connections = 0, breakers_open = 0, devices_in_order = 0;
  };
  void show(const Now& now);

 private:
  struct Shown {
    metrics::Gauge* gauge;
    double value = 0;
    void set(std::size_t now) {
      gauge->add(static_cast<double>(now) - value);
      value = static_cast<double>(now);
    }
  };
  std::array<metrics::Counter*, core::kErrorClasses> attempts_;  // by class; that of none: successes
  metrics::Counter &skipped_, &waited_, &redirected_, &remarked_, &answers_cut_, &outages_, &opened_;
  std::array<metrics::Counter*, core::kOutcomeKinds> outcomes_;
  metrics::Histogram &attempt_seconds_, &delivery_seconds_;
  Shown lanes_, in_flight_, connections_, breakers_, devices_;
};

}  // namespace fleethook::delivery
