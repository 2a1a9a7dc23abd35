// The line before the threads that hash passwords: so long and no longer, and with a share of it for each address. What
// is hashed there costs tens of milliseconds and 64 MiB; a flood of it is refused, and nothing else waits behind it.
#pragma once
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/limits.h"
#include "base/result.h"
#include "metrics/registry.h"

namespace fleethook::api {

// Thread-safe. Outlives the threads that `post` gives the tasks to.
class PasswordLine {
 public:
  using Task = std::function<void()>;
  PasswordLine(const PasswordLimits& limits, metrics::Registry& metrics, std::function<void(Task)> post);
  // Runs the task when its turn comes. kOverloaded: so many of this address wait or are under way; kUnavailable: of all
  // addresses together. The task is then forgotten.
  Result<void> join(std::string_view address, Task task);
  std::size_t length() const;  // waiting or under way

 private:
  void leave(const std::string& key);

  const PasswordLimits limits_;
  const std::function<void(Task)> post_;
  metrics::Counter& refused_of_address_;
  metrics::Counter& refused_of_all_;
  mutable std::mutex mutex_;
  std::size_t length_ = 0;
  std::unordered_map<std::string, std::size_t> of_address_;
};

}  // namespace fleethook::api
