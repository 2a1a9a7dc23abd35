#include "delivery/releaser.h"

#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/gate.h"
#include "base/log.h"

namespace fleethook::delivery {
namespace {

constexpr Duration kLookEvery = std::chrono::seconds(1);
// Some milliseconds of the writer's time.
constexpr std::size_t kDeliveriesPerStep = 256;

}  // namespace

struct Releaser::Impl {
  Impl(Loop& of, queue::Queue& from, const store::Store& catalogs, OnReleased tell)
      : loop(of), queue(from), store(catalogs), released(std::move(tell)) {}

  void look() {
    timer = 0;
    if (const auto placement = next()) return step(*placement);
    look_later();
  }
  void look_later() {
    timer = loop.schedule_after(kLookEvery, [this] { look(); });
  }

  // One after the other in turn, so that a large one does not hold up the rest.
  std::optional<core::PlacementKey> next() {
    const store::CatalogPtr catalog = store.catalog();
    std::optional<core::PlacementKey> first;
    for (const queue::Waiting& one : queue.waiting()) {
      if (one.parked == 0) continue;
      if (catalog->pause(one.placement.integration, one.placement.product) == core::Pause::kHold) continue;
      if (one.placement > last) return last = one.placement;
      if (!first) first = one.placement;
    }
    if (first) last = *first;
    return first;
  }

  void step(const core::PlacementKey& placement) {
    auto entry = gate.enter();
    if (!entry) return;
    inside.emplace(*std::move(entry));
    queue.release(placement, kDeliveriesPerStep, [this, on = &loop](Result<queue::Released> result) {
      on->post([this, result = std::move(result)] { stepped(result); });
    });
  }
  void stepped(const Result<queue::Released>& result) {
    const std::optional<Gate::Entry> leaving(std::move(inside));
    inside.reset();
    if (gate.is_closed()) return;  // it is on disk
    if (!result) {
      log::warn("delivery.release_failed", {{"error", result.error().message}});
      return look_later();
    }
    released(result->lanes);
    look();
  }

  Loop& loop;
  queue::Queue& queue;
  const store::Store& store;
  const OnReleased released;
  core::PlacementKey last;
  TimerId timer = 0;
  Gate gate;
  std::optional<Gate::Entry> inside;  // while the queue is asked
};

Releaser::Releaser(Loop& loop, queue::Queue& queue, const store::Store& store, OnReleased released)
    : impl_(std::make_unique<Impl>(loop, queue, store, std::move(released))) {}

Releaser::~Releaser() {
  impl_->loop.cancel(impl_->timer);
}

void Releaser::start() {
  impl_->look();
}

void Releaser::stop(std::function<void()> stopped) {
  impl_->loop.cancel(std::exchange(impl_->timer, 0));
  // In a turn of its own: it may destroy us.
  impl_->gate.close([&loop = impl_->loop, stopped = std::move(stopped)] { loop.post(stopped); });
}

}  // namespace fleethook::delivery
