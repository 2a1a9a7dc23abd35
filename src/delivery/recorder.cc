#include "delivery/recorder.h"

#include <algorithm>
#include <iterator>
#include <set>
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

Recorder::Recorder(
    Loop& loop, store::History& history, queue::Queue& queue, const Limits& limits, Gate& gate, Listener& listener)
    : loop_(loop), history_(history), queue_(queue), limits_(limits), listener_(listener), inside_(gate.enter()) {}

Recorder::~Recorder() {
  FLEETHOOK_ASSERT(!inside_);
  for (const TimerId timer : {record_timer_, write_timer_, drain_timer_}) loop_.cancel(timer);
}

void Recorder::finish(const queue::DeliveryKey& key, const store::Outcome& outcome, bool put_off) {
  gathered_.outcomes.push_back(outcome);
  gathered_finished_.push_back({key, put_off});
  ++waiting_;
  gathered();
}

void Recorder::outcome(const store::Outcome& outcome) {
  gathered_.outcomes.push_back(outcome);
  gathered();
}

void Recorder::exchange(store::Exchange exchange) {
  gathered_.exchanges.push_back(std::move(exchange));
  gathered_weight_ += kHeavyWeight;
  waiting_ += kHeavyWeight;
  gathered();
}

void Recorder::dead_letter(store::DeadLetter letter) {
  gathered_.dead_letters.push_back(std::move(letter));
  gathered_weight_ += kHeavyWeight;
  waiting_ += kHeavyWeight;
  gathered();
}

void Recorder::retry(queue::Retry retry) {
  retries_.push_back(std::move(retry));
  ++waiting_;
  if (writing_ != Step::kIdle) return;
  writing_ = Step::kGathering;
  loop_.post([this] { write_queue(); });
}

void Recorder::gathered() {
  if (recording_ == Step::kIdle) gather();
}

// A result that waits for more holds up nothing but a drain.
void Recorder::gather() {
  recording_ = Step::kGathering;
  const Duration pause = drained_ ? Duration::zero() : kGatherFor;
  record_timer_ = loop_.schedule_after(pause, [this] { record(); });
}

void Recorder::record() {
  record_timer_ = 0;
  recording_ = Step::kGathering;
  if (writing_ == Step::kIdle) write_queue();
  if (batch_.empty()) {
    std::swap(batch_, gathered_);
    std::swap(batch_finished_, gathered_finished_);
    std::swap(batch_weight_, gathered_weight_);
  }
  if (batch_.empty()) {
    recording_ = Step::kIdle;
    return check_drained();
  }
  recording_ = Step::kUnderWay;
  history_.record(batch_, [this, loop = &loop_](const Result<void>& result) {
    if (!result) log::warn("delivery.record_failed", {{"error", result.error().message}});
    loop->post([this, ok = result.ok()] { recorded(ok); });
  });
}

void Recorder::recorded(bool ok) {
  if (!ok) return back_off(recording_, record_delay_, record_timer_, &Recorder::record);
  record_delay_ = {};
  batch_.outcomes.clear();
  batch_.exchanges.clear();
  batch_.dead_letters.clear();
  move_to(batch_finished_, finished_);
  count_down(std::exchange(batch_weight_, 0));
  gather();
}

void Recorder::write_queue() {
  write_timer_ = 0;
  move_to(finished_, batch_acks_);
  move_to(retries_, batch_retries_);
  drop_superseded_retries();
  if (batch_acks_.empty() && batch_retries_.empty()) {
    writing_ = Step::kIdle;
    return check_drained();
  }
  writing_ = Step::kUnderWay;
  halves_ = (batch_retries_.empty() ? 0 : 1) + (batch_acks_.empty() ? 0 : 1);
  if (!batch_retries_.empty()) {
    queue_.retry(batch_retries_, [this, loop = &loop_](const Result<void>& result) {
      if (!result) log::warn("delivery.retry_not_kept", {{"error", result.error().message}});
      loop->post([this, ok = result.ok()] {
        retries_failed_ = !ok;
        half_written();
      });
    });
  }
  if (batch_acks_.empty()) return;
  std::vector<queue::DeliveryKey> keys;
  keys.reserve(batch_acks_.size());
  for (const Finished& one : batch_acks_) keys.push_back(one.key);
  queue_.ack(std::move(keys), [this, loop = &loop_](const Result<void>& result) {
    if (!result) log::warn("delivery.ack_failed", {{"error", result.error().message}});
    loop->post([this, ok = result.ok()] {
      acks_failed_ = !ok;
      half_written();
    });
  });
}

// A retry must not come to disk after the acknowledgement of the same delivery: it would bring it back.
void Recorder::drop_superseded_retries() {
  if (batch_retries_.empty()) return;
  std::set<queue::DeliveryKey> over;
  for (const Finished& one : batch_acks_) {
    if (one.put_off) over.insert(one.key);
  }
  if (over.empty()) return;
  waiting_ -= std::erase_if(batch_retries_, [&over](const queue::Retry& retry) { return over.contains(retry.key); });
}

void Recorder::half_written() {
  if (--halves_ == 0) written();
}

// What failed stays in its batch, in front of what comes next, and goes out again with it.
void Recorder::written() {
  const bool acks_ok = !std::exchange(acks_failed_, false);
  const bool retries_ok = !std::exchange(retries_failed_, false);
  std::size_t done = 0;
  if (acks_ok) {
    done += batch_acks_.size();
    for (const Finished& one : batch_acks_) {
      if (one.put_off) listener_.acknowledged(one.key);
    }
    batch_acks_.clear();
  }
  if (retries_ok) {
    done += batch_retries_.size();
    for (const queue::Retry& one : batch_retries_) listener_.retry_kept(one);
    batch_retries_.clear();
  }
  count_down(done);
  if (!acks_ok || !retries_ok) return back_off(writing_, write_delay_, write_timer_, &Recorder::write_queue);
  write_delay_ = {};
  write_queue();
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
  if (recording_ != Step::kGathering) return check_drained();
  loop_.cancel(record_timer_);  // nothing more is worth waiting for
  record();
}

void Recorder::check_drained() {
  if (!drained_) return;
  const auto rests = [](Step step) { return step == Step::kIdle || step == Step::kBackingOff; };
  if (!rests(recording_) || !rests(writing_)) return;
  const bool all = recording_ == Step::kIdle && writing_ == Step::kIdle && batch_.empty() && gathered_.empty();
  if (!all && !drain_deadline_.passed(loop_.clock().steady())) return;
  for (TimerId* timer : {&record_timer_, &write_timer_, &drain_timer_}) loop_.cancel(std::exchange(*timer, 0));
  const auto drained = std::exchange(drained_, nullptr);
  // What is recorded and not acknowledged counts too: it may be sent again.
  given_up_ = batch_finished_.size() + gathered_finished_.size() + finished_.size() + batch_acks_.size() +
              retries_.size() + batch_retries_.size();
  inside_.reset();
  drained();
}

}  // namespace fleethook::delivery
