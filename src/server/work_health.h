// What of the writing fails now, by kind of work: as sentences for /readyz, and as metrics.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "api/services.h"
#include "base/clock.h"
#include "metrics/registry.h"
#include "sqlite/group_writer.h"

namespace fleethook::server {

// Thread-safe.
class WorkHealth {
 public:
  // Registers fleethook_write_failures_total and fleethook_write_failing.
  explicit WorkHealth(metrics::Registry& metrics);
  // How works fare at `now`, as their writer says it. A kind fails from its failure until one of it succeeds; or for
  // `kFailsFor` (some longer), when nobody asks for it any more: a server that is not ready gets no work that could
  // prove it is.
  std::vector<api::Trouble> observe(Steady now, const std::vector<sqlite::WorkKind>& kinds);

  static constexpr Duration kFailsFor = std::chrono::minutes(1);

 private:
  struct Seen {
    std::uint64_t failures = 0;
    Steady at{};
    metrics::Counter* count = nullptr;
    metrics::Gauge* failing = nullptr;
  };
  Seen& of(const std::string& kind);

  metrics::Registry& metrics_;
  std::mutex mutex_;
  std::map<std::string, Seen> seen_;  // guarded by mutex_
};

}  // namespace fleethook::server
