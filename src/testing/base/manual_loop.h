// An event loop and a clock that move only when a test says so.
#pragma once
#include <atomic>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/loop.h"

namespace fleethook::testing {

// Starts at 2026-01-01T00:00:00Z and at one hour of steady time (so that going back a little stays positive).
// Thread-safe.
class ManualClock final : public Clock {
 public:
  Instant now() const override { return Instant(Duration(now_.load())); }
  Steady steady() const override { return Steady(Duration(steady_.load())); }
  void set_now(Instant now) { now_ = now.time_since_epoch().count(); }
  void set_steady(Steady steady) { steady_ = steady.time_since_epoch().count(); }
  // Moves both.
  void advance(Duration span) {
    now_ += span.count();
    steady_ += span.count();
  }

 private:
  std::atomic<Duration::rep> now_{
      Duration(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1).time_since_epoch()).count()};
  std::atomic<Duration::rep> steady_{Duration(std::chrono::hours(1)).count()};
};

// Lives on the thread that made it; only post() may come from others. Timers fire exactly at their time, in order of
// time, then of scheduling. What is still waiting when the loop is destroyed is dropped, not run.
class ManualLoop final : public Loop {
 public:
  // With a clock of its own, or on one that several loops share (then advance only one of them, or the clock itself).
  ManualLoop() : clock_(&own_clock_) {}
  explicit ManualLoop(ManualClock& clock) : clock_(&clock) {}
  ~ManualLoop() override;
  ManualLoop(const ManualLoop&) = delete;

  void post(Task task) override;
  TimerId schedule(Steady when, Task callback) override;
  bool cancel(TimerId id) override;
  const Clock& clock() const override { return *clock_; }
  bool in_loop() const override { return std::this_thread::get_id() == thread_; }
  ManualClock& manual_clock() { return *clock_; }

  // Runs posted tasks and due timers, and what they post, until nothing is ready. Returns how many ran. A test whose
  // tasks never come to rest is stopped by an assertion after ten million.
  std::size_t run_ready();
  // One task or due timer; false if nothing is ready.
  bool run_one();
  // run_ready(), then timer by timer up to now + span, with the clock standing at each timer's time while it runs.
  std::size_t advance(Duration span);
  // When the next timer is due.
  std::optional<Steady> next_timer() const;
  std::size_t timers() const { return timers_.size(); }

 private:
  using Key = std::pair<Steady, TimerId>;
  bool pop_task(Task& task);

  ManualClock own_clock_;
  ManualClock* clock_;
  const std::thread::id thread_ = std::this_thread::get_id();
  std::mutex mutex_;
  std::deque<Task> tasks_;  // guarded by mutex_
  std::map<Key, Task> timers_;
  std::unordered_map<TimerId, Steady> times_;
  TimerId last_timer_ = 0;
};

}  // namespace fleethook::testing
