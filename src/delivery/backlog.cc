#include "delivery/backlog.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

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
constexpr std::size_t kLinesAtOnce = 256;
// Heads that what is parked keeps on disk: it may end without a release.
constexpr Duration kLookAgain = std::chrono::seconds(1);
// A few milliseconds of the writer's time: each is a row of outcomes and a dead letter with its event.
constexpr std::size_t kSweptAtOnce = 256;

queue::ReadyPlace place_of(Position at) {
  return {at.event, at.integration};
}

}  // namespace

Backlog::Backlog(Context& context, core::LaneId lane, Lines& lines, Tally& in_memory, Owner& owner)
    : context_(context),
      limits_(context.outside.limits),
      lane_(lane),
      lines_(lines),
      in_memory_(in_memory),
      owner_(owner) {}

void Backlog::recover(const queue::LaneState& state) {
  if (state.has_ready) lines_.others().found_on_disk();
  for (const queue::PlacementDue& one : state.retries) came_back(one.placement, one.due);
}

bool Backlog::offer(Line& line, Position at, bool has_room) {
  const bool take = line.cursor.offer(at, has_room);
  if (!take && line.cursor.waiting()) lines_.list_on_disk(line);
  return take;
}

void Backlog::note_due(Line& line, Moment due) {
  line.due = std::min(line.due.value_or(due), due);
  lines_.list_on_disk(line);
}

bool Backlog::comes_before_those_on_disk(const Line& line, Moment due) {
  const std::optional<Moment> before = line.due_before_load ? line.due_before_load : line.due;
  return !before || due <= *before;
}

void Backlog::acknowledged(const queue::DeliveryKey& key) {
  forget_retry({key.event, key.integration});
  Line* const line = lines_.find({key.integration, key.product});
  if (line == nullptr || !line->order) return;
  line->order->gone(key.event, context_.steady());
  lines_.list_on_disk(*line);
  load_where_room();
  owner_.arm();
}

void Backlog::retry_kept(const queue::Retry& retry) {
  const Position at{retry.key.event, retry.key.integration};
  const auto found = retry_keys_.find(at);
  const bool in_order = queue::is_in_order(retry.due);
  const std::uint32_t awaited = retry.parked ? kParks : retry.progress.attempts | (in_order ? kInOrder : 0);
  if (found == retry_keys_.end() || found->second != awaited) return;  // in memory, or superseded
  forget_retry(at);
  const core::PlacementKey placement{retry.key.integration, retry.key.product};
  if (in_order) {
    Line& line = lines_.of(placement);
    retry.parked ? order_of(line).gone(at.event, context_.steady())
                 : order_of(line).kept(queue::device_in(retry.due), at.event, context_.steady());
    lines_.list_on_disk(line);
  } else if (!retry.parked) {
    note_due(placement, retry.due);
  }
  if (retry.parked) return;
  load_where_room();
  owner_.arm();
}

void Backlog::forget_retry(Position at) {
  retry_keys_.erase(at);
  if (retry_load_) left_during_load_.insert(at);
  if (ready_load_) left_during_ready_load_.insert(at);
  if (searching_) left_during_search_.insert(at);
}

bool Backlog::has_some() const {
  return lines_.others().waiting() ||
         std::ranges::any_of(lines_.on_disk(), [](const Line* line) { return line->has_some_on_disk(); });
}

std::optional<Moment> Backlog::due() const {
  std::optional<Moment> first;
  for (const Line* line : lines_.on_disk()) {
    if (line->due) first = std::min(first.value_or(*line->due), *line->due);
  }
  return first;
}

std::optional<Steady> Backlog::next_time() {
  if (load_again_at_ > Steady{}) return load_again_at_;
  std::optional<Steady> next;
  for (Line* line : lines_.on_disk()) {
    const auto in_order = line->order && !retry_load_ ? line->order->next_time() : std::nullopt;
    if (in_order && lines_.wants_retries(*line)) {
      const Steady when =
          may_load_in_order(*line) ? *in_order : std::max(line->breaker.try_at(), context_.steady() + kLookAgain);
      next = std::min(next.value_or(when), when);
    }
    if (!line->due || line->due_before_load || !lines_.wants_retries(*line)) continue;
    Steady when =
        context_.steady() + std::max(*line->due - limits_.retry_ahead_max - context_.moment(), Duration::zero());
    when = std::max(when, line->breaker.try_at());
    if (when <= context_.steady() && retry_load_) continue;  // its end sees to it
    next = std::min(next.value_or(when), when);
  }
  return next;
}

