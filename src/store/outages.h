// Outages: since when nothing that a placement sends to one destination has come through, and until when. Kept as long
// as the rest of the history, so that it can be said afterwards what happened.
//
//   the attempts fail for a while --> began --> (the process may die, and begin again) --> one succeeds --> ended
//
// What ends one: a success there, or a success by a newer version wherever it sends to, since a URL may have been
// mended.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/error_class.h"
#include "core/ids.h"
#include "core/lane_key.h"
#include "core/pause.h"

namespace fleethook::store {

struct Outage {
  std::uint64_t id = 0;  // given when it is recorded: the newer the higher
  core::PlacementKey placement = {};
  core::LaneId lane = {};
  std::string destination = {};     // for people: https://example.com, or a mask where it comes from a secret
  std::uint32_t version = 1;        // of the configuration
  Instant began_at{};               // the first attempt that failed
  std::optional<Instant> ended_at;  // the first that succeeded; nullopt: it lasts
  std::uint64_t failures = 0;       // attempts that failed, as far as it was told
  std::int32_t status = 0;          // of the last one that was told; 0: no answer
  core::ErrorClass error_class = core::ErrorClass::kNone;
  std::string error = {};  // for people, secrets masked
  bool operator==(const Outage&) const = default;

  // As recorded: one that ends says which lane and version have succeeded, and the failures since it was told last.
  bool is_end() const { return ended_at.has_value(); }
  bool is_ended_by(const Outage& end) const {
    return placement == end.placement && (lane == end.lane || version < end.version);
  }
};

// Which, newest first. What is not set tells nothing apart.
struct OutageQuery {
  std::vector<core::IntegrationNumber> integrations = {};  // of these
  std::optional<core::ProductId> product = {};             // of the placement; none: the sandbox
  bool lasting = false;                                    // only those that last
  std::uint64_t behind = 0;                                // this id; 0: from the newest on
  std::size_t limit = 25;
  bool fits(const Outage& one) const;
};

// Those that last, in memory. Thread-safe.
class OpenOutages {
 public:
  static constexpr std::size_t kOfPlacementMax = 64;  // with templated hosts there may be many: others are not recorded

  // Rises with every change: who knows what it was need not ask again.
  std::uint64_t revision() const { return revision_.load(std::memory_order_acquire); }
  std::vector<Outage> of(const core::PlacementKey& placement) const;  // the oldest first
  bool any(const core::PlacementKey& placement) const;
  std::vector<Outage> all() const;  // by placement

  // For stores. As committed: one that begins where one lasts already tells of the same.
  void apply(const std::vector<Outage>& recorded);
  // Whether one that begins is to be recorded, and is not the same as one that lasts.
  bool is_new(const Outage& begun) const;

 private:
  std::atomic<std::uint64_t> revision_{1};
  mutable std::mutex mutex_;
  std::map<core::PlacementKey, std::vector<Outage>> open_;  // guarded by mutex_
};

}  // namespace fleethook::store
