// What of a lane is only on disk, and how it comes back into memory: which deliveries a load may bring and which not,
// when loads are due, and the search for what is to end there.
//
//   disk, by DiskCursor ---> load_ready ----+--> its version, if that is an old one --+--> Owner::take_fresh()
//   disk, by due time -----> load_retries --+                                        +--> Owner::take_retry()
//                                           +--> it is to end: recorder               +--> the version is lost:
//                                           recorder
//   disk, end() -----------> search --> recorder: outcome, dead letter, acknowledgement
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "delivery/context.h"
#include "delivery/delivery.h"
#include "delivery/disk_cursor.h"

namespace fleethook::delivery {

inline Position position_of(const Delivery& delivery) {
  return {delivery.seq, delivery.integration->number};
}

// Lives on its loop, within its lane.
class Backlog {
 public:
  // The lane, as its backlog sees it. Nothing is called inside offer() and the functions that only note something.
  class Owner {
   public:
    // First attempts and retries that it has in memory, those under way and coming() among them.
    virtual std::size_t fresh_held() const = 0;
    virtual std::size_t retries_held() const = 0;
    virtual void take_fresh(Delivery delivery) = 0;
    virtual void take_retry(Delivery delivery, Steady due) = 0;
    // Something came, or could not be got: look at everything again.
    virtual void backlog_moved() = 0;
    virtual void arm() = 0;  // next_time() may be another

   protected:
    ~Owner() = default;
  };

  // `in_memory` counts what is on its way into memory.
  Backlog(Context& context, core::LaneId lane, Tally& in_memory, Owner& owner);
  Backlog(const Backlog&) = delete;

  // Found on disk at start.
  void recover(const queue::LaneState& state);
  // Just committed. True: it is to be taken into memory. False: it is there already, or will be loaded.
  bool offer(Position at, bool has_room) { return cursor_.offer(at, has_room); }
  // A retry is on disk only, and due then.
  void note_due(Instant due) { disk_due_ = std::min(disk_due_.value_or(due), due); }

  // The queue holds it as a retry, or will in a moment, and it is in memory: no load may bring it.
  void stays(Position at) { retry_keys_[at] = kStays; }
  // The same, and it leaves memory once that is on disk: as a retry after so many attempts (0: it was only put off),
  void leaves(Position at, std::uint32_t attempts) { retry_keys_[at] = attempts == 0 ? kPutsOff : attempts; }
  // parked,
  void parks(Position at) { retry_keys_[at] = kParks; }
  // Whether a retry due then may stay in memory: nothing that is only on disk comes before it. Else new ones would take
  // the place of those again and again.
  bool comes_before_those_on_disk(Instant due) const;
  // From the recorder: on disk now.
  void acknowledged(Position at) { forget_retry(at); }
  void retry_kept(const queue::Retry& retry);

  // Something that waits of these integrations (ascending) is to end: looks for it, if anything is on disk only.
  void end(const std::vector<core::IntegrationNumber>& of);
  void go_on_ending();

  void load_where_room();
  // When to look again without anything happening.
  std::optional<Steady> next_time() const;
  std::size_t coming() const { return unresolved_; }  // loaded, their version is not
  bool has_some() const { return cursor_.waiting() || disk_due_.has_value(); }
  std::optional<Instant> due() const { return disk_due_; }  // of the earliest retry that is only on disk, at the latest
  bool is_idle() const;

  static std::size_t fresh_max(const Limits& limits) { return limits.lane_window_max - retries_max(limits); }
  static std::size_t retries_max(const Limits& limits) { return std::max<std::size_t>(limits.lane_window_max / 4, 1); }

 private:
  struct PositionHash {
    std::size_t operator()(const Position& at) const noexcept {
      return std::hash<core::EventSeq>()(at.event) ^ at.integration.value;
    }
  };
  using Positions = std::unordered_set<Position, PositionHash>;
  // Why a key is kept: see stays() and leaves(); attempts otherwise.
  static constexpr std::uint32_t kStays = 0;
  static constexpr std::uint32_t kParks = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t kPutsOff = kParks - 1;
  static constexpr std::uint32_t kEnds = kParks - 2;  // until it is acknowledged

  void load_ready();
  void ready_loaded(Result<std::vector<queue::Pending>> result, std::size_t limit);
  void load_retries();
  void retries_loaded(Result<std::vector<queue::Pending>> result, std::size_t limit);
  void load_failed();
  // Gives `pending` its integration, now or when its version is loaded.
  void resolve(const store::Catalog& catalog, queue::Pending pending);
  void give(queue::Pending pending, core::IntegrationPtr integration, Counted counted);
  void bury(const queue::Pending& pending, const Error& why);
  void search();
  void searched(const queue::SearchPlace& from, Result<queue::Found> result);
  void end_on_disk(const store::Catalog& catalog, const queue::Pending& pending);
  bool is_on_disk_only(const queue::Pending& pending) const;
  void forget_retry(Position at);

  Context& context_;
  const Limits& limits_;
  const core::LaneId lane_;
  Tally& in_memory_;
  Owner& owner_;

  DiskCursor cursor_;
  std::optional<Gate::Entry> ready_load_;  // under way
  // Every delivery that the queue holds as a retry and that is in memory, or is leaving it: a load may still bring it,
  // and must not.
  std::unordered_map<Position, std::uint32_t, PositionHash> retry_keys_;
  // Keys forgotten while a load or the search is under way: what it brings may be from before.
  Positions left_during_load_, left_during_ready_load_, left_during_search_;
  std::optional<Instant> disk_due_, disk_due_before_load_;
  std::optional<Gate::Entry> retry_load_;        // under way
  std::vector<core::IntegrationNumber> ending_;  // ascending: those of the search
  std::optional<queue::SearchPlace> search_;     // where the search on disk goes on; nullopt = it is over
  std::optional<Gate::Entry> searching_;         // under way
  std::size_t unresolved_ = 0;
  Duration load_delay_{};  // after failures
  Steady load_again_at_{};
};

}  // namespace fleethook::delivery