bool Backlog::is_idle() const {
  return !has_some() && wanted_.empty() && retry_keys_.empty() && !ready_load_ && !retry_load_ && !search_ &&
         !searching_;
}

void Backlog::load_where_room() {
  if (context_.stopping) return;
  if (load_again_at_ > Steady{}) {
    if (context_.steady() < load_again_at_) return;
    load_again_at_ = {};
  }
  if (!wanted_.empty() && !retry_load_) load_wanted();
  if (lines_.on_disk().empty() && !lines_.others().waiting()) return;  // as nearly always
  std::erase_if(lines_.on_disk(), [](Line* line) { return !(line->is_listed = line->has_some_on_disk()); });
  if (!ready_load_ && context_.recorder.has_room()) load_ready();
  if (retry_load_) return;
  Line* const line = next_to_load_retries();
  // By turns, so that neither waits for the other.
  if ((was_in_order_ && line != nullptr) || !load_some_in_order()) {
    was_in_order_ = false;
    if (line != nullptr) line->waking ? load_waking(*line) : load_retries(*line);
  }
}

// No small portions, and while its breaker is not closed only what finds out whether it may close.
std::size_t Backlog::wished_of(Line& line) {
  if (!line.cursor.waiting() || line.is_loading) return 0;
  // What came now would go to disk again, behind the others.
  if (line.order && !line.order->is_empty() && is_held_up(line)) return 0;
  const bool has_some = line.has_some() || line.coming + line.under_way > 0;
  if (!line.breaker.is_closed() && !line.is_expiring) return has_some ? 0 : 1;
  std::size_t room = lines_.fresh_room(line);
  if (room < (line.fresh.size() + line.coming + line.under_way) / 2) return 0;
  if (context_.in_memory.count() >= limits_.deliveries_in_memory_max) room = std::min(room, kSmallPortion);
  return room;
}

// For one line after the other, and in their turn for all that nobody has met yet.
void Backlog::load_ready() {
  const std::vector<Line*>& lines = lines_.on_disk();
  Line* first = nullptr;
  for (std::size_t i = 1; i <= lines.size() + 1 && first == nullptr; ++i) {
    const std::size_t at = (last_loaded_ + i) % (lines.size() + 1);
    if (at == lines.size() ? lines_.others().waiting() : wished_of(*lines[at]) > 0) {
      last_loaded_ = at;
      if (at == lines.size()) break;
      first = lines[at];
    } else if (i == lines.size() + 1) {
      return;
    }
  }
  auto inside = context_.gate.enter();
  if (!inside) return;
  queue::ReadyWish wish;
  ReadyLoad& load = ready_load_.emplace(ReadyLoad{*std::move(inside), {}, 0});
  wish.after = place_of(first != nullptr ? first->cursor.cursor() : lines_.others().cursor());
  wish.for_first = first != nullptr;
  const auto add = [&](Line& line, std::size_t limit) {
    load.wished.emplace_back(&line, limit);
    wish.of.push_back({line.placement, place_of(line.cursor.cursor()), limit});
    wish.limit += limit;
    line.is_loading = true;
    line.cursor.load_started();
  };
  if (first != nullptr) add(*first, wished_of(*first));
  for (Line* line : lines) {
    if (load.wished.size() >= kLinesAtOnce) break;
    const std::size_t limit = wished_of(*line);
    if (limit > 0 && place_of(line->cursor.cursor()) >= wish.after) add(*line, limit);
  }
  // Each room was worked out as if it were for one line alone.
  const std::size_t left = lines_.fresh_max() - std::min(lines_.fresh_max(), lines_.fresh_held());
  wish.limit = std::min(wish.limit, std::max(left, load.wished.size()));
  if (first == nullptr) {
    load.others_each = wish.others_each = std::clamp<std::size_t>(left, 1, kSmallPortion);
    wish.limit = left > 0 ? left : kSmallPortion;
    lines_.others().load_started();
    lines_.newcomers().clear();
    // Those that are known have cursors of their own.
    lines_.each([&](const Line& line) {
      if (!line.is_loading) wish.of.push_back({line.placement, {}, 0});
    });
  }
  left_during_ready_load_.clear();
  context_.outside.waiting_room.load_ready(
      lane_, std::move(wish), [this, loop = &context_.outside.loop](Result<queue::ReadyFound> result) {
        loop->post([this, result = std::move(result)]() mutable { ready_loaded(std::move(result)); });
      });
}

