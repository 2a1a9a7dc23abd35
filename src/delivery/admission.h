// Whether a lane may start an attempt now, decided for each delivery as its turn comes, first attempt or retry alike,
// and again when a connection was made for it: by the standing of its placement. The rate and the concurrency of its
// integration let it wait (quotas.h).
#pragma once
#include <cstdint>

#include "base/clock.h"
#include "core/pause.h"
#include "delivery/delivery.h"
#include "delivery/quotas.h"
#include "store/store.h"

namespace fleethook::delivery {

enum class Verdict : std::uint8_t {
  kAdmit,
  kPark,    // its placement is held or disabled, or was skipped after it had been accepted
  kSkip,    // it came while its placement is skipped
  kCancel,  // its integration was deleted, or it was told to end
};

// What is to become of a delivery that waits.
inline Verdict verdict_on(const store::Catalog& catalog, const core::PlacementKey& placement, Instant published_at) {
  const core::Standing standing = catalog.standing(placement);
  if (standing == core::Standing::kGone) return Verdict::kCancel;
  const Instant* dropped = catalog.dropped_until(placement);
  if (dropped != nullptr && published_at <= *dropped) return Verdict::kCancel;
  switch (standing) {
    case core::Standing::kHeld:
    case core::Standing::kDisabled:
      return Verdict::kPark;
    case core::Standing::kSkipped: {
      const core::Paused* paused = catalog.paused(placement.integration, placement.product);
      return paused != nullptr && published_at >= paused->since ? Verdict::kSkip : Verdict::kPark;
    }
    case core::Standing::kRunning:
    case core::Standing::kGone:
      break;
  }
  return Verdict::kAdmit;
}
// Of one that is to be cancelled.
inline const char* why_cancelled(const store::Catalog& catalog, const core::PlacementKey& placement) {
  return catalog.standing(placement) == core::Standing::kGone ? kIntegrationDeleted : kWaitingDropped;
}

// One per lane; lives on its loop.
class Admission {
 public:
  struct Answer {
    Verdict verdict = Verdict::kAdmit;
    Quotas::Limits limits{};  // when admitted: how much of its integration may be under way
  };
  explicit Admission(const store::Store& store) : store_(store) {}

  // By the newest catalog: once a command that stops something has returned nothing that it forbids is admitted, on any
  // loop. Limits are the newest too, so that one holds also for what was accepted before it was set.
  Answer ask(const Delivery& next) const {
    const store::CatalogPtr catalog = store_.catalog();
    const core::PlacementKey placement = core::placement_of(*next.integration, *next.event);
    const Verdict verdict = verdict_on(*catalog, placement, next.event->published_at);
    if (verdict != Verdict::kAdmit) return {verdict};
    const core::IntegrationPtr newest = catalog->integration(next.integration->number);
    const core::IntegrationPtr& running =
        newest == nullptr ? next.integration : core::Integration::running_on(newest, next.event->product);
    return {verdict, {running->config.delivery.concurrency, running->config.delivery.rate}};
  }

 private:
  const store::Store& store_;
};

}  // namespace fleethook::delivery
