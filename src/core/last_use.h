// When something was last used, noted from any thread without making a new snapshot of the catalog.
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace fleethook::core {

// All snapshots share one. Thread-safe.
class LastUse {
 public:
  explicit LastUse(std::optional<Instant> last) : last_us_(last ? last->time_since_epoch().count() : kNever) {}
  void note(Instant when) {
    const std::int64_t us = when.time_since_epoch().count();
    if (last_us_.load(std::memory_order_relaxed) < us) last_us_.store(us, std::memory_order_relaxed);
  }
  std::optional<Instant> last() const {
    const std::int64_t us = last_us_.load(std::memory_order_relaxed);
    return us == kNever ? std::nullopt : std::optional<Instant>(Instant(Duration(us)));
  }

  // Whether it was used since the last call with this answer. For the one thread that saves it.
  bool take_unsaved() {
    const std::int64_t us = last_us_.load(std::memory_order_relaxed);
    return std::exchange(saved_us_, us) != us;
  }

 private:
  static constexpr std::int64_t kNever = INT64_MIN;
  std::atomic<std::int64_t> last_us_;
  std::int64_t saved_us_ = last_us_.load(std::memory_order_relaxed);
};

}  // namespace fleethook::core
