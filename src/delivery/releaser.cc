#include "delivery/releaser.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/gate.h"
#include "base/log.h"
#include "delivery/admission.h"
#include "delivery/meters.h"
#include "delivery/outcomes.h"

namespace fleethook::delivery {
namespace {

constexpr Duration kLookEvery = std::chrono::seconds(1);
// Some milliseconds of the writer's time.
constexpr std::size_t kDeliveriesPerStep = 256;
// What waits ends by the first word. It is repeated for what was just being accepted or parked, and ever more seldom:
// a request under way may take its time.
constexpr Duration kTellAgainMax = std::chrono::minutes(1);

}  // namespace

struct Releaser::Impl {
  explicit Impl(Surroundings given) : outside(std::move(given)), meters(outside.metrics) {}

  // A placement of which something is to end.
  struct Ending {
    Steady tell_at{};
    Duration wait = kLookEvery;
    bool parked = true;      // there may be something to end that is parked,
    core::EventSeq event{};  // behind this
    core::LaneId lane{};
  };

  void look() {
    timer = 0;
    const store::CatalogPtr catalog = outside.store.catalog();
    const std::vector<queue::Waiting> waiting = outside.waiting_room.waiting();
    tell(*catalog, waiting);
    if (const auto placement = next(*catalog, waiting)) return step(*catalog, *placement);
    look_later();
  }
  void look_later() {
    timer = outside.loop.schedule_after(kLookEvery, [this] { look(); });
  }

  // Says to the lanes of which integrations something is to end.
  void tell(const store::Catalog& catalog, const std::vector<queue::Waiting>& waiting) {
    const Steady now = outside.loop.clock().steady();
    std::map<core::PlacementKey, Ending> still;
    std::vector<core::IntegrationNumber> due;
    for (const queue::Waiting& one : waiting) {
      const bool gone = catalog.standing(one.placement) == core::Standing::kGone;
      if (!gone && catalog.dropped(one.placement) == nullptr) continue;
      auto known = endings.extract(one.placement);
      if (known.empty()) {
        still.emplace(one.placement, Ending{.tell_at = now});
        log::info("delivery.ending_what_waits", {{"integration", one.placement.integration.value},
                                                 {"product", one.placement.product.value},
                                                 {"waiting", one.deliveries},
                                                 {"reason", why_cancelled(catalog, one.placement)}});
      } else {
        still.insert(std::move(known));
      }
      Ending& ending = still.at(one.placement);
      if (ending.tell_at > now) continue;
      ending = {.tell_at = now + ending.wait, .wait = std::min(ending.wait * 2, kTellAgainMax)};
      if (one.deliveries > one.parked && (due.empty() || due.back() != one.placement.integration))
        due.push_back(one.placement.integration);
    }
    endings = std::move(still);
    if (!due.empty()) outside.end(due);
  }

  bool has_parked_to_end(const core::PlacementKey& placement) const {
    const auto found = endings.find(placement);
    return found != endings.end() && found->second.parked;
  }

  // One after the other in turn, so that a large one does not hold up the rest.
  std::optional<core::PlacementKey> next(const store::Catalog& catalog, const std::vector<queue::Waiting>& waiting) {
    std::optional<core::PlacementKey> first;
    for (const queue::Waiting& one : waiting) {
      if (one.parked == 0) continue;
      if (catalog.standing(one.placement) != core::Standing::kRunning && !has_parked_to_end(one.placement)) continue;
      if (one.placement > last) return last = one.placement;
      if (!first) first = one.placement;
    }
    if (first) last = *first;
    return first;
  }

  void step(const store::Catalog& catalog, const core::PlacementKey& placement) {
    auto entry = gate.enter();
    if (!entry) return;
    inside.emplace(*std::move(entry));
    if (catalog.standing(placement) == core::Standing::kRunning) return release(placement);
    const Ending& ending = endings.at(placement);
    outside.waiting_room.load_parked(placement, ending.event, ending.lane, kDeliveriesPerStep,
                                     [this, placement, on = &outside.loop](Result<std::vector<queue::Pending>> result) {
                                       on->post([this, placement, result = std::move(result)]() mutable {
                                         end_parked(placement, std::move(result));
                                       });
                                     });
  }

  void release(const core::PlacementKey& placement) {
    outside.waiting_room.release(placement, kDeliveriesPerStep,
                                 [this, on = &outside.loop](Result<queue::Released> result) {
                                   on->post([this, result = std::move(result)] {
                                     if (!result) return failed("delivery.release_failed", result.error());
                                     go_on();
                                   });
                                 });
  }

  void end_parked(const core::PlacementKey& placement, Result<std::vector<queue::Pending>> result) {
    if (!result) return failed("delivery.ending_failed", result.error());
    const auto found = endings.find(placement);
    if (gate.is_closed() || found == endings.end()) return go_on();
    Ending& ending = found->second;
    if (result->size() < kDeliveriesPerStep) {
      ending.parked = false;
    } else {
      ending.event = result->back().key.event;
      ending.lane = result->back().key.lane;
    }
    const store::CatalogPtr catalog = outside.store.catalog();
    const Instant now = outside.loop.clock().now();
    Settlement settlement;
    for (const queue::Pending& one : *result) {
      if (verdict_on(*catalog, placement, one) != Verdict::kCancel) continue;
      const store::Outcome outcome = outcome_of(one, core::OutcomeKind::kCancelled, now);
      settlement.history.dead_letters.push_back(letter_of(outcome, one.event, why_cancelled(*catalog, placement)));
      settlement.history.outcomes.push_back(outcome);
      settlement.over.push_back(one.key);
    }
    if (settlement.empty()) return go_on();
    const std::vector<store::Outcome> outcomes = settlement.history.outcomes;
    outside.settler.settle(std::move(settlement),
                           [this, placement, outcomes, on = &outside.loop](const Result<void>& settled) mutable {
                             on->post([this, placement, outcomes = std::move(outcomes), settled]() mutable {
                               if (!settled) return begin_anew(placement, settled.error());
                               for (const store::Outcome& one : outcomes) meters.delivery_ended(one.kind, one.took);
                               go_on();
                             });
                           });
  }

  void go_on() {
    leave();
    if (!gate.is_closed()) look();
  }
  void failed(const char* what, const Error& error) {
    log::warn(what, {{"error", error.message}});
    leave();
    if (!gate.is_closed()) look_later();
  }
  void begin_anew(const core::PlacementKey& placement, const Error& error) {
    if (const auto found = endings.find(placement); found != endings.end()) {
      found->second.parked = true;
      found->second.event = {};
      found->second.lane = {};
    }
    failed("delivery.ending_failed", error);
  }
  void leave() {
    const std::optional<Gate::Entry> leaving(std::move(inside));
    inside.reset();
  }

  Surroundings outside;
  Meters meters;
  std::map<core::PlacementKey, Ending> endings;
  core::PlacementKey last;
  TimerId timer = 0;
  Gate gate;
  std::optional<Gate::Entry> inside;  // while queue or store are asked
};

Releaser::Releaser(Surroundings surroundings) : impl_(std::make_unique<Impl>(std::move(surroundings))) {}

Releaser::~Releaser() {
  impl_->outside.loop.cancel(impl_->timer);
}

void Releaser::start() {
  impl_->look();
}

void Releaser::stop(std::function<void()> stopped) {
  impl_->outside.loop.cancel(std::exchange(impl_->timer, 0));
  // In a turn of its own: it may destroy us.
  impl_->gate.close([&loop = impl_->outside.loop, stopped = std::move(stopped)] { loop.post(stopped); });
}

}  // namespace fleethook::delivery
