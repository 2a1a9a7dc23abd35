#include "delivery/recorder.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "base/log.h"

namespace fleethook::delivery {
namespace {

// Long against a commit, short against what a person or a crash would notice.
constexpr Duration kGatherFor = std::chrono::milliseconds(5);
constexpr Duration kDelayMin = std::chrono::milliseconds(100);
constexpr Duration kDelayMax = std::chrono::seconds(5);
// An exchange or dead letter takes the memory of many outcomes.
constexpr std::size_t kHeavyWeight = 8;

template <class T>
void move_to(std::vector<T>& from, std::vector<T>& to) {
  if (to.empty()) {
    std::swap(from, to);
  } else {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
  }
}

}  // namespace

Recorder::Recorder(Loop& loop,
                   Settler& settler,
                   queue::WaitingRoom& waiting_room,
                   const Limits& limits,
                   Gate& gate,
                   Listener& listener)
    : loop_(loop),
      settler_(settler),
      waiting_room_(waiting_room),
      limits_(limits),
      listener_(listener),
      inside_(gate.enter()) {}

Recorder::~Recorder() {
  FLEETHOOK_ASSERT(!inside_);
  for (const TimerId timer : {settle_timer_, write_timer_, drain_timer_}) loop_.cancel(timer);
}

void Recorder::finish(const queue::DeliveryKey& key, const store::Outcome& outcome, bool tells) {
  gathered_.settlement.history.outcomes.push_back(outcome);
  gathered_.settlement.over.push_back(key);
  if (tells) gathered_.told.push_back(key);
  ++gathered_.weight;
  ++waiting_;
  gathered();
}

void Recorder::outcome(const store::Outcome& outcome) {
  gathered_.settlement.history.outcomes.push_back(outcome);
  gathered();
}

void Recorder::exchange(store::Exchange exchange) {
  gathered_.settlement.history.exchanges.push_back(std::move(exchange));
  gathered_.weight += kHeavyWeight;
  waiting_ += kHeavyWeight;
  gathered();
}

void Recorder::dead_letter(store::DeadLetter letter) {
  gathered_.settlement.history.dead_letters.push_back(std::move(letter));
  gathered_.weight += kHeavyWeight;
  waiting_ += kHeavyWeight;
  gathered();
}

void Recorder::outage(store::Outage outage) {
  gathered_.settlement.history.outages.push_back(std::move(outage));
  ++gathered_.weight;
  ++waiting_;
  gathered();
}

void Recorder::retry(queue::Retry retry) {
  retries_.push_back(std::move(retry));
  ++waiting_;
  if (writing_ != Step::kIdle) return;
  writing_ = Step::kGathering;
  loop_.post([this] { write_retries(); });
}

void Recorder::gathered() {
  if (settling_ == Step::kIdle) gather();
}

// A result that waits for more holds up nothing but a drain.
void Recorder::gather() {
  settling_ = Step::kGathering;
  const Duration pause = drained_ ? Duration::zero() : kGatherFor;
  settle_timer_ = loop_.schedule_after(pause, [this] { settle(); });
}

void Recorder::settle() {
  settle_timer_ = 0;
  if (batch_.settlement.empty()) std::swap(batch_, gathered_);
  if (batch_.settlement.empty()) {
    settling_ = Step::kIdle;
    return check_drained();
  }
  settling_ = Step::kUnderWay;
  settler_.settle(batch_.settlement, [this, loop = &loop_](const Result<void>& result) {
    if (!result) log::warn("delivery.record_failed", {{"error", result.error().message}});
    loop->post([this, ok = result.ok()] { settled(ok); });
  });
}

void Recorder::settled(bool ok) {
  if (!ok) return back_off(settling_, settle_delay_, settle_timer_, &Recorder::settle);
  settle_delay_ = {};
  for (const queue::DeliveryKey& key : batch_.told) listener_.acknowledged(key);
  batch_.settlement.history.outcomes.clear();
  batch_.settlement.history.exchanges.clear();
  batch_.settlement.history.dead_letters.clear();
  batch_.settlement.history.outages.clear();
  batch_.settlement.over.clear();
  batch_.told.clear();
  count_down(std::exchange(batch_.weight, 0));
  gather();
}

void Recorder::write_retries() {
  write_timer_ = 0;
  move_to(retries_, batch_retries_);
  if (batch_retries_.empty()) {
    writing_ = Step::kIdle;
    return check_drained();
  }
  writing_ = Step::kUnderWay;
  waiting_room_.retry(batch_retries_, [this, loop = &loop_](const Result<void>& result) {
    if (!result) log::warn("delivery.retry_not_kept", {{"error", result.error().message}});
    loop->post([this, ok = result.ok()] { retries_written(ok); });
  });
}

// What failed stays in its batch, in front of what comes next, and goes out again with it.
void Recorder::retries_written(bool ok) {
  if (!ok) return back_off(writing_, write_delay_, write_timer_, &Recorder::write_retries);
  write_delay_ = {};
  const std::size_t done = batch_retries_.size();
  for (const queue::Retry& one : batch_retries_) listener_.retry_kept(one);
  batch_retries_.clear();
  count_down(done);
  write_retries();
}

void Recorder::back_off(Step& step, Duration& delay, TimerId& timer, void (Recorder::*again)()) {
  step = Step::kBackingOff;
  delay = std::clamp(delay * 2, kDelayMin, kDelayMax);
  timer = loop_.schedule_after(delay, [this, again] { (this->*again)(); });
  check_drained();
}

void Recorder::count_down(std::size_t weight) {
  if (!has_room()) was_full_ = true;
  FLEETHOOK_ASSERT(waiting_ >= weight);
  waiting_ -= weight;
  if (was_full_ && waiting_ <= limits_.results_waiting_max / 2) {
    was_full_ = false;
    listener_.has_room_again();
  }
}

void Recorder::drain(Deadline deadline, std::function<void()> drained) {
  drain_deadline_ = deadline;
  drained_ = std::move(drained);
  loop_.cancel(drain_timer_);
  drain_timer_ = deadline.is_never() ? 0 : loop_.schedule(*deadline.when(), [this] { check_drained(); });
  if (settling_ != Step::kGathering) return check_drained();
  loop_.cancel(settle_timer_);  // nothing more is worth waiting for
  settle();
}

void Recorder::check_drained() {
  if (!drained_) return;
  const auto rests = [](Step step) { return step == Step::kIdle || step == Step::kBackingOff; };
  if (!rests(settling_) || !rests(writing_)) return;
  const bool all =
      settling_ == Step::kIdle && writing_ == Step::kIdle && batch_.settlement.empty() && gathered_.settlement.empty();
  if (!all && !drain_deadline_.passed(loop_.clock().steady())) return;
  for (TimerId* timer : {&settle_timer_, &write_timer_, &drain_timer_}) loop_.cancel(std::exchange(*timer, 0));
  const auto drained = std::exchange(drained_, nullptr);
  given_up_ =
      batch_.settlement.over.size() + gathered_.settlement.over.size() + retries_.size() + batch_retries_.size();
  inside_.reset();
  drained();
}

}  // namespace fleethook::delivery
