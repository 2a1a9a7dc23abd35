// Whether a lane may start an attempt now, decided for each delivery as its turn comes, first attempt or retry alike.
// Throttle, breaker and the order among integrations belong here too: they see every ended attempt and every wish to
// start one. Until they come only a pause of the placement keeps a delivery from being attempted.
#pragma once
#include <cstdint>

#include "base/clock.h"
#include "core/pause.h"
#include "core/retry_policy.h"
#include "delivery/delivery.h"
#include "store/store.h"

namespace fleethook::delivery {

// One per lane; lives on its loop.
class Admission {
 public:
  enum class Verdict : std::uint8_t {
    kAdmit,
    kPark,  // its placement is held
    kSkip,  // its events are skipped
  };
  explicit Admission(const store::Store& store) : store_(store) {}

  // By the newest catalog: once set_pause() has returned nothing that it forbids is admitted, on any loop.
  Verdict ask(const Delivery& next) {
    const core::PlacementKey placement = core::placement_of(*next.integration, *next.event);
    switch (store_.catalog()->pause(placement.integration, placement.product)) {
      case core::Pause::kHold:
        return Verdict::kPark;
      case core::Pause::kSkip:
        return Verdict::kSkip;
      case core::Pause::kRunning:
        break;
    }
    return Verdict::kAdmit;
  }
  void ended(const core::AttemptOutcome& /*outcome*/) {}

 private:
  const store::Store& store_;
};

}  // namespace fleethook::delivery
