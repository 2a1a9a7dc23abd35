#include "server/files.h"

#include <algorithm>
#include <filesystem>
#include <string>

#include <sys/resource.h>

namespace fleethook::server {
namespace {

// Where there is no limit: more than anybody has connections.
constexpr std::size_t kMany = 1 << 20;
// Where /proc cannot be read: more than was ever seen.
constexpr std::size_t kUsual = 64;

}  // namespace

// The default soft limit of 1,024 would be the real limit of the server.
std::size_t raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMany;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  return limit.rlim_cur == RLIM_INFINITY ? kMany : std::min<std::size_t>(limit.rlim_cur, kMany);
}

std::size_t open_files() {
  std::error_code unreadable;
  std::size_t count = 0;
  std::filesystem::directory_iterator at("/proc/self/fd", unreadable);
  for (; !unreadable && at != std::filesystem::directory_iterator(); at.increment(unreadable)) ++count;
  return unreadable || count == 0 ? kUsual : count;
}

Result<ConnectionLimits> divide_files(std::size_t files, std::size_t taken, std::size_t loops, const Limits& limits) {
  const std::size_t own = taken + loops + 1 + limits.files_kept_back;  // the listeners, that of metrics too
  const std::size_t least = own + limits.files_for_connections_min;
  if (files < least) {
    return Error{Fault::kUnavailable, "this process may have " + std::to_string(files) +
                                          " files open, and each connection is one: at least " + std::to_string(least) +
                                          " are needed, and some thousand are better. Raise the limit (ulimit -Hn, "
                                          "LimitNOFILE= of systemd, --ulimit nofile= of a container)"};
  }
  std::size_t left = files - own;
  ConnectionLimits shares;
  shares.metrics = std::clamp<std::size_t>(left / 16, 1, limits.metrics_connections_max);
  left -= shares.metrics;
  shares.clients = std::min(limits.connections_max, left / 2);
  // One address never has all of them.
  shares.clients_per_address =
      std::min(limits.connections_per_address_max, std::max<std::size_t>(1, shares.clients * 3 / 4));
  shares.receivers = left - shares.clients;
  // One that never answers leaves some to the others; where there are many files a lane has a bound of its own.
  shares.per_receiver = std::max<std::size_t>(2, shares.receivers / 4);
  return shares;
}

}  // namespace fleethook::server
