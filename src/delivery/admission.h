// Whether a lane may start an attempt now. Throttle, breaker and the order among integrations belong here: they see every ended
// attempt and every wish to start one. Until they come everything is admitted.
#pragma once
#include <cstdint>

#include "base/clock.h"
#include "core/retry_policy.h"
#include "delivery/delivery.h"

namespace fleethook::delivery {

// One per lane; lives on its loop.
class Admission {
 public:
  enum class Verdict : std::uint8_t { kAdmit };
  Verdict ask(const Delivery& /*next*/) { return Verdict::kAdmit; }
  void ended(const core::AttemptOutcome& /*outcome*/) {}
};

}  // namespace fleethook::delivery
