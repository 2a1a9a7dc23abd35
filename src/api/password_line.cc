#include "api/password_line.h"

#include <utility>

#include "api/peer_key.h"

namespace fleethook::api {
namespace {

metrics::Counter& refusals(metrics::Registry& metrics, std::string_view reason) {
  return metrics.counter("fleethook_password_requests_refused_total",
                         "Sign-ins, sign-ups and the like for which there was no place in the line to be hashed.",
                         {{"reason", std::string(reason)}});
}

}  // namespace

PasswordLine::PasswordLine(const PasswordLimits& limits, metrics::Registry& metrics, std::function<void(Task)> post)
    : limits_(limits),
      post_(std::move(post)),
      refused_of_address_(refusals(metrics, "address")),
      refused_of_all_(refusals(metrics, "server")) {
  metrics.gauge_callback("fleethook_password_requests", "Sign-ins, sign-ups and the like that wait or are under way.",
                         {}, [this] { return static_cast<double>(length()); });
}

Result<void> PasswordLine::join(std::string_view address, Task task) {
  std::string key = peer_key(address);
  {
    const std::lock_guard lock(mutex_);
    if (length_ >= limits_.requests_waiting_max) {
      refused_of_all_.add();
      return Error{Fault::kUnavailable,
                   "too many sign-ins and sign-ups wait on this server; nothing was done, try again in a moment"};
    }
    std::size_t& of_address = of_address_[key];
    if (of_address >= limits_.requests_waiting_per_address_max) {
      refused_of_address_.add();
      return Error{Fault::kOverloaded, "too many sign-ins and sign-ups of this address wait; send them one by one"};
    }
    ++of_address;
    ++length_;
  }
  post_([this, key = std::move(key), task = std::move(task)]() mutable {
    task();
    task = nullptr;
    leave(key);
  });
  return {};
}

std::size_t PasswordLine::length() const {
  const std::lock_guard lock(mutex_);
  return length_;
}

void PasswordLine::leave(const std::string& key) {
  const std::lock_guard lock(mutex_);
  --length_;
  const auto at = of_address_.find(key);
  if (--at->second == 0) of_address_.erase(at);
}

}  // namespace fleethook::api
