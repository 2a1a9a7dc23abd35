// What the data takes of its disk, and what is left there. Looked at by whoever may wait for the disk, so that who asks
// for metrics does not.
#pragma once
#include <string>

#include "metrics/registry.h"

namespace fleethook::server {

class DiskMetrics {
 public:
  // Registers fleethook_database_bytes, fleethook_disk_free_bytes and fleethook_disk_size_bytes, and looks.
  DiskMetrics(metrics::Registry& registry, const std::string& folder);
  // A system call for each. What cannot be told stays as it was. Thread-safe.
  void look();

 private:
  const std::string folder_, database_;
  metrics::Gauge &database_bytes_, &log_bytes_, &free_, &size_;
};

}  // namespace fleethook::server
