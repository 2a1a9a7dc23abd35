// Whether what a placement sends to one destination comes through: for people, who are told once when it begins to fail
// and once when it works again. It decides nothing; when nothing is sent is the breaker's (breaker.h), which is
// quicker, and which integrations that are tried at fixed times never open.
//
//   well --> some failed in a row --> for so long, and so many: failing --> one succeeds: well
//
#pragma once
#include <cstdint>

#include "base/clock.h"
#include "delivery/fair_settings.h"

namespace fleethook::delivery {

// A value; times are handed in.
class Condition {
 public:
  explicit Condition(const FairSettings& settings) : settings_(&settings) {}

  // An attempt failed that began then. True: it begins to be failing.
  bool failed(Steady began, Instant began_at, Steady now) {
    if (failures_++ == 0) {
      first_ = began;
      first_at_ = began_at;
    }
    if (is_failing_ || failures_ < settings_->failing_attempts || now - first_ < settings_->failing_after) return false;
    return is_failing_ = true;
  }
  // True: it was failing.
  bool succeeded() {
    failures_ = 0;
    const bool was = is_failing_;
    is_failing_ = false;
    return was;
  }
  // The history knows an outage that lasts, perhaps of an earlier life of the process.
  void was_failing() { is_failing_ = true; }

  bool is_failing() const { return is_failing_; }
  std::uint64_t failures() const { return failures_; }  // in a row, in this life of the process
  Instant first_at() const { return first_at_; }        // of them
  // What was told of them is not told again.
  void told() { failures_ = 0; }

 private:
  const FairSettings* settings_;
  std::uint64_t failures_ = 0;
  Steady first_{};
  Instant first_at_{};
  bool is_failing_ = false;
};

}  // namespace fleethook::delivery
