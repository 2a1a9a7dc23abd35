#include "delivery/lane.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "delivery/outcomes.h"

namespace fleethook::delivery {
namespace {

// It is tried at certain times and then ends: nothing of it may be held back for an outage.
bool has_fixed_times(const core::Integration& integration) {
  const bool once = integration.config.delivery.retry_for == Duration::zero();
  return once || integration.config.policy == core::DeliveryPolicy::kParticle;
}

bool is_in_order(const Delivery& delivery) {
  return delivery.integration->config.delivery.order_per_device;
}

queue::Device device_of(const Delivery& delivery) {
  return queue::device_of(*delivery.event);
}

}  // namespace

Lane::Lane(Context& context, core::LaneId id, core::LaneKey key)
    : context_(context),
      limits_(context.outside.limits),
      id_(id),
      target_(std::move(key)),
      pool_(context.outside.loop, context.outside.transport, context.outside.limits),
      admission_(context.outside.store),
      in_memory_(&context.in_memory),
      lines_(context.outside.limits, context.outside.fair),
      backlog_(context, id, lines_, in_memory_, *this),
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
  Line& line = lines_.of(core::placement_of(*integration, *accepted.event));
  // Loops hand over their events when they like; loads bring them in their order.
  const bool has_room = !integration->config.delivery.order_per_device && lines_.fresh_room(line) > 0 &&
                        !context_.stopping && context_.in_memory.count() < limits_.deliveries_in_memory_max;
  if (!backlog_.offer(line, {accepted.seq, integration->number}, has_room)) return;
  take_fresh(line, {accepted.event, integration, accepted.seq, {}, false, Counted(in_memory_)});
}

void Lane::take_fresh(Line& line, Delivery delivery) {
  if (is_in_order(delivery) &&
      !backlog_.order_of(line).comes(device_of(delivery), delivery.seq, !backlog_.is_held_up(line))) {
    return put_behind(delivery);
  }
  lines_.add_fresh(line, std::move(delivery), context_.steady());
}

// Another of its device goes first.
void Lane::put_behind(const Delivery& delivery) {
  backlog_.leaves_in_order(position_of(delivery), delivery.progress.attempts);
  context_.recorder.retry(
      {key_of(id_, delivery), delivery.integration->version, delivery.progress, queue::in_order(device_of(delivery))});
}

// It is over, or parked: the next of its device may go when that is on disk.
void Lane::leaves(const Delivery& delivery) {
  Line& line = line_of(delivery);
  if (line.order) line.order->leaves(device_of(delivery), delivery.seq);
}

void Lane::take_retry(Line& line, Delivery delivery, Steady due) {
  if (is_in_order(delivery) && delivery.progress.attempts == 0 && is_over_time(delivery)) {
    return end_untried(line, delivery);  // it has waited behind others for all of its time
  }
  const core::EventSeq seq = delivery.seq;
  lines_.add_retry(line, std::move(delivery), due, context_.steady());
  if (line.wanted != seq) return;
  line.wanted = {};
  lines_.put_first(line, seq, context_.steady());
}

void Lane::try_now(const Wish& wish) {
  if (context_.stopping || !wish.means(id_)) return;
  const Steady now = context_.steady();
  const auto all_of = [&](Line& line) {
    lines_.try_now(line, now);
    backlog_.wake(line);
  };
  if (!wish.event)
    lines_.each([&](Line& line) {
      if (wish.means(line.placement)) all_of(line);
    });
  for (const core::PlacementKey& placement : wish.event ? wish.placements : std::vector<core::PlacementKey>()) {
    Line& line = lines_.of(placement);
    if (line.order) {
      all_of(line);
    } else if (under_way(placement, *wish.event) == nullptr) {
      line.breaker.try_whatever_was_told(now);
      if (!lines_.put_first(line, *wish.event, now))
        backlog_.fetch(placement, *wish.event, Backlog::Fetched::kGoesFirst);
    }
  }
  pump();
}

