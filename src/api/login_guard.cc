#include "api/login_guard.h"

namespace fleethook::api {
namespace {

constexpr Duration kWindow = std::chrono::minutes(5);
constexpr std::size_t kAddressesMax = 100'000;

}  // namespace

std::optional<Duration> LoginGuard::admit(std::string_view address) {
  const Steady now = clock_.steady();
  const std::lock_guard lock(mutex_);
  if (records_.size() >= kAddressesMax) forget_quiet(now);
  Record& record = records_[std::string(address)];
  record.last_seen = now;
  if (record.locked_until > now) return record.locked_until - now;
  if (record.requests == 0 || now - record.window_start >= kWindow) {
    record.window_start = now;
    record.requests = 0;
  }
  if (record.requests >= limits_.token_requests_per_5min_max) return record.window_start + kWindow - now;
  ++record.requests;
  return std::nullopt;
}

bool LoginGuard::failed(std::string_view address) {
  const std::lock_guard lock(mutex_);
  Record& record = records_[std::string(address)];
  if (++record.failures_in_a_row < limits_.login_failures_in_a_row_max) return false;
  record.failures_in_a_row = 0;
  record.locked_until = clock_.steady() + limits_.login_lock;
  return true;
}

void LoginGuard::succeeded(std::string_view address) {
  const std::lock_guard lock(mutex_);
  records_[std::string(address)].failures_in_a_row = 0;
}

void LoginGuard::forget_quiet(Steady now) {
  std::erase_if(records_, [&](const auto& entry) {
    return entry.second.locked_until <= now && now - entry.second.last_seen >= kWindow;
  });
  // All of them busy within five minutes is an attack from many addresses: better to forget than to grow.
  if (records_.size() >= kAddressesMax) records_.clear();
}

}  // namespace fleethook::api
