#include "delivery/releaser.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/gate.h"
#include "base/log.h"
#include "delivery/admission.h"
#include "delivery/meters.h"
#include "delivery/outcomes.h"
#include "queue/ordered.h"

namespace fleethook::delivery {
namespace {

constexpr Duration kLookEvery = std::chrono::seconds(1);
// Some milliseconds of the writer's time.
constexpr std::size_t kDeliveriesPerStep = 256;
// What waits leaves by the first word. It is repeated for what was just being accepted or parked, and ever more seldom:
// a request under way may take its time. After the last word lanes go on by what they were told.
constexpr Duration kTellAgainMax = std::chrono::minutes(1);

}  // namespace

struct Releaser::Impl {
  explicit Impl(Surroundings given) : outside(std::move(given)), meters(outside.metrics) {}

  struct Command {
    core::Dropped dropped;
    core::Moved moved;
    bool operator==(const Command&) const = default;
  };
  // A placement of which something is to leave.
  struct Leaving {
    Command command;
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
    if (!cancelled.empty()) return look_for_cancelled();
    if (const auto placement = next(*catalog, waiting)) return step(*catalog, *placement);
    look_later();
  }
  void look_later() {
    timer = outside.loop.schedule_after(kLookEvery, [this] { look(); });
  }

  // Says to the lanes of which integrations something is to end.
  void tell(const store::Catalog& catalog, const std::vector<queue::Waiting>& waiting) {
    const Steady now = outside.loop.clock().steady();
    std::map<core::PlacementKey, Leaving> still;
    std::vector<core::IntegrationNumber> due;
    for (const queue::Waiting& one : waiting) {
      const auto command = command_on(catalog, one.placement);
      if (!command) continue;
      auto known = leaving.extract(one.placement);
      if (known.empty() || known.mapped().command != *command) {
        still.emplace(one.placement, Leaving{.command = *command, .tell_at = now});
        tell_log(catalog, one);
      } else {
        still.insert(std::move(known));
      }
      Leaving& ending = still.at(one.placement);
      if (ending.tell_at > now || ending.wait > kTellAgainMax) continue;
      ending = {.command = *command, .tell_at = now + ending.wait, .wait = ending.wait * 2};
      if (one.deliveries > one.parked && (due.empty() || due.back() != one.placement.integration))
        due.push_back(one.placement.integration);
    }
    leaving = std::move(still);
    if (!due.empty()) outside.sweep(due);
  }

  // What was told last of a placement; nullopt: nothing. One that is gone has no later one.
  static std::optional<Command> command_on(const store::Catalog& catalog, const core::PlacementKey& placement) {
    if (catalog.standing(placement) == core::Standing::kGone) return Command{};
    const core::Dropped* dropped = catalog.dropped(placement);
    const core::Moved* moved = catalog.moved(placement);
    if (dropped == nullptr && moved == nullptr) return std::nullopt;
    return Command{dropped != nullptr ? *dropped : core::Dropped(), moved != nullptr ? *moved : core::Moved()};
  }

  static void tell_log(const store::Catalog& catalog, const queue::Waiting& one) {
    const core::Moved* moved = catalog.moved(one.placement);
    const bool ends = catalog.standing(one.placement) == core::Standing::kGone || catalog.dropped(one.placement);
    log::info(ends ? "delivery.ending_what_waits" : "delivery.moving_what_waits",
              {{"integration", one.placement.integration.value},
               {"product", one.placement.product.value},
               {"waiting", one.deliveries},
               {"reason", ends ? std::string(why_cancelled(catalog, one.placement))
                               : "it is to go by version " + std::to_string(moved->version)}});
  }

  bool has_parked_to_end(const core::PlacementKey& placement) const {
    const auto found = leaving.find(placement);
    return found != leaving.end() && found->second.parked;
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
    if (catalog.standing(placement) == core::Standing::kRunning) {
      return catalog.moved(placement) != nullptr ? move(placement) : release(placement);
    }
    const Leaving& ending = leaving.at(placement);
    outside.waiting_room.load_parked(placement, ending.event, ending.lane, kDeliveriesPerStep,
                                     [this, placement, on = &outside.loop](Result<std::vector<queue::Pending>> result) {
                                       on->post([this, placement, result = std::move(result)]() mutable {
                                         end_parked(placement, std::move(result));
                                       });
                                     });
  }

  // Those that come first go by the version that was told, before any of them is released.
  void move(const core::PlacementKey& placement) {
    outside.waiting_room.load_parked(placement, {}, {}, kDeliveriesPerStep,
                                     [this, placement, on = &outside.loop](Result<std::vector<queue::Pending>> result) {
                                       on->post([this, placement, result = std::move(result)]() mutable {
                                         parked_loaded(placement, std::move(result));
                                       });
                                     });
  }

  void parked_loaded(const core::PlacementKey& placement, Result<std::vector<queue::Pending>> result) {
    if (!result) return failed("delivery.moving_failed", result.error());
    const store::CatalogPtr catalog = outside.store.catalog();
    const core::Moved* moved = catalog->moved(placement);
    if (gate.is_closed() || moved == nullptr) return go_on();
    std::erase_if(*result,
                  [&](const queue::Pending& one) { return verdict_on(*catalog, placement, one) != Verdict::kMove; });
    if (result->empty()) return release(placement);
    const core::IntegrationPtr newest = catalog->integration(placement.integration);
    const auto present = newest ? core::Integration::running_on(newest, placement.product) : nullptr;
    if (present != nullptr && present->version == moved->version) return renew(placement, *result, present);
    outside.load_version(placement.integration, moved->version,
                         [this, placement, parked = *std::move(result)](const Result<core::IntegrationPtr>& found) {
                           if (!found) return failed("delivery.moving_failed", found.error());
                           renew(placement, parked, core::Integration::running_on(*found, placement.product));
                         });
  }

