// Whether a lane may start an attempt now, decided for each delivery as its turn comes, first attempt or retry alike.
// A pause of the placement keeps a delivery from being attempted, and the rate and the concurrency of its integration
// let it wait (quotas.h).
#pragma once
#include <cstdint>

#include "core/pause.h"
#include "delivery/delivery.h"
#include "delivery/quotas.h"
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
  struct Answer {
    Verdict verdict = Verdict::kAdmit;
    Quotas::Limits limits{};  // when admitted: how much of its integration may be under way
  };
  explicit Admission(const store::Store& store) : store_(store) {}

  // By the newest catalog: once set_pause() has returned nothing that it forbids is admitted, on any loop. Limits are
  // the newest too, so that one holds also for what was accepted before it was set.
  Answer ask(const Delivery& next) {
    const store::CatalogPtr catalog = store_.catalog();
    const core::PlacementKey placement = core::placement_of(*next.integration, *next.event);
    switch (catalog->pause(placement.integration, placement.product)) {
      case core::Pause::kHold:
        return {Verdict::kPark};
      case core::Pause::kSkip:
        return {Verdict::kSkip};
      case core::Pause::kRunning:
        break;
    }
    const core::IntegrationPtr newest = catalog->integration(next.integration->number);
    const core::IntegrationPtr& running =
        newest == nullptr ? next.integration : core::Integration::running_on(newest, next.event->product);
    return {Verdict::kAdmit, {running->config.delivery.concurrency, running->config.delivery.rate}};
  }

 private:
  const store::Store& store_;
};

}  // namespace fleethook::delivery
