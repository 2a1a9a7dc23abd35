// How often each key came in a window of time that begins with its first coming.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace fleethook::api {

// For one thread at a time. Holds at most 100,000 keys: those whose window is over go first, then all. That many at
// once is an attack from many places, and better to forget than to grow.
class RateWindow {
 public:
  RateWindow(Duration window, std::uint32_t max) : window_(window), max_(max) {}
  // Counts this one; nullopt: go on. Else how long the key has to wait, more than zero, and nothing is counted.
  std::optional<Duration> admit(std::string_view key, Steady now);

 private:
  struct Count {
    Steady start{};
    std::uint32_t came = 0;
  };
  const Duration window_;
  const std::uint32_t max_;
  std::unordered_map<std::string, Count> counts_;
};

}  // namespace fleethook::api
