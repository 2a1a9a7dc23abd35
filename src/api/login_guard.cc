#include "api/login_guard.h"

#include <algorithm>
#include <utility>

namespace fleethook::api {
namespace {

constexpr Duration kRequestsWindow = std::chrono::minutes(5);
constexpr Duration kSignUpsWindow = std::chrono::hours(1);
constexpr std::size_t kRecordsMax = 100'000;
constexpr std::size_t kNameBytesKept = 256;  // longer than any name that there is

std::string kept(std::string_view name) {
  return std::string(name.substr(0, kNameBytesKept));
}

}  // namespace

LoginGuard::LoginGuard(const Clock& clock, const Limits& limits, const PasswordLimits& passwords)
    : clock_(clock),
      limits_(limits),
      passwords_(passwords),
      requests_(kRequestsWindow, limits.token_requests_per_5min_max),
      sign_ups_of_address_(kSignUpsWindow, passwords.sign_ups_per_hour_per_address_max),
      sign_ups_(kSignUpsWindow, passwords.sign_ups_per_hour_max) {}

std::optional<LoginGuard::Refusal> LoginGuard::admit(std::string_view address, std::string_view name) {
  const Steady now = clock_.steady();
  const std::lock_guard lock(mutex_);
  const auto locked_for = [&](const Records& records, const std::string& key) {
    const auto at = records.find(key);
    return at == records.end() ? Duration(0) : std::max(at->second.locked_until - now, Duration(0));
  };
  if (const Duration wait = locked_for(addresses_, std::string(address)); wait > Duration(0))
    return Refusal{Reason::kAddressLocked, wait};
  if (const auto wait = requests_.admit(address, now)) return Refusal{Reason::kAddressAsksTooOften, *wait};
  const std::string key = kept(name);
  if (const Duration wait = locked_for(names_, key); wait > Duration(0) && !knows(key, address))
    return Refusal{Reason::kNameLocked, wait};
  return std::nullopt;
}

LoginGuard::Locked LoginGuard::failed(std::string_view address, std::string_view name) {
  const Steady now = clock_.steady();
  const std::lock_guard lock(mutex_);
  const std::string of_address(address), of_name = kept(name);
  return {add_failure(addresses_, of_address, of_name, limits_.login_failures_in_a_row_max, now),
          add_failure(names_, of_name, of_address, passwords_.failures_per_name_max, now)};
}

void LoginGuard::succeeded(std::string_view address, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const std::string of_address(address), of_name = kept(name);
  forgive(addresses_, of_address, of_name);
  forgive(names_, of_name, of_address);
  know(of_name, of_address);
}

std::optional<LoginGuard::SignUpRefusal> LoginGuard::admit_sign_up(std::string_view address) {
  const Steady now = clock_.steady();
  const std::lock_guard lock(mutex_);
  if (const auto wait = sign_ups_of_address_.admit(address, now)) return SignUpRefusal{true, *wait};
  if (const auto wait = sign_ups_.admit("", now)) return SignUpRefusal{false, *wait};
  return std::nullopt;
}

// True: this one locked it.
bool LoginGuard::add_failure(
    Records& records, const std::string& key, std::string other, std::uint32_t max, Steady now) const {
  if (records.size() >= kRecordsMax) make_room(records, now);
  Record& record = records[key];
  std::erase_if(record.failures, [&](const Failure& failure) { return now - failure.at >= limits_.login_lock; });
  record.failures.push_back({std::move(other), now});
  if (record.failures.size() < max) return false;
  const bool was_locked = record.locked_until > now;  // by an address that the lock is not for
  record.failures.clear();
  record.locked_until = now + limits_.login_lock;
  return !was_locked;
}

void LoginGuard::forgive(Records& records, const std::string& key, std::string_view other) {
  const auto at = records.find(key);
  if (at == records.end()) return;
  std::erase_if(at->second.failures, [&](const Failure& failure) { return failure.other == other; });
}

void LoginGuard::make_room(Records& records, Steady now) const {
  std::erase_if(records, [&](const auto& entry) {
    const Record& record = entry.second;
    return record.locked_until <= now &&
           (record.failures.empty() || now - record.failures.back().at >= limits_.login_lock);
  });
  // Each of them cost its hash within half an hour: an attack from very many places.
  if (records.size() >= kRecordsMax) records.clear();
}

void LoginGuard::know(const std::string& name, const std::string& address) {
  auto& addresses = known_[name];
  std::erase(addresses, address);
  addresses.push_back(address);
  if (addresses.size() > passwords_.known_addresses_per_user_max) addresses.erase(addresses.begin());
}

bool LoginGuard::knows(const std::string& name, std::string_view address) const {
  const auto at = known_.find(name);
  return at != known_.end() && std::ranges::find(at->second, address) != at->second.end();
}

}  // namespace fleethook::api
