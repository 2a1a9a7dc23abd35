// What is read back from the queue's tables: backlogs of lanes, and which lanes have one. Functions over a connection;
// they see what was committed when they start.
#pragma once
#include <vector>

#include "queue/queue.h"
#include "sqlite/database.h"

namespace fleethook::queue {

// As WaitingRoom::load_ready, load_retries, load_parked, find, lanes, lane.
Result<ReadyFound> read_ready(sqlite::Database& database, core::LaneId lane, const ReadyWish& wish);
Result<std::vector<Pending>> read_retries(sqlite::Database& database,
                                          core::LaneId lane,
                                          const core::PlacementKey& placement,
                                          Moment until,
                                          std::size_t limit);
Result<std::vector<Pending>> read_ordered(sqlite::Database& database,
                                          core::LaneId lane,
                                          const core::PlacementKey& placement,
                                          const std::vector<Device>& devices,
                                          std::size_t each);
Result<std::vector<Device>> read_ordered_devices(
    sqlite::Database& database, core::LaneId lane, const core::PlacementKey& placement, Device from, std::size_t limit);
Result<std::vector<Pending>> read_parked(sqlite::Database& database,
                                         const core::PlacementKey& placement,
                                         core::EventSeq after_event,
                                         core::LaneId after_lane,
                                         std::size_t limit);
Result<Found> search_lane(sqlite::Database& database,
                          core::LaneId lane,
                          const SearchPlace& after,
                          const std::vector<core::IntegrationNumber>& of,
                          std::size_t limit);
Result<std::vector<LaneState>> read_lanes(sqlite::Database& database);
Result<LaneState> read_lane(sqlite::Database& database, core::LaneId id);
// kNotFound when there never was one.
Result<core::LaneKey> read_lane_key(sqlite::Database& database, core::LaneId id);

// As WaitingRoom::waiting_for.
Result<std::vector<WaitingDelivery>> read_waiting_for(sqlite::Database& database, core::EventSeq event);

// Up to which event events go: those before it are old, or exceed `bytes_max`.
Result<core::EventSeq> read_prune_end(sqlite::Database& database, const Timeline::Older& old, std::uint64_t bytes_max);
// The next stretch of `event` before `end`, or of `event_kept` behind `after`: at most so many events.
struct PruneStretch {
  bool of_kept = false;
  core::EventSeq first, last;              // none when there is nothing
  std::vector<core::EventSeq> waited_for;  // of them, ascending, as of now
};
inline constexpr std::size_t kStretchEventsMax = 65'536;
Result<PruneStretch> read_prune_stretch(sqlite::Database& database, core::EventSeq end);
Result<PruneStretch> read_kept_stretch(sqlite::Database& database, core::EventSeq after);

}  // namespace fleethook::queue
