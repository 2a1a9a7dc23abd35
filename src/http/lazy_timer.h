// A time-out that is moved far more often than it strikes: one timer of the loop for thousands of moves.
#pragma once
#include <functional>
#include <optional>
#include <utility>

#include "base/loop.h"

namespace fleethook::http {

// The loop's timer is touched only when the new time is earlier than the one it stands at; when it fires too early it
// is set again. Lives on its loop; destroying it cancels.
class LazyTimer {
 public:
  LazyTimer(Loop& loop, std::function<void()> expired) : loop_(loop), expired_(std::move(expired)) {}
  ~LazyTimer() { loop_.cancel(timer_); }
  LazyTimer(const LazyTimer&) = delete;

  void set(Steady when) {
    when_ = when;
    if (timer_ != 0 && timer_at_ <= when) return;
    if (timer_ != 0) loop_.cancel(timer_);
    start(when);
  }
  void set_after(Duration span) { set(loop_.clock().steady() + span); }
  void clear() { when_.reset(); }
  // Also takes the loop's timer away, for the end of a life.
  void stop() {
    clear();
    if (timer_ != 0) loop_.cancel(std::exchange(timer_, 0));
  }

 private:
  void start(Steady when) {
    timer_at_ = when;
    timer_ = loop_.schedule(when, [this] { fired(); });
  }
  void fired() {
    timer_ = 0;
    if (!when_) return;
    if (loop_.clock().steady() < *when_) return start(*when_);
    when_.reset();
    expired_();
  }

  Loop& loop_;
  std::function<void()> expired_;
  std::optional<Steady> when_;
  TimerId timer_ = 0;  // 0 = none
  Steady timer_at_{};
};

}  // namespace fleethook::http