void Backlog::ready_loaded(Result<queue::ReadyFound> result) {
  const ReadyLoad load = *std::move(ready_load_);
  ready_load_.reset();
  for (const auto& [line, limit] : load.wished) line->is_loading = false;
  if (context_.stopping) return;
  if (!result) return load_failed(result.error());
  load_delay_ = {};
  std::map<Line*, std::pair<std::size_t, Position>> brought;  // how many, the last
  for (const queue::Pending& pending : result->deliveries) {
    auto& [count, last] = brought[&lines_.of({pending.key.integration, pending.product})];
    ++count;
    last = {pending.key.event, pending.key.integration};
  }
  const Position upto{result->upto.event, result->upto.integration};
  const auto moves = [&](Line& line, std::size_t limit) {
    const auto found = brought.find(&line);
    const bool is_cut = found != brought.end() && found->second.first >= limit;
    is_cut ? line.cursor.load_ended(found->second.second, false) : line.cursor.load_ended(upto, result->all);
  };
  for (const auto& [line, limit] : load.wished) moves(*line, limit);
  if (load.others_each > 0) {
    for (Line* line : lines_.newcomers()) moves(*line, load.others_each);
    lines_.others().load_ended(upto, result->all);
  }
  const auto catalog = context_.outside.store.catalog();
  for (queue::Pending& pending : result->deliveries) {
    const Position at{pending.key.event, pending.key.integration};
    if (retry_keys_.contains(at) || left_during_ready_load_.contains(at)) continue;  // ended by a search
    Line& line = lines_.of({pending.key.integration, pending.product});
    resolve(line, *catalog, std::move(pending), std::nullopt);
  }
  for (const auto& [line, limit] : load.wished) fresh_moved(*line);
  for (Line* line : lines_.newcomers()) fresh_moved(*line);
  left_during_ready_load_.clear();
  owner_.backlog_moved();
}

// The earliest that has room. Those that are being brought forward come first: an outage has kept them waiting.
Line* Backlog::next_to_load_retries() const {
  const Moment soon = context_.moment() + limits_.retry_ahead_max;
  Line* next = nullptr;
  for (Line* line : lines_.on_disk()) {
    const bool is_wanted = line->waking || (line->due && *line->due <= soon);
    if (!is_wanted || !lines_.wants_retries(*line)) continue;
    if (!line->breaker.is_closed() && line->breaker.try_at() > context_.steady()) continue;
    if (line->waking) return line;
    if (next == nullptr || *line->due < *next->due) next = line;
  }
  return next;
}

// Loads bring the earliest retries, those in memory among them: so many more are asked for.
void Backlog::load_retries(Line& line) {
  auto inside = context_.gate.enter();
  if (!inside) return;
  retry_load_.emplace(*std::move(inside));
  left_during_load_.clear();
  const std::size_t limit =
      line.retries.size() + line.coming + line.under_way + std::min(lines_.retries_room(line), kRetriesPortion);
  line.due_before_load = std::exchange(line.due, std::nullopt);
  context_.outside.waiting_room.load_retries(
      lane_, line.placement, queue::kOrderedFrom - Duration(1), limit,
      [this, limit, &line, loop = &context_.outside.loop](Result<std::vector<queue::Pending>> result) {
        loop->post([this, limit, &line, result = std::move(result)]() mutable {
          retries_loaded(line, std::move(result), limit);
        });
      });
}

