#include "delivery/lane.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "delivery/outcomes.h"

namespace fleethook::delivery {
namespace {

// Heap order: the earliest on top.
constexpr auto kLater = [](const auto& a, const auto& b) { return a.due != b.due ? a.due > b.due : a.order > b.order; };

}  // namespace

Lane::Lane(Context& context, core::LaneId id, core::LaneKey key)
    : context_(context),
      limits_(context.outside.limits),
      id_(id),
      target_(std::move(key)),
      pool_(context.outside.loop, context.outside.transport, context.outside.limits),
      admission_(context.outside.store),
      quotas_(std::max<std::size_t>(context.outside.limits.lane_window_max / 4, 1)),
      in_memory_(&context.in_memory),
      backlog_(context, id, in_memory_, *this),
      busy_at_(context.steady()) {}

Lane::~Lane() {
  context_.outside.loop.cancel(timer_);
  context_.turns.forget(*this);
}

void Lane::recover(const queue::LaneState& state) {
  backlog_.recover(state);
  pump();
}

void Lane::offer(const queue::Accepted& accepted, const core::IntegrationPtr& integration) {
  const bool has_room = fresh_held() < Backlog::fresh_max(limits_) &&
                        context_.in_memory.count() < limits_.deliveries_in_memory_max && !context_.stopping;
  if (!backlog_.offer({accepted.seq, integration->number}, has_room)) return;
  fresh_.push_back({accepted.event, integration, accepted.seq, {}, false, Counted(in_memory_)});
}

void Lane::pump() {
  if (context_.stopping) return;
  was_busy_ = true;
  while (can_start()) {
    Delivery next;
    if (!take_next(next)) break;
    if (free_attempts_.empty()) {
      free_attempts_.push_back(
          attempts_.emplace_back(std::make_unique<Attempt>(context_, pool_, target_, *this)).get());
    }
    Attempt& attempt = *free_attempts_.back();
    free_attempts_.pop_back();
    ++in_flight_;
    if (!attempt.start(std::move(next))) conclude(attempt);
  }
  wait_for_template_turn();
  if (end_in_memory_ && context_.recorder.has_room()) end_in_memory();
  backlog_.go_on_ending();
  backlog_.load_where_room();
  pool_.settle();
  arm();
}

// Retries that are not due yet wait too: nobody else would see to them when they are.
void Lane::wait_for_template_turn() {
  const bool has_some = !fresh_.empty() || !retries_.empty() || quotas_.waiting() > 0;
  if (has_some && !context_.turns.may_build(target_.key.owner)) context_.turns.wait(target_.key.owner, *this);
}

// The next that may be attempted; what may not is dealt with on the way, so that it never stands before the others.
bool Lane::take_next(Delivery& into) {
  while (context_.recorder.has_room() && next_in_turn(into)) {
    const Admission::Answer answer = admission_.ask(into);
    if (settle(answer.verdict, into)) continue;
    if (may_start(into, answer.limits)) return true;
    wait_for_turn(std::move(into));
  }
  return false;
}

// False: it may be attempted. Else it has left memory.
bool Lane::settle(Verdict verdict, Delivery& delivery) {
  switch (verdict) {
    case Verdict::kAdmit:
      return false;
    case Verdict::kPark:
      park(std::move(delivery));
      break;
    case Verdict::kSkip:
      skip(delivery);
      break;
    case Verdict::kCancel:
      cancel(delivery);
      break;
  }
  return true;
}

bool Lane::may_start(const Delivery& delivery, const Quotas::Limits& limits) {
  const core::IntegrationNumber number = delivery.integration->number;
  const Steady now = context_.steady();
  const bool may = quotas_.admits(number, limits, now, [this](core::IntegrationNumber of) { return under_way_of(of); });
  if (may) quotas_.started(number, now);
  return may;
}

std::size_t Lane::under_way_of(core::IntegrationNumber integration) const {
  return static_cast<std::size_t>(std::ranges::count_if(attempts_, [&](const auto& attempt) {
    return std::ranges::find(free_attempts_, attempt.get()) == free_attempts_.end() &&
           attempt->delivery().integration->number == integration;
  }));
}

// It is over the limits of its integration. Without a place to wait in it leaves memory, like a retry that comes late.
void Lane::wait_for_turn(Delivery delivery) {
  context_.meters.waited();
  if (quotas_.keep(delivery)) return;
  backlog_.leaves(position_of(delivery), delivery.progress.attempts);
  const Duration after = quotas_.put_off(delivery.integration->number, context_.steady());
  context_.recorder.retry(
      {key_of(id_, delivery), delivery.integration->version, delivery.progress, context_.now() + after});
}

// Neither a backlog of fresh deliveries nor one of retries keeps the other waiting, and who waited for his turn is
// before both.
bool Lane::next_in_turn(Delivery& into) {
  if (auto waited = quotas_.next(context_.steady())) {
    into = *std::move(waited);
    return true;
  }
  const bool retry_due = !retries_.empty() && retries_.front().due <= context_.steady();
  if (!retry_due && fresh_.empty()) return false;
  const bool take_retry = retry_due && (retry_first_ || fresh_.empty());
  if (take_retry) {
    std::pop_heap(retries_.begin(), retries_.end(), kLater);
    into = std::move(retries_.back().delivery);
    retries_.pop_back();
  } else {
    into = std::move(fresh_.front());
    fresh_.pop_front();
  }
  retry_first_ = !take_retry;
  return true;
}

// It was due, so it is due when it comes back. The order of publication is as good as any, and keeps that of the
// events.
void Lane::park(Delivery delivery) {
  backlog_.parks(position_of(delivery));
  context_.recorder.retry({key_of(id_, delivery), delivery.integration->version, delivery.progress,
                           std::min(delivery.event->published_at, context_.now()),
                           core::placement_of(*delivery.integration, *delivery.event)});
}

// Nothing went wrong: it is counted, and nobody is told.
void Lane::skip(const Delivery& delivery) {
  const store::Outcome outcome = outcome_of(delivery, core::OutcomeKind::kSleep, context_.now());
  context_.meters.delivery_ended(outcome.kind, outcome.took);
  context_.recorder.finish(key_of(id_, delivery), outcome, delivery.put_off);
}

// Kept among the dead letters, since nobody may have meant this one.
void Lane::cancel(const Delivery& delivery) {
  const auto placement = core::placement_of(*delivery.integration, *delivery.event);
  const store::Outcome outcome = outcome_of(delivery, core::OutcomeKind::kCancelled, context_.now());
  context_.recorder.dead_letter(
      letter_of(outcome, delivery.event, why_cancelled(*context_.outside.store.catalog(), placement)));
  context_.meters.delivery_ended(outcome.kind, outcome.took);
  context_.recorder.finish(key_of(id_, delivery), outcome, delivery.put_off);
}

void Lane::released(Instant due) {
  backlog_.note_due(due);
  pump();
}

void Lane::attempt_ended(Attempt& attempt) {
  conclude(attempt);
  if (context_.stopping) return context_.ended_while_stopping();
  pump();
}

// It is where it was before; what stopped it decides what becomes of it.
void Lane::attempt_called_off(Attempt& attempt) {
  Delivery delivery = std::move(attempt.delivery());
  free_attempts_.push_back(&attempt);
  --in_flight_;
  quotas_.called_off(delivery.integration->number);
  if (!settle(admission_.ask(delivery).verdict, delivery)) {
    if (delivery.put_off) {
      keep_retry(std::move(delivery), context_.steady());
    } else {
      fresh_.push_front(std::move(delivery));
    }
  }
  if (context_.stopping) return context_.ended_while_stopping();
  pump();
}

void Lane::conclude(Attempt& attempt) {
  const AttemptReport& report = attempt.report();
  queue::Progress progress = attempt.delivery().progress;  // the delivery's own changes after the reports
  if (progress.attempts == 0) progress.first_attempt_at = report.started_at;
  ++progress.attempts;
  progress.sent += report.sent ? 1 : 0;

  core::NextStep step{.finished = core::OutcomeKind::kSuccess};
  if (!report.error.empty()) {
    const auto policy =
        attempt.compiled() != nullptr ? attempt.compiled()->policy() : attempt.delivery().integration->config.policy;
    // An attempt that found no connection was tried, not skipped: its delivery cannot end as one that slept.
    const std::uint32_t sent =
        report.outcome.result == core::AttemptResult::kSkipped ? progress.sent : std::max(progress.sent, 1U);
    core::AttemptOutcome outcome = report.outcome;
    if (report.loop_cut) outcome.result = core::AttemptResult::kImpossible;  // no waiting changes that
    step = core::next_step(policy, outcome, progress.attempts, sent, report.ended_at - progress.first_attempt_at,
                           context_.outside.random.unit(), context_.outside.retry,
                           attempt.delivery().integration->config.delivery);
  }
  // What it came to is what it came to; it is not tried again.
  const bool stopped = !step.finished && admission_.ask(attempt.delivery()).verdict == Verdict::kCancel;
  if (stopped) step = {.finished = core::OutcomeKind::kError, .dead_letter = true};
  quotas_.ended(attempt.delivery().integration->number, report.took);
  if (report.outcome.result == core::AttemptResult::kForbidden) tell_of_guard(attempt);
  context_.meters.attempt_ended(report.outcome, report.took);
  context_.reporter.ended(attempt, step.finished.has_value());
  if (auto exchange = context_.reporter.exchange(attempt)) context_.recorder.exchange(*std::move(exchange));

  Delivery delivery = std::move(attempt.delivery());
  delivery.progress = progress;
  --in_flight_;
  if (step.finished) {
    std::string reason = report.error;
    if (stopped) {
      const auto placement = core::placement_of(*delivery.integration, *delivery.event);
      reason.append("; ").append(why_cancelled(*context_.outside.store.catalog(), placement));
    }
    finish(attempt, delivery, step, std::move(reason));
  } else {
    retry_later(std::move(delivery), step.retry_after, report.ended_at);
  }
  attempt.forget_answer();
  free_attempts_.push_back(&attempt);
}

// Only the operator can do something about it, and nobody else would tell.
void Lane::tell_of_guard(const Attempt& attempt) {
  const Steady now = context_.steady();
  if (told_of_guard_at_ && now - *told_of_guard_at_ < limits_.egress_warning_every) return;
  told_of_guard_at_ = now;
  log::warn("delivery.egress_refused", {{"host", attempt.host()}, {"error", attempt.report().error}});
}

void Lane::finish(const Attempt& attempt, const Delivery& delivery, const core::NextStep& step, std::string reason) {
  const AttemptReport& report = attempt.report();
  store::Outcome outcome = outcome_of(delivery, *step.finished, report.ended_at);
  outcome.status = report.outcome.status;
  if (step.dead_letter) context_.recorder.dead_letter(letter_of(outcome, delivery.event, reason));
  context_.meters.delivery_ended(outcome.kind, outcome.took);
  context_.recorder.finish(key_of(id_, delivery), outcome, delivery.put_off);
}

// Kept in memory if it comes soon and there is room. On disk in any case.
void Lane::retry_later(Delivery delivery, Duration after, Instant now) {
  const bool stays = after <= limits_.retry_ahead_max && retries_.size() < Backlog::retries_max(limits_) &&
                     backlog_.comes_before_those_on_disk(now + after);
  const Position at = position_of(delivery);
  stays ? backlog_.stays(at) : backlog_.leaves(at, delivery.progress.attempts);
  context_.recorder.retry({key_of(id_, delivery), delivery.integration->version, delivery.progress, now + after});
  delivery.put_off = true;
  if (stays) keep_retry(std::move(delivery), context_.steady() + after);
}

void Lane::keep_retry(Delivery delivery, Steady due) {
  retries_.push_back({std::move(delivery), due, ++retries_seen_});
  std::push_heap(retries_.begin(), retries_.end(), kLater);
}

void Lane::order_retries() {
  std::make_heap(retries_.begin(), retries_.end(), kLater);
}

void Lane::end(const std::vector<core::IntegrationNumber>& of) {
  if (context_.stopping) return;
  end_in_memory_ = true;
  backlog_.end(of);
  pump();
}

void Lane::end_in_memory() {
  end_in_memory_ = false;
  const auto catalog = context_.outside.store.catalog();
  const auto goes_on = [&](const Delivery& one) {
    return verdict_on(*catalog, core::placement_of(*one.integration, *one.event), one.event->published_at) !=
           Verdict::kCancel;
  };
  const auto ended = std::stable_partition(fresh_.begin(), fresh_.end(), goes_on);
  std::for_each(ended, fresh_.end(), [this](const Delivery& one) { cancel(one); });
  fresh_.erase(ended, fresh_.end());
  for (const Delivery& one : quotas_.take([&](const Delivery& waiting) { return !goes_on(waiting); })) cancel(one);
  const auto over =
      std::partition(retries_.begin(), retries_.end(), [&](const Retrying& one) { return goes_on(one.delivery); });
  std::for_each(over, retries_.end(), [this](const Retrying& one) { cancel(one.delivery); });
  if (over == retries_.end()) return;
  retries_.erase(over, retries_.end());
  order_retries();
}

std::optional<Steady> Lane::next_time() const {
  std::optional<Steady> next;
  const auto consider = [&next](Steady when) { next = std::min(next.value_or(when), when); };
  // While no attempt can start, whatever ends that sees to retries that have become due.
  if (!retries_.empty() && can_start()) consider(retries_.front().due);
  if (const auto turn = quotas_.next_time(); turn && can_start()) consider(*turn);
  if (const auto look = backlog_.next_time()) consider(*look);
  return next;
}

LaneView Lane::view() const {
  LaneView view;
  view.key = target_.key;
  view.in_memory = in_memory();
  view.in_flight = in_flight_;
  view.connections = pool_.open();
  view.more_on_disk = backlog_.has_some();
  view.due_at = backlog_.due();
  if (!retries_.empty()) {
    const Instant first = context_.now() + (retries_.front().due - context_.steady());
    view.due_at = std::min(view.due_at.value_or(first), first);
  }
  return view;
}

// One timer for all that is to come.
void Lane::arm() {
  const auto next = next_time();
  if (!next || (timer_ != 0 && timer_at_ <= *next)) return;
  context_.outside.loop.cancel(timer_);
  timer_at_ = *next;
  timer_ = context_.outside.loop.schedule(*next, [this] {
    timer_ = 0;
    pump();
  });
}

bool Lane::tidy(Steady now) {
  pool_.close_idle(now);
  quotas_.tidy(now);
  const bool empty = in_memory() == 0 && backlog_.is_idle() && quotas_.empty();
  if (in_flight_ == 0) {
    free_attempts_.clear();  // they hold the last request and answer
    attempts_.clear();
  }
  if (std::exchange(was_busy_, false) || !empty) busy_at_ = now;
  return empty && now - busy_at_ >= limits_.lane_idle_max;
}

void Lane::cut() {
  for (const auto& attempt : attempts_) attempt->cut();
  in_flight_ = 0;
  context_.outside.loop.cancel(std::exchange(timer_, 0));
}

}  // namespace fleethook::delivery
