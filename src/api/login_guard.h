// Slows down guessing of passwords: so many token requests per address in five minutes, and a lock after ten failures
// in a row.
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/limits.h"

namespace fleethook::api {

// Thread-safe. Forgets addresses that have been quiet; holds at most 100,000 (the quiet go first, then all).
class LoginGuard {
 public:
  LoginGuard(const Clock& clock, const Limits& limits) : clock_(clock), limits_(limits) {}
  // nullopt: go on. Else how long this address has to wait; more than zero.
  std::optional<Duration> admit(std::string_view address);
  bool failed(std::string_view address);  // true: this one locked it
  void succeeded(std::string_view address);

 private:
  struct Record {
    Steady window_start{};
    std::uint32_t requests = 0;
    std::uint32_t failures_in_a_row = 0;
    Steady locked_until{};
    Steady last_seen{};
  };
  void forget_quiet(Steady now);

  const Clock& clock_;
  const Limits limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, Record> records_;
};

}  // namespace fleethook::api
