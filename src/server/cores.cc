#include "server/cores.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>
#include <thread>

#include <sched.h>

namespace fleethook::server {
namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> cores_of_quota(std::string_view cpu_max) {
  while (cpu_max.ends_with('\n')) cpu_max.remove_suffix(1);
  const std::size_t space = cpu_max.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto quota = number_of(cpu_max.substr(0, space));
  const auto period = number_of(cpu_max.substr(space + 1));
  if (!quota || !period || *period == 0) return std::nullopt;
  const std::uint64_t cores = *quota / *period + (*quota % *period != 0 ? 1 : 0);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(cores, 1, UINT32_MAX));
}

std::uint32_t usable_cores() {
  std::uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
  cpu_set_t set;  // of 1,024; a larger machine makes it fail
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    cores = std::min(cores, static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&set))));
  std::ifstream file("/sys/fs/cgroup/cpu.max");  // of our own group where it has a namespace, as in a container
  std::string line;
  if (std::getline(file, line)) cores = std::min(cores, cores_of_quota(line).value_or(cores));
  return cores;
}

}  // namespace fleethook::server
