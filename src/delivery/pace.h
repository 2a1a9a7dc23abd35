// How many attempts of one placement may be under way at once, by how its receiver bears them: more by and by while it
// answers well, at once a part of it when it fails, does not answer, or gets slower. (Additive increase, multiplicative
// decrease, as TCP does; and as TCP begins, after an outage: one, two, four.)
#pragma once
#include <algorithm>
#include <cstddef>

#include "base/clock.h"

namespace fleethook::delivery {

// A value; times are handed in. Attempts that began before the last decrease say nothing new.
class Pace {
 public:
  enum class Failure { kError, kOverload };  // an error status; or none, a time-out, 429, 503

  // Begins with `most`: a healthy receiver is not kept waiting.
  explicit Pace(std::size_t most)
      : most_(static_cast<double>(std::max<std::size_t>(most, 1))), allowed_(most_), steep_until_(most_) {}

  std::size_t allowed() const { return static_cast<std::size_t>(allowed_); }

  // `under_way` with this one.
  void succeeded(Steady began, Steady now, std::size_t under_way) {
    const double took = static_cast<double>((now - began).count());
    lately_ = lately_ == 0 ? took : lately_ + (took - lately_) / 8;
    usually_ = usually_ == 0 ? took : usually_ + (took - usually_) / 64;
    // Nobody knows how it bears more than it gets.
    if (static_cast<double>(under_way) * 2 < allowed_) return;
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

  void cut(Steady began, Steady now, double to) {
    if (began < cut_at_) return;
    cut_at_ = now;
    allowed_ = std::max(1.0, allowed_ * to);
    steep_until_ = allowed_;
  }

  double most_, allowed_, steep_until_;
  double lately_ = 0, usually_ = 0;  // time of an attempt in us, averaged over some and over many
  Steady cut_at_{};
};

}  // namespace fleethook::delivery