void Lane::cancel(const Wish& wish) {
  FLEETHOOK_ASSERT(wish.event);
  if (context_.stopping || !wish.means(id_)) return;
  for (const core::PlacementKey& placement : wish.placements) {
    if (Attempt* const attempt = under_way(placement, *wish.event)) {
      attempt->delivery().called_off = true;
      continue;
    }
    std::vector<Delivery> found;
    lines_.take_from(
        lines_.of(placement), [&](const Delivery& one) { return one.seq == *wish.event; }, context_.steady(), found);
    for (const Delivery& one : found) cancel(one);
    if (found.empty()) backlog_.fetch(placement, *wish.event, Backlog::Fetched::kEnds);
  }
  pump();
}

void Lane::pump() {
  if (context_.stopping) return;
  was_busy_ = true;
  while (can_start()) {
    Line* line = lines_.next(context_.steady());
    if (line == nullptr) break;
    go_on_with(*line);
  }
  wait_for_template_turn();
  if (sweep_memory_ && context_.recorder.has_room()) sweep_memory();
  if (some_expire_ && context_.recorder.has_room()) end_what_is_over_time();
  backlog_.go_on_sweeping();
  backlog_.load_where_room();
  pool_.settle();
  arm();
}

// Retries that are not due yet wait too: nobody else would see to them when they are.
void Lane::wait_for_template_turn() {
  if (lines_.has_some() && !context_.turns.may_build(target_.key.owner)) context_.turns.wait(target_.key.owner, *this);
}

// The first of the line is attempted, or stays in its place; what may not be attempted at all leaves it on the way, so
// that it never stands before the others.
void Lane::go_on_with(Line& line) {
  const Steady now = context_.steady();
  const Admission::Answer answer =
      admission_.ask(lines_.head(line, now), now, [this](core::IntegrationNumber of) { return under_way_of(of); });
  if (answer.verdict == Verdict::kWait) return let_wait(line, answer.until);
  Delivery next = lines_.take(line, now);
  if (!settle(answer.verdict, next)) start(line, std::move(next));
}

void Lane::let_wait(Line& line, std::optional<Steady> until) {
  const Steady now = context_.steady();
  const core::EventSeq first = lines_.head(line, now).seq;
  if (std::exchange(line.told_to_wait, first) != first) context_.meters.waited();
  until ? lines_.wait(line, *until, now) : lines_.wait_for_end(line);
}

void Lane::start(Line& line, Delivery delivery) {
  if (free_attempts_.empty()) {
    free_attempts_.push_back(attempts_.emplace_back(std::make_unique<Attempt>(context_, pool_, target_, *this)).get());
  }
  Attempt& attempt = *free_attempts_.back();
  free_attempts_.pop_back();
  const Steady now = context_.steady();
  line.breaker.started(now);
  admission_.started(delivery.integration->number, now);
  lines_.started(line, now);
  if (!attempt.start(std::move(delivery))) conclude(attempt);
}

