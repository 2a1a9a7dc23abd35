#include "api/rate_window.h"

namespace fleethook::api {
namespace {

constexpr std::size_t kKeysMax = 100'000;

}  // namespace

std::optional<Duration> RateWindow::admit(std::string_view key, Steady now) {
  if (counts_.size() >= kKeysMax) {
    std::erase_if(counts_, [&](const auto& entry) { return now - entry.second.start >= window_; });
    if (counts_.size() >= kKeysMax) counts_.clear();
  }
  Count& count = counts_[std::string(key)];
  if (count.came == 0 || now - count.start >= window_) count = {now, 0};
  if (count.came >= max_) return count.start + window_ - now;
  ++count.came;
  return std::nullopt;
}

}  // namespace fleethook::api