void Backlog::retries_loaded(Line& line, Result<std::vector<queue::Pending>> result, std::size_t limit) {
  const std::optional<Gate::Entry> inside(std::move(retry_load_));
  retry_load_.reset();
  const std::optional<Moment> before = std::exchange(line.due_before_load, std::nullopt);
  if (context_.stopping) return;
  if (!result) {
    if (before) note_due(line, *before);
    return load_failed(result.error());
  }
  load_delay_ = {};
  const Moment soon = context_.moment() + limits_.retry_ahead_max;
  const auto catalog = context_.outside.store.catalog();
  std::optional<Moment> last_due;
  for (queue::Pending& pending : *result) {
    const Moment due = pending.due.value_or(context_.moment());
    last_due = due;
    const Position at{pending.key.event, pending.key.integration};
    if (has_come_already(at)) continue;
    if (due > soon || lines_.retries_room(line) == 0) {
      note_due(line, due);
      break;
    }
    retry_keys_.emplace(at, kStays);
    resolve(line, *catalog, std::move(pending), due);
  }
  const bool maybe_more = result->size() >= limit;
  if (maybe_more && !line.due && last_due) note_due(line, *last_due);
  left_during_load_.clear();
  owner_.backlog_moved();
}

void Backlog::wake(Line& line) {
  if (line.order) line.order->wake(context_.steady());
  if (!line.due && !line.due_before_load) return;  // none is on disk only
  line.waking = queue::SearchPlace{.retries = true, .event = {}, .integration = {}};
  ++line.wakes;
  line.failed_since.clear();
  line.due.reset();  // all that is there now is looked at; what is put there later says so
  lines_.list_on_disk(line);
}

void Backlog::load_waking(Line& line) {
  auto inside = context_.gate.enter();
  if (!inside) return;
  retry_load_.emplace(*std::move(inside));
  left_during_load_.clear();
  const std::size_t limit = std::min(lines_.retries_room(line), kRetriesPortion);
  context_.outside.waiting_room.find(
      lane_, *line.waking, {line.placement.integration}, limit,
      [this, &line, wakes = line.wakes, loop = &context_.outside.loop](Result<queue::Found> result) {
        loop->post([this, &line, wakes, result = std::move(result)]() mutable {
          waking_loaded(line, wakes, std::move(result));
        });
      });
}

void Backlog::waking_loaded(Line& line, std::uint32_t wakes, Result<queue::Found> result) {
  const std::optional<Gate::Entry> inside(std::move(retry_load_));
  retry_load_.reset();
  if (context_.stopping) return;
  if (!result) return load_failed(result.error());
  load_delay_ = {};
  const auto catalog = context_.outside.store.catalog();
  for (queue::Pending& pending : result->deliveries) {
    const Position at{pending.key.event, pending.key.integration};
    if (pending.product != line.placement.product || has_come_already(at)) continue;
    if (line.failed_since.contains(at.event.value)) continue;
    if (pending.due && queue::is_in_order(*pending.due)) continue;
    retry_keys_.emplace(at, kStays);
    resolve(line, *catalog, std::move(pending), context_.moment());
  }
  // Else it has begun anew meanwhile.
  if (line.waking && wakes == line.wakes) line.waking = result->all ? std::nullopt : std::optional(result->upto);
  left_during_load_.clear();
  owner_.backlog_moved();
}

void Backlog::load_wanted() {
  auto inside = context_.gate.enter();
  if (!inside) return;
  retry_load_.emplace(*std::move(inside));
  left_during_load_.clear();
  const Wanted& wanted = wanted_.front();
  const core::IntegrationNumber before{wanted.placement.integration.value - 1};
  context_.outside.waiting_room.find(
      lane_, {wanted.among_retries, wanted.event, before}, {wanted.placement.integration}, 1,
      [this, wanted, loop = &context_.outside.loop](Result<queue::Found> result) {
        loop->post([this, wanted, result = std::move(result)]() mutable { wanted_loaded(wanted, std::move(result)); });
      });
}

void Backlog::wanted_loaded(Wanted wanted, Result<queue::Found> result) {
  const std::optional<Gate::Entry> inside(std::move(retry_load_));
  retry_load_.reset();
  if (context_.stopping) return;
  if (!result) return load_failed(result.error());
  load_delay_ = {};
  wanted_.pop_front();
  const bool is_there = !result->deliveries.empty() && result->deliveries.front().key.event == wanted.event;
  Line& line = lines_.of(wanted.placement);
  if (!is_there && wanted.among_retries) {
    wanted.among_retries = false;
    wanted_.push_front(wanted);
  } else if (is_there && result->deliveries.front().product == wanted.placement.product) {
    found_wanted(line, wanted, std::move(result->deliveries.front()));
  }
  left_during_load_.clear();
  owner_.backlog_moved();
}

