// Time as an argument: nobody below server/ reads a clock of the machine, they are given one of these.
#pragma once
#include <chrono>
#include <compare>
#include <optional>

namespace fleethook {

using Duration = std::chrono::microseconds;

// Wall-clock time in UTC: for what people and other systems see (published_at, counters per day, expiry). May jump.
using Instant = std::chrono::sys_time<Duration>;

// Monotonic time of this process: for time-outs, back-off and durations. Never jumps; means nothing across restarts.
struct SteadyTag {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SteadyTag, Duration>;
  static constexpr bool is_steady = true;
};
using Steady = SteadyTag::time_point;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual Steady steady() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Instant now() const override;
  Steady steady() const override;
};

// A point in time that is made once at the edge and handed down; "never" is one of its values.
class Deadline {
 public:
  static Deadline never() { return Deadline(); }
  static Deadline at(Steady when) { return Deadline(when); }
  static Deadline after(const Clock& clock, Duration span) { return Deadline(clock.steady() + span); }

  bool is_never() const { return !when_.has_value(); }
  bool passed(Steady now) const { return when_ && now >= *when_; }
  // Zero once passed; Duration::max() for never.
  Duration left(Steady now) const {
    if (!when_) return Duration::max();
    return *when_ <= now ? Duration::zero() : *when_ - now;
  }
  std::optional<Steady> when() const { return when_; }

 private:
  Deadline() = default;
  explicit Deadline(Steady when) : when_(when) {}
  std::optional<Steady> when_;
};

}  // namespace fleethook
