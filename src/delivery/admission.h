// Whether a lane may start an attempt now, asked of the first of a line before it is taken out, first attempt or retry
// alike: by the standing of its placement, and by the rate and the concurrency of its integration. Once more, when a
// connection was made for it, by the standing alone.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "core/pause.h"
#include "delivery/delivery.h"
#include "delivery/quotas.h"
#include "store/catalogs.h"

namespace fleethook::delivery {

enum class Verdict : std::uint8_t {
  kAdmit,
  kWait,    // it stays where it is: its integration's limits allow no more now
  kPark,    // its placement is held or disabled, or was skipped after it had been accepted
  kSkip,    // it came while its placement is skipped
  kCancel,  // its integration was deleted, or it was told to end
  kMove,    // it is to go by another version, perhaps to another destination: it is parked on its way there
};

// What is to become of a delivery of that event that waits. Never kWait. Before or after a command is said by the
// number of the event (core/pause.h).
inline Verdict verdict_on(const store::Catalog& catalog,
                          const core::PlacementKey& placement,
                          core::EventSeq event,
                          Instant accepted_at,
                          std::uint32_t version) {
  const core::Standing standing = catalog.standing(placement);
  if (standing == core::Standing::kGone) return Verdict::kCancel;
  const core::Dropped* dropped = catalog.dropped(placement);
  if (dropped != nullptr && dropped->reaches(event, accepted_at)) return Verdict::kCancel;
  switch (standing) {
    case core::Standing::kHeld:
    case core::Standing::kDisabled:
      return Verdict::kPark;
    case core::Standing::kSkipped: {
      const core::Paused* paused = catalog.paused(placement.integration, placement.product);
      return paused != nullptr && !paused->began_after(event, accepted_at) ? Verdict::kSkip : Verdict::kPark;
    }
    case core::Standing::kRunning:
    case core::Standing::kGone:
      break;
  }
  const core::Moved* moved = catalog.moved(placement);
  if (moved != nullptr && moved->reaches(event, version)) return Verdict::kMove;
  return Verdict::kAdmit;
}
inline Verdict verdict_on(const store::Catalog& catalog, const Delivery& one) {
  return verdict_on(catalog, core::placement_of(*one.integration, *one.event), one.seq, one.event->accepted_at(),
                    one.integration->version);
}
inline Verdict verdict_on(const store::Catalog& catalog,
                          const core::PlacementKey& placement,
                          const queue::Pending& one) {
  return verdict_on(catalog, placement, one.key.event, one.event->accepted_at(), one.version);
}
// Whether it leaves before its turn, whatever its lane is busy with. Else its turn will tell.
inline bool may_not_wait(Verdict verdict) {
  return verdict == Verdict::kCancel || verdict == Verdict::kMove;
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
    std::optional<Steady> until{};  // with kWait: ask again then; nullopt: after ended() has named its placement
  };
  explicit Admission(const store::Catalogs& store) : store_(store) {}

  // By the newest catalog: once a command that stops something has returned nothing that it forbids is admitted, on any
  // loop. Limits are the newest too, so that one holds also for what was accepted before it was set. `under_way` as in
  // Quotas::ask().
  template <class UnderWay>
  Answer ask(const Delivery& next, Steady now, const UnderWay& under_way) {
    const store::CatalogPtr catalog = store_.catalog();
    const core::PlacementKey placement = core::placement_of(*next.integration, *next.event);
    const Verdict verdict = verdict_on(*catalog, next);
    if (verdict != Verdict::kAdmit) return {verdict};
    const core::IntegrationPtr newest = catalog->integration(next.integration->number);
    const core::IntegrationPtr& running =
        newest == nullptr ? next.integration : core::Integration::running_on(newest, next.event->product);
    const auto& own = running->config.delivery;
    const Quotas::Answer quota = quotas_.ask(placement.integration, {own.concurrency, own.rate}, now, under_way);
    if (quota.may) return {};
    if (!quota.from) quotas_.wait_for_end(placement);
    return {Verdict::kWait, quota.from};
  }
  // The standing alone.
  Verdict ask_again(const Delivery& next) const { return verdict_on(*store_.catalog(), next); }

  // Every attempt that starts, and every end of one. Names the placements that waited for it.
  void started(core::IntegrationNumber integration, Steady now) { quotas_.started(integration, now); }
  std::vector<core::PlacementKey> ended(core::IntegrationNumber integration) { return quotas_.ended(integration); }
  bool is_idle() const { return quotas_.empty(); }
  void tidy(Steady now) { quotas_.tidy(now); }

 private:
  const store::Catalogs& store_;
  Quotas quotas_;
};

}  // namespace fleethook::delivery