// It may have come into memory meanwhile, or have ended.
void Backlog::found_wanted(Line& line, const Wanted& wanted, queue::Pending pending) {
  const Position at = {pending.key.event, pending.key.integration};
  const bool is_on_disk = pending.due || (line.cursor.waiting() && at > line.cursor.cursor());
  if (has_come_already(at) || !is_on_disk || owner_.is_under_way(line, wanted.event)) {
    if (wanted.then == Fetched::kGoesFirst) lines_.put_first(line, wanted.event, context_.steady());
    return;
  }
  const auto catalog = context_.outside.store.catalog();
  if (wanted.then == Fetched::kEnds) return end_on_disk(*catalog, pending);
  if (pending.due && queue::is_in_order(*pending.due)) return;  // it goes when its turn comes
  retry_keys_.emplace(at, kStays);
  line.wanted = wanted.event;
  resolve(line, *catalog, std::move(pending), context_.moment());
}

void Backlog::load_failed(const Error& error) {
  log::warn("delivery.load_failed", {{"lane", lane_.value}, {"error", error.message}});
  load_delay_ = std::clamp(load_delay_ * 2, kLoadAgainMin, kLoadAgainMax);
  load_again_at_ = context_.steady() + load_delay_;
  owner_.arm();
}

void Backlog::resolve(Line& line, const store::Catalog& catalog, queue::Pending pending, std::optional<Moment> due) {
  if (const Verdict verdict = verdict_on(catalog, line.placement, pending); may_not_wait(verdict)) {
    leaves_line(line, pending);
    return leaves_disk(catalog, pending, verdict);
  }
  const Versions::Key version{pending.key.integration, pending.version};
  auto known = context_.versions.find(catalog, version, pending.event->product);
  const bool may_pass = due || line.arriving.empty() || !known || !known->config.delivery.order_per_device;
  if (known && may_pass) return give(line, pending, std::move(known), due, Counted(in_memory_));
  lines_.coming(line);
  Line::Arrival& arrival = *line.arriving.emplace_back(
      std::make_unique<Line::Arrival>(Line::Arrival{std::move(pending), due, Counted(in_memory_), std::nullopt}));
  if (known) {
    arrival.integration = std::move(known);
    return;
  }
  context_.versions.load(version, [this, &line, &arrival](const Result<core::IntegrationPtr>& found) {
    arrival.integration =
        found.ok() ? Result(core::Integration::running_on(*found, arrival.pending.event->product)) : found;
    settle_arrivals(line);
    owner_.backlog_moved();
  });
}

void Backlog::give(Line& line,
                   const queue::Pending& pending,
                   core::IntegrationPtr integration,
                   std::optional<Moment> due,
                   Counted counted) {
  Delivery delivery{pending.event,    std::move(integration), pending.key.event,
                    pending.progress, due.has_value(),        std::move(counted)};
  if (!due) return owner_.take_fresh(line, std::move(delivery));
  owner_.take_retry(line, std::move(delivery),
                    context_.steady() + std::max(*due - context_.moment(), Duration::zero()));
}

// Without its configuration a delivery cannot be attempted, now or ever. Its event is kept for replay.
void Backlog::bury(const queue::Pending& pending, const Error& why) {
  store::Outcome outcome = outcome_of(pending, core::OutcomeKind::kError, context_.now());
  outcome.error = core::ErrorClass::kLocal;
  const std::string reason =
      "version " + std::to_string(pending.version) + " of the integration cannot be read: " + why.message;
  log::error("delivery.version_lost",
             {{"integration", pending.key.integration.value}, {"version", pending.version}, {"error", why.message}});
  context_.recorder.dead_letter(letter_of(outcome, pending.event, reason));
  context_.meters.delivery_ended(outcome.kind, outcome.at - pending.event->accepted_at());
  context_.recorder.finish(pending.key, outcome, pending.due.has_value());
}

