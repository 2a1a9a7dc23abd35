#include "base/moment.h"

#include <fstream>

#include <time.h>

namespace fleethook {

Uptime machine_uptime() {
  Uptime uptime;
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  timespec now{};
  if (!std::getline(file, uptime.name) || clock_gettime(CLOCK_BOOTTIME, &now) != 0) return {};
  uptime.since =
      std::chrono::seconds(now.tv_sec) + std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(now.tv_nsec));
  return uptime;
}

}  // namespace fleethook
