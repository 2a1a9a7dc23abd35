#include "server/process_metrics.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "server/files.h"

namespace fleethook::server {
namespace {

// Of /proc, whose files have no size; "" when there is none.
std::string read_all(const char* path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "re"), std::fclose);
  std::string text;
  if (file == nullptr) return text;
  std::array<char, 4096> part;
  for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), file.get())) > 0;)
    text.append(part.data(), got);
  return text;
}

// The nth of those between spaces, from 0.
std::optional<double> number_at(std::string_view text, std::size_t n) {
  for (; n > 0; --n) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    text.remove_prefix(space + 1);
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

double cpu_seconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<double> resident_bytes() {
  const auto pages = number_at(read_all("/proc/self/statm"), 1);
  if (!pages) return std::nullopt;
  return *pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double max_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<double>(limit.rlim_cur);
}

std::optional<double> start_seconds() {
  const auto ticks = start_ticks(read_all("/proc/self/stat"));
  const auto boot = boot_seconds(read_all("/proc/stat"));
  if (!ticks || !boot) return std::nullopt;
  return *boot + *ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

std::optional<double> start_ticks(std::string_view stat) {
  const std::size_t name_end = stat.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  constexpr std::size_t kThird = 3, kStartTime = 22;  // fields as proc(5) counts them
  return number_at(stat.substr(name_end + 2), kStartTime - kThird);
}

std::optional<double> boot_seconds(std::string_view stat) {
  constexpr std::string_view kName = "\nbtime ";
  const std::size_t at = stat.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  return number_at(stat.substr(at + kName.size()), 0);
}

void register_process_metrics(metrics::Registry& registry) {
  registry.counter_callback("process_cpu_seconds_total", "Time of cores that the process took, in seconds.", {},
                            cpu_seconds);
  if (resident_bytes()) {
    registry.gauge_callback("process_resident_memory_bytes", "Memory that the process holds.", {},
                            [] { return resident_bytes().value_or(0); });
  }
  registry.gauge_callback("process_open_fds", "Files that the process has open, connections among them.", {},
                          [] { return static_cast<double>(open_files()); });
  registry.gauge_callback("process_max_fds", "Files that it may have open.", {}, max_files);
  // Once: it would move with a clock that is set, and look like a restart.
  if (const auto started = start_seconds())
    registry.gauge("process_start_time_seconds", "When the process began, since 1970.").set(*started);
}

}  // namespace fleethook::server
