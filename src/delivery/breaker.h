// Whether a placement's receiver is worth an attempt at all.
//
//            so many failures in a row,
//            or the receiver said when to come back
//   closed ----------------------------------------> open <--------------+
//     ^                                               | the wait is over | the attempt failed: twice the wait
//     |             the attempt succeeded             v                  |
//     +------------------------------------------ half-open: one attempt +
//
// While it is open what waits stays where it is, untried, oldest first.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "delivery/fair_settings.h"

namespace fleethook::delivery {

enum class BreakerState : std::uint8_t { kClosed, kOpen, kHalfOpen };
constexpr std::string_view to_text(BreakerState state) {
  return state == BreakerState::kClosed ? "closed" : state == BreakerState::kOpen ? "open" : "half_open";
}

// A value; times are handed in.
class Breaker {
 public:
  explicit Breaker(const FairSettings& settings) : settings_(&settings) {}

  BreakerState state() const { return state_; }
  bool is_closed() const { return state_ == BreakerState::kClosed; }
  // "" while it is closed.
  const std::string& reason() const { return reason_; }
  Instant since() const { return since_; }     // of the state; only when not closed
  Steady try_at() const { return try_at_; }    // no attempt before; in the past when closed
  bool is_trying() const { return trying_; }   // half-open, and its attempt is under way
  bool was_told() const { return was_told_; }  // the receiver said how long

  // An attempt begins, though not closed only one.
  void started(Steady now) {
    if (is_closed()) return;
    state_ = BreakerState::kHalfOpen;
    trying_ = true;
    trial_began_ = now;
  }
  // It was not sent.
  void called_off() { trying_ = false; }
  // The receiver has taken a request. True: it was not closed, and is now.
  bool succeeded(Steady now) {
    failures_ = 0;
    if (is_closed() || (was_told_ && now < try_at_)) return false;
    close();
    return true;
  }
  // True: it was closed, and is open now.
  bool failed(Steady began, Steady now, Instant wall, std::string_view reason) {
    switch (state_) {
      case BreakerState::kClosed:
        if (++failures_ < settings_->breaker_failures) return false;
        wait_ = settings_->breaker_wait_min;
        open(now, wall, reason);
        return true;
      case BreakerState::kHalfOpen:
        if (began < trial_began_) return false;  // one from before
        wait_ = std::min(wait_ * 2, settings_->breaker_wait_max);
        open(now, wall, reason);
        return false;
      case BreakerState::kOpen:
        return false;
    }
    return false;
  }
  // The receiver said when to come back. True as above.
  bool told_to_wait(Duration how_long, Steady now, Instant wall, std::string_view reason) {
    if (how_long <= Duration::zero()) return false;
    const bool was_closed = is_closed();
    const Steady until = was_told_ ? std::max(try_at_, now + how_long) : now + how_long;
    wait_ = std::max(wait_, settings_->breaker_wait_min);
    open(now, wall, reason);
    try_at_ = until;
    was_told_ = true;
    return was_closed;
  }
  // Others have reached the same host: there is no need to wait on.
  void try_now(Steady now) {
    if (state_ == BreakerState::kOpen && !was_told_) try_at_ = std::min(try_at_, now);
  }
  // A person says so, whatever the receiver has said.
  void try_whatever_was_told(Steady now) {
    was_told_ = false;
    try_now(now);
  }

 private:
  void open(Steady now, Instant wall, std::string_view reason) {
    if (is_closed()) since_ = wall;
    state_ = BreakerState::kOpen;
    trying_ = was_told_ = false;
    try_at_ = now + wait_;
    reason_ = reason;
  }
  void close() {
    state_ = BreakerState::kClosed;
    trying_ = was_told_ = false;
    try_at_ = {};
    wait_ = {};
    failures_ = 0;
    reason_.clear();
  }

  const FairSettings* settings_;
  BreakerState state_ = BreakerState::kClosed;
  bool trying_ = false, was_told_ = false;
  std::uint32_t failures_ = 0;  // in a row
  Duration wait_{};
  Steady try_at_{}, trial_began_{};
  Instant since_{};
  std::string reason_;
};

}  // namespace fleethook::delivery