void Backlog::sweep(const std::vector<core::IntegrationNumber>& of) {
  const bool on_disk = has_some() || ready_load_ || retry_load_;
  if (!on_disk || (search_ && of == swept_)) return;
  // One that is under way begins anew, and looks for its own as well.
  const std::vector<core::IntegrationNumber> before = search_ ? std::move(swept_) : decltype(swept_)();
  swept_.clear();
  std::ranges::set_union(before, of, std::back_inserter(swept_));
  std::optional<Position> first;  // nothing that was never tried is only on disk before
  if (lines_.others().waiting()) first = lines_.others().cursor();
  for (const Line* line : lines_.on_disk()) {
    if (line->cursor.waiting()) first = std::min(first.value_or(line->cursor.cursor()), line->cursor.cursor());
  }
  search_ = first ? queue::SearchPlace{.retries = false, .event = first->event, .integration = first->integration}
                  : queue::SearchPlace{.retries = true, .event = {}, .integration = {}};
}

void Backlog::go_on_sweeping() {
  if (search_ && !searching_ && context_.recorder.has_room() && load_again_at_ <= context_.steady()) search();
}

void Backlog::search() {
  auto inside = context_.gate.enter();
  if (!inside) return;
  searching_.emplace(*std::move(inside));
  left_during_search_.clear();
  context_.outside.waiting_room.find(
      lane_, *search_, swept_, kSweptAtOnce,
      [this, from = *search_, loop = &context_.outside.loop](Result<queue::Found> result) {
        loop->post([this, from, result = std::move(result)]() mutable { searched(from, std::move(result)); });
      });
}

void Backlog::searched(const queue::SearchPlace& from, Result<queue::Found> result) {
  const std::optional<Gate::Entry> inside(std::move(searching_));
  searching_.reset();
  if (context_.stopping) return;
  if (!result) return load_failed(result.error());
  const auto catalog = context_.outside.store.catalog();
  for (const queue::Pending& pending : result->deliveries) {
    const core::PlacementKey placement{pending.key.integration, pending.product};
    if (!is_on_disk_only(pending)) continue;
    const Verdict verdict = verdict_on(*catalog, placement, pending);
    if (may_not_wait(verdict)) leaves_disk(*catalog, pending, verdict);
  }
  left_during_search_.clear();
  // Else it has begun anew meanwhile.
  if (search_ == from) search_ = result->all ? std::nullopt : std::optional(result->upto);
  owner_.backlog_moved();
}

// One that is not in memory.
void Backlog::leaves_disk(const store::Catalog& catalog, const queue::Pending& pending, Verdict verdict) {
  verdict == Verdict::kMove ? park_on_disk(pending) : end_on_disk(catalog, pending);
}

void Backlog::park_on_disk(const queue::Pending& pending) {
  retry_keys_[{pending.key.event, pending.key.integration}] = kParks;
  queue::DeliveryKey key = pending.key;
  key.product = pending.product;
  const Moment due = pending.due && queue::is_in_order(*pending.due) ? *pending.due : Moment();
  context_.recorder.retry(
      {key, pending.version, pending.progress, due, core::PlacementKey{key.integration, key.product}});
}

void Backlog::end_on_disk(const store::Catalog& catalog, const queue::Pending& pending) {
  retry_keys_[{pending.key.event, pending.key.integration}] = kEnds;
  const store::Outcome outcome = outcome_of(pending, core::OutcomeKind::kCancelled, context_.now());
  context_.recorder.dead_letter(
      letter_of(outcome, pending.event, why_cancelled(catalog, {pending.key.integration, pending.product})));
  context_.meters.delivery_ended(outcome.kind, outcome.at - pending.event->accepted_at());
  queue::DeliveryKey key = pending.key;
  key.product = pending.product;
  context_.recorder.finish(key, outcome, true);
}

// What is in memory, or is leaving it, is dealt with there.
bool Backlog::is_on_disk_only(const queue::Pending& pending) const {
  const Position at{pending.key.event, pending.key.integration};
  if (retry_keys_.contains(at) || left_during_search_.contains(at)) return false;
  const Line* line = lines_.find({pending.key.integration, pending.product});
  const DiskCursor& cursor = line == nullptr ? lines_.others() : line->cursor;
  return pending.due || (cursor.waiting() && at > cursor.cursor());
}

}  // namespace fleethook::delivery