// False: it may be attempted. Else it has left memory.
bool Lane::settle(Verdict verdict, Delivery& delivery) {
  switch (verdict) {
    case Verdict::kAdmit:
    case Verdict::kWait:
      return false;
    case Verdict::kPark:
    case Verdict::kMove:
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

Attempt* Lane::under_way(const core::PlacementKey& placement, core::EventSeq event) const {
  for (const auto& attempt : attempts_) {
    if (attempt->delivery().seq != event || std::ranges::find(free_attempts_, attempt.get()) != free_attempts_.end())
      continue;
    const Delivery& delivery = attempt->delivery();
    if (core::placement_of(*delivery.integration, *delivery.event) == placement) return attempt.get();
  }
  return nullptr;
}

std::size_t Lane::under_way_of(core::IntegrationNumber integration) const {
  return static_cast<std::size_t>(std::ranges::count_if(attempts_, [&](const auto& attempt) {
    return std::ranges::find(free_attempts_, attempt.get()) == free_attempts_.end() &&
           attempt->delivery().integration->number == integration;
  }));
}

void Lane::no_longer_under_way(Line& line, core::IntegrationNumber integration) {
  const Steady now = context_.steady();
  lines_.ended(line, now);
  for (const core::PlacementKey& waited : admission_.ended(integration)) {
    if (Line* other = lines_.find(waited); other != nullptr) lines_.go_on(*other, now);
  }
}

// It was due, so it is due when it comes back: at once, in the order of the events.
void Lane::park(Delivery delivery) {
  const Moment due = is_in_order(delivery) ? queue::in_order(device_of(delivery)) : Moment();
  leaves(delivery);
  backlog_.parks(position_of(delivery));
  context_.recorder.retry({key_of(id_, delivery), delivery.integration->version, delivery.progress, due,
                           core::placement_of(*delivery.integration, *delivery.event)});
}

// Nothing went wrong: it is counted, and nobody is told.
void Lane::skip(const Delivery& delivery) {
  over(delivery, outcome_of(delivery, core::OutcomeKind::kSleep, context_.now()));
}

void Lane::over(const Delivery& delivery, const store::Outcome& outcome) {
  leaves(delivery);
  context_.meters.delivery_ended(outcome.kind, outcome.at - delivery.event->accepted_at());
  context_.recorder.finish(key_of(id_, delivery), outcome, delivery.put_off || is_in_order(delivery));
}

// Kept among the dead letters, since nobody may have meant this one.
void Lane::cancel(const Delivery& delivery) {
  const auto placement = core::placement_of(*delivery.integration, *delivery.event);
  const store::Outcome outcome = outcome_of(delivery, core::OutcomeKind::kCancelled, context_.now());
  context_.recorder.dead_letter(
      letter_of(outcome, delivery.event, why_cancelled(*context_.outside.store.catalog(), placement)));
  over(delivery, outcome);
}

void Lane::released(const std::vector<queue::PlacementDue>& retries) {
  for (const queue::PlacementDue& one : retries) backlog_.came_back(one.placement, one.due);
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
  Line& line = line_of(delivery);
  line.breaker.called_off();
  no_longer_under_way(line, delivery.integration->number);
  if (!settle(verdict_again(delivery), delivery)) {
    if (delivery.put_off) {
      take_retry(line, std::move(delivery), context_.steady());
    } else {
      lines_.add_fresh(line, std::move(delivery), context_.steady(), true);
    }
  }
  if (context_.stopping) return context_.ended_while_stopping();
  pump();
}

core::NextStep Lane::next_step(const Attempt& attempt, const queue::Progress& progress) {
  const AttemptReport& report = attempt.report();
  if (report.error.empty()) return {.finished = core::OutcomeKind::kSuccess};
  const core::IntegrationConfig& config = attempt.delivery().integration->config;
  const auto policy = attempt.compiled() != nullptr ? attempt.compiled()->policy() : config.policy;
  // An attempt that found no connection was tried, not skipped: its delivery cannot end as one that slept.
  const std::uint32_t sent =
      report.outcome.result == core::AttemptResult::kSkipped ? progress.sent : std::max(progress.sent, 1U);
  core::AttemptOutcome outcome = report.outcome;
  if (report.loop_cut) outcome.result = core::AttemptResult::kImpossible;  // no waiting changes that
  return core::next_step(policy, outcome, progress.attempts, sent, context_.sure() - progress.first_attempt_at,
                         context_.outside.random.unit(), context_.outside.retry, config.delivery);
}

void Lane::conclude(Attempt& attempt) {
  const AttemptReport& report = attempt.report();
  queue::Progress progress = attempt.delivery().progress;  // the delivery's own changes after the reports
  const bool may_come_again = !report.error.empty();
  if (progress.attempts == 0 && may_come_again) progress.first_attempt_at = context_.sure() - report.took;
  ++progress.attempts;
  progress.sent += report.sent ? 1 : 0;

  core::NextStep step = next_step(attempt, progress);
  // What it came to is what it came to; it is not tried again.
  const Verdict now = step.finished ? Verdict::kAdmit : verdict_again(attempt.delivery());
  const bool stopped = now == Verdict::kCancel;
  if (stopped) step = {.finished = core::OutcomeKind::kError};
  Line& line = line_of(attempt.delivery());
  learn(line, attempt, step);
  pause_if_gone(attempt, step);
  no_longer_under_way(line, attempt.delivery().integration->number);
  if (report.outcome.result == core::AttemptResult::kForbidden) tell_of_guard(attempt);
  context_.meters.attempt_ended(report.outcome.result, report.error_class, report.took);
  context_.reporter.ended(attempt, step.finished.has_value());
  tell_of_condition(line, attempt);
  if (auto exchange = context_.reporter.exchange(attempt)) context_.recorder.exchange(*std::move(exchange));

  Delivery delivery = std::move(attempt.delivery());
  delivery.progress = progress;
  if (step.finished) {
    std::string reason = report.error;
    if (stopped) {
      const auto placement = core::placement_of(*delivery.integration, *delivery.event);
      reason.append("; ").append(why_cancelled(*context_.outside.store.catalog(), placement));
    }
    finish(attempt, delivery, step, std::move(reason));
  } else if (now == Verdict::kMove) {
    park(std::move(delivery));
  } else {
    retry_later(line, std::move(delivery), step.retry_after);
  }
  attempt.forget_answer();
  free_attempts_.push_back(&attempt);
}

// How the receiver bears what this placement sends.
void Lane::learn(Line& line, const Attempt& attempt, const core::NextStep& step) {
  const AttemptReport& report = attempt.report();
  const Steady now = context_.steady();
  switch (report.outcome.result) {
    case core::AttemptResult::kSkipped:
    case core::AttemptResult::kImpossible:
      return line.breaker.called_off();
    case core::AttemptResult::kFailed:
    case core::AttemptResult::kForbidden:
      return learn_of_failure(line, attempt);
    case core::AttemptResult::kAnswered:
      break;
  }
  const int status = report.outcome.status;
  const bool overloaded = status == 429 || (status >= 500 && !report.loop_cut);
  if (!report.error.empty() && (overloaded || !step.finished)) return learn_of_failure(line, attempt);
  // Also one that it refuses for good: it has looked at it.
  line.pace.succeeded(now - report.took, now, line.under_way);
  if (line.breaker.succeeded(now)) closed(line, attempt);
}

void Lane::learn_of_failure(Line& line, const Attempt& attempt) {
  const AttemptReport& report = attempt.report();
  const Steady now = context_.steady();
  const int status = report.outcome.result == core::AttemptResult::kAnswered ? report.outcome.status : 0;
  if (status == 0 || status == 429 || status == 503) {
    line.pace.failed(now - report.took, now, Pace::Failure::kOverload);
  } else if (status >= 500) {
    line.pace.failed(now - report.took, now, Pace::Failure::kError);
  }
  if (has_fixed_times(*attempt.delivery().integration) && line.breaker.is_closed()) return;
  bool has_opened = line.breaker.failed(now - report.took, now, report.ended_at, report.error);
  if (report.outcome.retry_after) {
    const Duration wait = std::min(*report.outcome.retry_after, context_.outside.retry.retry_after_max);
    has_opened |=
        line.breaker.told_to_wait(wait, now, report.ended_at, report.error + ", which said when to come back");
  }
  if (has_opened) opened(line, attempt);
  line.is_expiring |= line.breaker.state() == BreakerState::kOpen;
  some_expire_ |= line.is_expiring;
}

// For people: nothing is decided by it. A success needs to look at little as a rule.
void Lane::tell_of_condition(Line& line, const Attempt& attempt) {
  const AttemptReport& report = attempt.report();
  if (report.outcome.result == core::AttemptResult::kSkipped) return;  // it was not tried
  if (line.destination.empty()) line.destination = attempt.destination_for_people();
  const std::uint64_t revision = context_.outside.outages.revision();
  if (std::exchange(line.outages_known, revision) != revision && context_.outside.outages.any(line.placement))
    line.condition.was_failing();
  const Steady now = context_.steady();
  if (!report.error.empty()) {
    if (!line.condition.failed(now - report.took, report.started_at, now)) return;
    store::Outage began = outage_of(line, attempt);
    line.condition.told();
    context_.meters.outage_began();
    log::warn("delivery.receiver_failing", {{"destination", began.destination},
                                            {"owner", target_.key.owner},
                                            {"integration", line.placement.integration.value},
                                            {"product", line.placement.product.value},
                                            {"failures", began.failures},
                                            {"error", began.error}});
    context_.reporter.condition(attempt, began);
    return context_.recorder.outage(std::move(began));
  }
  store::Outage ended;
  if (line.condition.is_failing()) ended = outage_of(line, attempt);
  if (!line.condition.succeeded()) return;
  ended.ended_at = report.ended_at;
  log::info("delivery.receiver_recovered", {{"destination", ended.destination},
                                            {"owner", target_.key.owner},
                                            {"integration", line.placement.integration.value},
                                            {"product", line.placement.product.value}});
  context_.reporter.condition(attempt, ended);
  context_.recorder.outage(std::move(ended));
}

store::Outage Lane::outage_of(const Line& line, const Attempt& attempt) const {
  const AttemptReport& report = attempt.report();
  store::Outage one;
  one.placement = line.placement;
  one.lane = id_;
  one.destination = line.destination;
  one.version = attempt.delivery().integration->version;
  one.began_at = line.condition.first_at();
  one.failures = line.condition.failures();
  one.status = report.outcome.result == core::AttemptResult::kAnswered ? report.outcome.status : 0;
  one.error_class = report.error_class;
  one.error = report.error;
  return one;
}

// 410: the receiver says that nobody shall come any more. What waits is held until a person has looked. Who took 410
// out of the final statuses, or has the fixed attempts of policy particle, wants it tried again.
void Lane::pause_if_gone(Attempt& attempt, const core::NextStep& step) {
  const AttemptReport& report = attempt.report();
  const Delivery& delivery = attempt.delivery();
  const bool is_gone = report.outcome.result == core::AttemptResult::kAnswered && report.outcome.status == 410 &&
                       step.finished == core::OutcomeKind::kError && !report.error.empty() &&
                       delivery.integration->config.policy == core::DeliveryPolicy::kDurable;
  if (!is_gone || !context_.outside.pause) return;
  const core::PlacementKey placement = core::placement_of(*delivery.integration, *delivery.event);
  if (context_.outside.store.catalog()->standing(placement) != core::Standing::kRunning) return;
  attempt.add_to_error("; the integration is paused here until somebody resumes it");
  log::warn("delivery.receiver_gone", {{"host", attempt.host()},
                                       {"owner", target_.key.owner},
                                       {"integration", placement.integration.value},
                                       {"product", placement.product.value}});
  context_.outside.pause(delivery.integration->id, placement, "the receiver answered 410 Gone");
}

void Lane::opened(const Line& line, const Attempt& attempt) const {
  context_.meters.breaker_opened();
  log::warn("delivery.breaker_opened", {{"host", attempt.host()},
                                        {"owner", target_.key.owner},
                                        {"integration", line.placement.integration.value},
                                        {"product", line.placement.product.value},
                                        {"reason", line.breaker.reason()}});
}

// What waited is brought forward; the receiver gets it as it bears it. It may be well for others too.
void Lane::closed(Line& line, const Attempt& attempt) {
  const Steady now = context_.steady();
  log::info("delivery.breaker_closed", {{"host", attempt.host()},
                                        {"owner", target_.key.owner},
                                        {"integration", line.placement.integration.value},
                                        {"product", line.placement.product.value}});
  line.pace.restart();
  lines_.bring_forward(line, now);
  backlog_.wake(line);
  lines_.try_all(now);
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
  outcome.error = report.error_class;
  if (outcome.kind != core::OutcomeKind::kSuccess)
    context_.recorder.dead_letter(letter_of(outcome, delivery.event, reason));
  over(delivery, outcome);
}

// Kept in memory if it comes soon and there is room. On disk in any case.
void Lane::retry_later(Line& line, Delivery delivery, Duration after) {
  const bool in_order = is_in_order(delivery);
  const Moment due = in_order ? queue::in_order(device_of(delivery)) : context_.moment() + after;
  const bool stays = after <= limits_.retry_ahead_max && lines_.retries_room(line) > 0 &&
                     (in_order || Backlog::comes_before_those_on_disk(line, due));
  const Position at = position_of(delivery);
  if (line.waking) line.failed_since.insert(at.event.value);
  if (stays) {
    backlog_.stays(at);
  } else if (in_order) {
    backlog_.leaves_in_order(at, delivery.progress.attempts);
    line.order->later(device_of(delivery), delivery.seq, context_.steady() + after);
  } else {
    backlog_.leaves(at, delivery.progress.attempts);
  }
  context_.recorder.retry({key_of(id_, delivery), delivery.integration->version, delivery.progress, due});
  delivery.put_off = true;
  if (stays) take_retry(line, std::move(delivery), context_.steady() + after);
}

void Lane::sweep(const std::vector<core::IntegrationNumber>& of) {
  if (context_.stopping) return;
  sweep_memory_ = true;
  backlog_.sweep(of);
  pump();
}

void Lane::sweep_memory() {
  sweep_memory_ = false;
  const auto catalog = context_.outside.store.catalog();
  const auto goes = [&](const Delivery& one) { return may_not_wait(verdict_on(*catalog, one)); };
  for (Delivery& one : lines_.take_all(goes, context_.steady())) settle(verdict_on(*catalog, one), one);
}

// It has waited for as long as it would have been tried again. A retry still gets its last attempt, which stands at the
// end of that time, if it can be made then.
bool Lane::is_over_time(const Delivery& delivery) const {
  constexpr Duration kForTheLast = std::chrono::minutes(1);
  const core::DeliverySettings& own = delivery.integration->config.delivery;
  // What is tried at certain times only has no time of its own to wait behind others of its device.
  const bool waits_for_others = is_in_order(delivery) && has_fixed_times(*delivery.integration);
  const bool is_standard =
      waits_for_others || own.retry_for == std::chrono::seconds(DeliverySettingLimits::kRetryForS.standard);
  const Duration longest = is_standard ? context_.outside.retry.give_up_after : own.retry_for;
  const queue::Timeline& timeline = context_.outside.log.timeline();
  const Moment began = delivery.progress.attempts > 0 ? delivery.progress.first_attempt_at
                                                      : timeline.accepted(delivery.seq, delivery.event->accepted_at());
  return timeline.sure() - began > longest + (delivery.progress.attempts > 0 ? kForTheLast : Duration::zero());
}

// An open breaker keeps from being tried what would have ended: without this a receiver that is dead for good would
// fill the disk. Goes on through what is on disk while all that came was over its time.
void Lane::end_what_is_over_time() {
  some_expire_ = false;
  lines_.each([this](Line& line) {
    if (!line.is_expiring) return;
    std::vector<Delivery> over;
    lines_.take_from(
        line, [this](const Delivery& one) { return is_over_time(one); }, context_.steady(), over);
    for (const Delivery& one : over) end_untried(line, one);
    line.is_expiring = !line.breaker.is_closed() && line.fresh.empty() && (line.cursor.waiting() || line.coming > 0);
    some_expire_ |= line.is_expiring;
  });
}

void Lane::end_untried(const Line& line, const Delivery& delivery) {
  store::Outcome outcome = outcome_of(delivery, core::OutcomeKind::kError, context_.now());
  outcome.error = core::ErrorClass::kLocal;
  const std::string reason =
      line.breaker.is_closed() ? "its time is over" : "its receiver failed all the time: " + line.breaker.reason();
  context_.recorder.dead_letter(letter_of(outcome, delivery.event, reason));
  over(delivery, outcome);
}

std::optional<Steady> Lane::next_time() {
  std::optional<Steady> next;
  const auto consider = [&next](Steady when) { next = std::min(next.value_or(when), when); };
  // While no attempt can start, whatever ends that sees to what has become due.
  if (const auto turn = lines_.next_time(); turn && can_start()) consider(*turn);
  if (const auto look = backlog_.next_time()) consider(*look);
  return next;
}

LaneView Lane::view() const {
  LaneView view;
  view.key = target_.key;
  view.in_memory = in_memory();
  view.in_flight = lines_.under_way();
  view.connections = pool_.open();
  view.more_on_disk = backlog_.has_some();
  const auto consider = [&](Duration after) {
    const Instant due = context_.now() + std::max(after, Duration::zero());
    view.due_at = std::min(view.due_at.value_or(due), due);
  };
  if (const auto due = backlog_.due()) consider(*due - context_.moment());
  if (const auto due = lines_.first_due()) consider(*due - context_.steady());
  lines_.each([&](const Line& line) {
    const Breaker& breaker = line.breaker;
    if (breaker.is_closed()) return;
    ++view.breakers_open;
    if (view.breakers.size() >= context_.outside.fair.breakers_shown_max) return;
    view.breakers.push_back({line.placement, breaker.state(), breaker.reason(), breaker.since(),
                             context_.now() + (breaker.try_at() - context_.steady())});
  });
  return view;
}

void Lane::show(const LineQuery& query, std::vector<LineView>& into) const {
  if (query.owner != target_.key.owner) return;
  const auto at = [&](Duration after) { return context_.now() + std::max(after, Duration::zero()); };
  lines_.each([&](const Line& line) {
    if (into.size() >= query.limit) return;
    if (!query.placements.empty() && !std::ranges::binary_search(query.placements, line.placement)) return;
    LineView& view = into.emplace_back();
    view.placement = line.placement;
    view.lane = id_;
    view.destination = line.destination;
    view.in_flight = line.under_way;
    view.in_memory = line.fresh.size() + line.retries.size() + line.coming + line.under_way;
    view.more_on_disk = line.has_some_on_disk();
    view.failing = line.condition.is_failing();
    view.failures = line.condition.failures();
    if (!line.retries.empty()) view.due_at = at(line.retries.front().due - context_.steady());
    if (line.due) {
      const Instant due = at(*line.due - context_.moment());
      view.due_at = std::min(view.due_at.value_or(due), due);
    }
    view.breaker = line.breaker.state();
    if (line.breaker.is_closed()) return;
    view.reason = line.breaker.reason();
    view.since = line.breaker.since();
    view.next_try_at = at(line.breaker.try_at() - context_.steady());
  });
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
  admission_.tidy(now);
  lines_.tidy(now);
  const bool empty = in_memory() == 0 && backlog_.is_idle() && admission_.is_idle() && lines_.are_idle(now);
  if (lines_.under_way() == 0) {
    free_attempts_.clear();  // they hold the last request and answer
    attempts_.clear();
  }
  if (std::exchange(was_busy_, false) || !empty) busy_at_ = now;
  return empty && now - busy_at_ >= limits_.lane_idle_max;
}

void Lane::cut() {
  for (const auto& attempt : attempts_) attempt->cut();
  lines_.none_is_under_way();
  context_.outside.loop.cancel(std::exchange(timer_, 0));
}

}  // namespace fleethook::delivery
