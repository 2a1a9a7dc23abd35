// Many timers, mostly cancelled before they fire: a hierarchical timing wheel (Varghese and Lauck, 1987). Schedule and
// cancel cost O(1); time is handed in, so a simulation drives it. Not thread-safe: lives on its loop's thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"

namespace fleethook {

// 0 = none. Never reused.
using TimerId = std::uint64_t;

class TimerWheel {
 public:
  using Callback = std::function<void()>;
  // `tick` is the resolution: a timer fires at the first advance() at or after its time, rounded up to a tick.
  TimerWheel(Steady start, Duration tick = std::chrono::milliseconds(4));
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  TimerId schedule(Steady when, Callback callback);
  // False if it has fired or was cancelled.
  bool cancel(TimerId id);
  // Fires all that is due, in order of time then of scheduling. Callbacks may schedule and cancel, but not advance;
  // what they schedule waits for the next advance() even if it is due already, so a timer that renews itself cannot
  // spin. A `now` earlier than the one before fires nothing.
  void advance(Steady now);
  // When advance() has to be called next at the latest; nullopt without timers. May be earlier than the next timer.
  std::optional<Steady> next() const;
  std::size_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook
