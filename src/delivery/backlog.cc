#include "delivery/backlog.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "delivery/admission.h"
#include "delivery/outcomes.h"

namespace fleethook::delivery {
namespace {

constexpr Duration kLoadAgainMin = std::chrono::milliseconds(100);
constexpr Duration kLoadAgainMax = std::chrono::seconds(5);
// A portion that is always allowed, however much is in memory: so many lanes do not need much, and none starves.
constexpr std::size_t kSmallPortion = 16;
constexpr std::size_t kRetriesPortion = 128;
// A few milliseconds of the writer's time: each is a row of outcomes and a dead letter with its event.
constexpr std::size_t kEndedAtOnce = 256;

}  // namespace

Backlog::Backlog(Context& context, core::LaneId lane, Tally& in_memory, Owner& owner)
    : context_(context), limits_(context.outside.limits), lane_(lane), in_memory_(in_memory), owner_(owner) {}

void Backlog::recover(const queue::LaneState& state) {
  if (state.has_ready) cursor_.found_on_disk();
  if (state.next_due) note_due(*state.next_due);
}

bool Backlog::comes_before_those_on_disk(Instant due) const {
  const std::optional<Instant> before = retry_load_ ? disk_due_before_load_ : disk_due_;
  return !before || due <= *before;
}

void Backlog::retry_kept(const queue::Retry& retry) {
  const Position at{retry.key.event, retry.key.integration};
  const auto found = retry_keys_.find(at);
  const std::uint32_t awaited = retry.parked                   ? kParks
                                : retry.progress.attempts == 0 ? kPutsOff
                                                               : retry.progress.attempts;
  if (found == retry_keys_.end() || found->second != awaited) return;  // in memory, or superseded
  forget_retry(at);
  if (retry.parked) return;
  note_due(retry.due);
  load_where_room();
  owner_.arm();
}

void Backlog::forget_retry(Position at) {
  retry_keys_.erase(at);
  if (retry_load_) left_during_load_.insert(at);
  if (ready_load_) left_during_ready_load_.insert(at);
  if (searching_) left_during_search_.insert(at);
}

std::optional<Steady> Backlog::next_time() const {
  if (load_again_at_ > Steady{}) return load_again_at_;
  if (!disk_due_ || retry_load_ || owner_.retries_held() > retries_max(limits_) / 2) return std::nullopt;
  return context_.steady() + std::max(*disk_due_ - limits_.retry_ahead_max - context_.now(), Duration::zero());
}

bool Backlog::is_idle() const {
  return !has_some() && retry_keys_.empty() && !ready_load_ && !retry_load_ && !search_ && !searching_;
}

void Backlog::load_where_room() {
  if (context_.stopping) return;
  if (load_again_at_ > Steady{}) {
    if (context_.steady() < load_again_at_) return;
    load_again_at_ = {};
  }
  if (cursor_.waiting() && !ready_load_ && owner_.fresh_held() < fresh_max(limits_) / 2 && context_.recorder.has_room())
    load_ready();
  if (disk_due_ && !retry_load_ && owner_.retries_held() <= retries_max(limits_) / 2 &&
      *disk_due_ <= context_.now() + limits_.retry_ahead_max) {
    load_retries();
  }
}

void Backlog::load_ready() {
  auto inside = context_.gate.enter();
  if (!inside) return;
  ready_load_.emplace(*std::move(inside));
  std::size_t limit = fresh_max(limits_) - owner_.fresh_held();
  if (context_.in_memory.count() >= limits_.deliveries_in_memory_max) limit = std::min(limit, kSmallPortion);
  cursor_.load_started();
  left_during_ready_load_.clear();
  const Position after = cursor_.cursor();
  context_.outside.queue.load_ready(
      lane_, after.event, after.integration, limit,
      [this, limit, loop = &context_.outside.loop](Result<std::vector<queue::Pending>> result) {
        loop->post([this, limit, result = std::move(result)]() mutable { ready_loaded(std::move(result), limit); });
      });
}

void Backlog::ready_loaded(Result<std::vector<queue::Pending>> result, std::size_t limit) {
  const std::optional<Gate::Entry> inside(std::move(ready_load_));
  ready_load_.reset();
  if (context_.stopping) return;
  if (!result) {
    log::warn("delivery.load_failed", {{"lane", lane_.value}, {"error", result.error().message}});
    return load_failed();
  }
  load_delay_ = {};
  Position last = cursor_.cursor();
  if (!result->empty()) last = {result->back().key.event, result->back().key.integration};
  cursor_.load_ended(last, result->size() < limit);
  const auto catalog = context_.outside.store.catalog();
  for (queue::Pending& pending : *result) {
    const Position at{pending.key.event, pending.key.integration};
    if (retry_keys_.contains(at) || left_during_ready_load_.contains(at)) continue;  // ended by a search
    resolve(*catalog, std::move(pending));
  }
  left_during_ready_load_.clear();
  owner_.backlog_moved();
}

// Loads bring the earliest retries, those in memory among them: so many more are asked for.
void Backlog::load_retries() {
  auto inside = context_.gate.enter();
  if (!inside) return;
  retry_load_.emplace(*std::move(inside));
  left_during_load_.clear();
  const std::size_t limit =
      retry_keys_.size() + std::min(retries_max(limits_) - owner_.retries_held(), kRetriesPortion);
  disk_due_before_load_ = std::exchange(disk_due_, std::nullopt);
  context_.outside.queue.load_retries(
      lane_, Instant::max(), limit,
      [this, limit, loop = &context_.outside.loop](Result<std::vector<queue::Pending>> result) {
        loop->post([this, limit, result = std::move(result)]() mutable { retries_loaded(std::move(result), limit); });
      });
}

void Backlog::retries_loaded(Result<std::vector<queue::Pending>> result, std::size_t limit) {
  const std::optional<Gate::Entry> inside(std::move(retry_load_));
  retry_load_.reset();
  if (context_.stopping) return;
  if (!result) {
    log::warn("delivery.load_failed", {{"lane", lane_.value}, {"error", result.error().message}});
    if (disk_due_before_load_) note_due(*disk_due_before_load_);
    return load_failed();
  }
  load_delay_ = {};
  const Instant soon = context_.now() + limits_.retry_ahead_max;
  const auto catalog = context_.outside.store.catalog();
  const bool maybe_more = result->size() >= limit;
  std::optional<Instant> last_due;
  for (queue::Pending& pending : *result) {
    const Instant due = pending.due.value_or(context_.now());
    last_due = due;
    const Position at{pending.key.event, pending.key.integration};
    if (retry_keys_.contains(at) || left_during_load_.contains(at)) continue;
    if (due > soon || owner_.retries_held() >= retries_max(limits_)) {
      note_due(due);
      break;
    }
    retry_keys_.emplace(at, kStays);
    resolve(*catalog, std::move(pending));
  }
  if (maybe_more && !disk_due_ && last_due) note_due(*last_due);
  left_during_load_.clear();
  owner_.backlog_moved();
}

void Backlog::load_failed() {
  load_delay_ = std::clamp(load_delay_ * 2, kLoadAgainMin, kLoadAgainMax);
  load_again_at_ = context_.steady() + load_delay_;
  owner_.arm();
}

void Backlog::resolve(const store::Catalog& catalog, queue::Pending pending) {
  const core::PlacementKey placement{pending.key.integration, pending.product};
  if (verdict_on(catalog, placement, pending.event->published_at) == Verdict::kCancel)
    return end_on_disk(catalog, pending);
  const Versions::Key version{pending.key.integration, pending.version};
  if (auto integration = context_.versions.find(catalog, version, pending.event->product))
    return give(std::move(pending), std::move(integration), Counted(in_memory_));
  ++unresolved_;
  context_.versions.load(version, [this, pending = std::move(pending),
                                   counted = Counted(in_memory_)](const Result<core::IntegrationPtr>& found) {
    --unresolved_;
    if (found) {
      give(pending, core::Integration::running_on(*found, pending.event->product), counted);
    } else {
      bury(pending, found.error());
    }
    owner_.backlog_moved();
  });
}

void Backlog::give(queue::Pending pending, core::IntegrationPtr integration, Counted counted) {
  Delivery delivery{std::move(pending.event), std::move(integration),  pending.key.event,
                    pending.progress,         pending.due.has_value(), std::move(counted)};
  if (!pending.due) return owner_.take_fresh(std::move(delivery));
  owner_.take_retry(std::move(delivery), context_.steady() + std::max(*pending.due - context_.now(), Duration::zero()));
}

// Without its configuration a delivery cannot be attempted, now or ever. Its event is kept for replay.
void Backlog::bury(const queue::Pending& pending, const Error& why) {
  const store::Outcome outcome = outcome_of(pending, core::OutcomeKind::kError, context_.now());
  const std::string reason =
      "version " + std::to_string(pending.version) + " of the integration cannot be read: " + why.message;
  log::error("delivery.version_lost",
             {{"integration", pending.key.integration.value}, {"version", pending.version}, {"error", why.message}});
  context_.recorder.dead_letter(letter_of(outcome, pending.event, reason));
  context_.meters.delivery_ended(outcome.kind, outcome.took);
  context_.recorder.finish(pending.key, outcome, pending.due.has_value());
}

void Backlog::end(const std::vector<core::IntegrationNumber>& of) {
  const bool on_disk = has_some() || ready_load_ || retry_load_;
  if (!on_disk || (search_ && of == ending_)) return;
  ending_ = of;
  const Position last = cursor_.cursor();
  search_ = cursor_.waiting()
                ? queue::SearchPlace{.retries = false, .event = last.event, .integration = last.integration}
                : queue::SearchPlace{.retries = true, .event = {}, .integration = {}};
}

void Backlog::go_on_ending() {
  if (search_ && !searching_ && context_.recorder.has_room() && load_again_at_ <= context_.steady()) search();
}

void Backlog::search() {
  auto inside = context_.gate.enter();
  if (!inside) return;
  searching_.emplace(*std::move(inside));
  left_during_search_.clear();
  context_.outside.queue.find(
      lane_, *search_, ending_, kEndedAtOnce,
      [this, from = *search_, loop = &context_.outside.loop](Result<queue::Found> result) {
        loop->post([this, from, result = std::move(result)]() mutable { searched(from, std::move(result)); });
      });
}

void Backlog::searched(const queue::SearchPlace& from, Result<queue::Found> result) {
  const std::optional<Gate::Entry> inside(std::move(searching_));
  searching_.reset();
  if (context_.stopping) return;
  if (!result) {
    log::warn("delivery.search_failed", {{"lane", lane_.value}, {"error", result.error().message}});
    return load_failed();
  }
  const auto catalog = context_.outside.store.catalog();
  for (const queue::Pending& pending : result->deliveries) {
    const core::PlacementKey placement{pending.key.integration, pending.product};
    if (!is_on_disk_only(pending)) continue;
    if (verdict_on(*catalog, placement, pending.event->published_at) != Verdict::kCancel) continue;
    end_on_disk(*catalog, pending);
  }
  left_during_search_.clear();
  // Else it has begun anew meanwhile.
  if (search_ == from) search_ = result->all ? std::nullopt : std::optional(result->upto);
  owner_.backlog_moved();
}

// One that is not in memory.
void Backlog::end_on_disk(const store::Catalog& catalog, const queue::Pending& pending) {
  retry_keys_[{pending.key.event, pending.key.integration}] = kEnds;
  const store::Outcome outcome = outcome_of(pending, core::OutcomeKind::kCancelled, context_.now());
  context_.recorder.dead_letter(
      letter_of(outcome, pending.event, why_cancelled(catalog, {pending.key.integration, pending.product})));
  context_.meters.delivery_ended(outcome.kind, outcome.took);
  queue::DeliveryKey key = pending.key;
  key.product = pending.product;
  context_.recorder.finish(key, outcome, true);
}

// What is in memory, or is leaving it, is dealt with there.
bool Backlog::is_on_disk_only(const queue::Pending& pending) const {
  const Position at{pending.key.event, pending.key.integration};
  if (retry_keys_.contains(at) || left_during_search_.contains(at)) return false;
  return pending.due || (cursor_.waiting() && at > cursor_.cursor());
}

}  // namespace fleethook::delivery