  // The time for which they are tried begins anew: they have not been tried like this.
  void renew(const core::PlacementKey& placement,
             const std::vector<queue::Pending>& parked,
             const core::IntegrationPtr& by) {
    const Moment sure = outside.log.timeline().sure();
    std::vector<queue::Retry> renewed;
    for (const queue::Pending& one : parked) {
      queue::Retry& retry = renewed.emplace_back(queue::Retry{one.key, by->version, one.progress, {}, placement});
      retry.key.product = placement.product;
      if (retry.progress.attempts > 0) retry.progress.first_attempt_at = sure;
      if (by->config.delivery.order_per_device) retry.due = queue::in_order(queue::device_of(*one.event));
      retry.lane = outside.lane_of(*by, *one.event);
    }
    outside.waiting_room.retry(std::move(renewed), [this, on = &outside.loop](const Result<void>& result) {
      on->post([this, result] {
        if (!result) return failed("delivery.moving_failed", result.error());
        go_on();
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
    const auto found = leaving.find(placement);
    if (gate.is_closed() || found == leaving.end()) return go_on();
    Leaving& ending = found->second;
    if (result->size() < kDeliveriesPerStep) {
      ending.parked = false;
    } else {
      ending.event = result->back().key.event;
      ending.lane = result->back().key.lane;
    }
    const store::CatalogPtr catalog = outside.store.catalog();
    Settlement settlement;
    for (const queue::Pending& one : *result) {
      if (verdict_on(*catalog, placement, one) != Verdict::kCancel) continue;
      put_end(settlement, one, why_cancelled(*catalog, placement));
    }
    if (settlement.empty()) return go_on();
    settle(std::move(settlement), [this, placement](const Error& error) { begin_anew(placement, error); });
  }

  void settle(Settlement settlement, std::function<void(const Error&)> undone) {
    const std::vector<store::Outcome> outcomes = settlement.history.outcomes;
    outside.settler.settle(std::move(settlement), [this, undone = std::move(undone), outcomes,
                                                   on = &outside.loop](const Result<void>& settled) mutable {
      on->post([this, undone = std::move(undone), outcomes = std::move(outcomes), settled] {
        if (!settled) return undone(settled.error());
        for (const store::Outcome& one : outcomes) meters.delivery_ended(one.kind, one.took);
        go_on();
      });
    });
  }

  // One delivery, by the wish of a person. What has left meanwhile is its lane's.
  void look_for_cancelled() {
    auto entry = gate.enter();
    if (!entry) return;
    inside.emplace(*std::move(entry));
    const auto [placement, event] = cancelled.front();
    outside.waiting_room.load_parked(
        placement, {event.value - 1}, core::LaneId{std::numeric_limits<std::uint64_t>::max() >> 1}, 1,
        [this, placement, event, on = &outside.loop](Result<std::vector<queue::Pending>> result) {
          on->post([this, placement, event, result = std::move(result)] { end_cancelled(placement, event, result); });
        });
  }

  void end_cancelled(const core::PlacementKey& placement,
                     core::EventSeq event,
                     const Result<std::vector<queue::Pending>>& result) {
    if (!result) return failed("delivery.ending_failed", result.error());
    cancelled.pop_front();
    if (gate.is_closed() || result->empty() || result->front().key.event != event) return go_on();
    Settlement settlement;
    put_end(settlement, result->front(), why_cancelled(*outside.store.catalog(), placement));
    settle(std::move(settlement), [this](const Error& error) { failed("delivery.ending_failed", error); });
  }

  void put_end(Settlement& settlement, const queue::Pending& one, const char* why) const {
    const store::Outcome outcome = outcome_of(one, core::OutcomeKind::kCancelled, outside.loop.clock().now());
    settlement.history.dead_letters.push_back(letter_of(outcome, one.event, why));
    settlement.history.outcomes.push_back(outcome);
    settlement.over.push_back(one.key);
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
    if (const auto found = leaving.find(placement); found != leaving.end()) {
      found->second.parked = true;
      found->second.event = {};
      found->second.lane = {};
    }
    failed("delivery.ending_failed", error);
  }
  void leave() {
    const std::optional<Gate::Entry> left(std::move(inside));
    inside.reset();
  }

  Surroundings outside;
  Meters meters;
  std::map<core::PlacementKey, Leaving> leaving;
  std::deque<std::pair<core::PlacementKey, core::EventSeq>> cancelled;  // by people, in the order of their wishes
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

void Releaser::cancel(const Wish& wish) {
  for (const core::PlacementKey& placement : wish.placements) impl_->cancelled.emplace_back(placement, *wish.event);
  if (impl_->inside || impl_->gate.is_closed()) return;  // its end looks at it
  impl_->outside.loop.cancel(impl_->timer);
  impl_->look();
}

void Releaser::stop(std::function<void()> stopped) {
  impl_->outside.loop.cancel(std::exchange(impl_->timer, 0));
  // In a turn of its own: it may destroy us.
  impl_->gate.close([&loop = impl_->outside.loop, stopped = std::move(stopped)] { loop.post(stopped); });
}

}  // namespace fleethook::delivery
