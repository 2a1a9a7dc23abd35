// How many attempts of one placement may be under way at once, by how its receiver bears them.
//
//   begin, after an outage, unused for a while: few       as TCP's slow start: twice as many with each round of answers
//   it answers well                                       one more with each round
//   it fails, does not answer, gets slower                at once a part of it
//
// So a receiver that falls silent has as many attempts under way as it needed lately, and not all that its lane may
// have: what it shares the lane with goes on.
#pragma once
#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/clock.h"

namespace fleethook::delivery {

// A value; times are handed in. Attempts that began before the last decrease say nothing new.
class Pace {
 public:
  enum class Failure { kError, kOverload };  // an error status; or none, a time-out, 429, 503
  static constexpr std::size_t kFew = 8;

  explicit Pace(std::size_t most)
      : most_(static_cast<double>(std::max<std::size_t>(most, 1))), allowed_(few()), steep_until_(most_) {}

  std::size_t allowed() const { return static_cast<std::size_t>(allowed_); }

  // `under_way` with this one.
  void succeeded(Steady began, Steady now, std::size_t under_way) {
    const double took = static_cast<double>((now - began).count());
    lately_ = lately_ == 0 ? took : lately_ + (took - lately_) / 8;
    usually_ = usually_ == 0 ? took : usually_ + (took - usually_) / 64;
    const double used = static_cast<double>(under_way);
    fall_to_what_is_used(now, used);
    // Nobody knows how it bears more than it gets.
    if (used * 2 < allowed_) return;
    if (lately_ > usually_ * 2 + kJitter) {
      cut(began, now, 0.9);
    } else if (allowed_ < most_) {
      allowed_ = std::min(most_, allowed_ + (allowed_ < steep_until_ ? 1 : 1 / allowed_));
    }
  }
  void failed(Steady began, Steady now, Failure how) { cut(began, now, how == Failure::kOverload ? 0.5 : 0.75); }
  // After an outage: from one on, steeply at first.
  void restart() {
    allowed_ = 1;
    steep_until_ = std::max(most_ / 2, 1.0);
  }

 private:
  static constexpr double kJitter = 50'000;  // in us: quick answers vary by more than their own time
  static constexpr Duration kLookEvery = std::chrono::seconds(1);

  double few() const { return std::min(most_, static_cast<double>(kFew)); }

  // Twice what was used at most in the last seconds is enough for what comes next; if not, it doubles with each round.
  void fall_to_what_is_used(Steady now, double used) {
    used_ = std::max(used_, used);
    if (now - looked_at_ < kLookEvery) return;
    const double enough = std::max(few(), 2 * std::max(used_, used_before_));
    if (enough < allowed_) {
      allowed_ = enough;
      steep_until_ = std::max(steep_until_, 2 * enough);
    }
    used_before_ = std::exchange(used_, used);
    looked_at_ = now;
  }

  void cut(Steady began, Steady now, double to) {
    if (began < cut_at_) return;
    cut_at_ = now;
    allowed_ = std::max(1.0, allowed_ * to);
    steep_until_ = allowed_;
  }

  double most_, allowed_, steep_until_;
  double lately_ = 0, usually_ = 0;    // time of an attempt in us, averaged over some and over many
  double used_ = 0, used_before_ = 0;  // attempts under way at most, since the last look and before it
  Steady cut_at_{}, looked_at_{};
};

}  // namespace fleethook::delivery
