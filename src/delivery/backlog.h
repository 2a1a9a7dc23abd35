// What of a lane is only on disk, and how it comes back into memory: which deliveries a load may bring and which not,
// when loads are due, and the search for what is to end there.
//
//   disk, by each line's cursor --> load_ready ----+--> its version, if that is an old one --+--> Owner::take_fresh()
//   disk, by due time ------------> load_retries --+                                        +--> Owner::take_retry()
//   disk, by age, after wake() ---> find ----------+--> it is to end: recorder              +--> the version is lost:
//   disk, one, after fetch() -----> find ----------+
//   disk, sweep() ----------------> find --> recorder: the end of it, or parked                 recorder
//
// What was never tried stands on disk in one order for all placements. A load begins behind the cursor of the line that
// it is for, and brings for lines that are further on what it meets on its way:
//
//   disk       a1 a2 b1 a3 a4 b2 a5 c1 b3 a6       a: full, its cursor stays behind a2
//   for b            ^-----------------^           b: has room for three; passes over a
//                                   c1             c: has room, and was behind a5 as well
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "delivery/admission.h"
#include "delivery/context.h"
#include "delivery/delivery.h"
#include "delivery/disk_cursor.h"
#include "delivery/lines.h"

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
    virtual void take_fresh(Line& line, Delivery delivery) = 0;
    virtual void take_retry(Line& line, Delivery delivery, Steady due) = 0;
    virtual bool is_under_way(const Line& line, core::EventSeq event) const = 0;
    // Something came, or could not be got: look at everything again.
    virtual void backlog_moved() = 0;
    virtual void arm() = 0;  // next_time() may be another

   protected:
    ~Owner() = default;
  };

  // `in_memory` counts what is on its way into memory.
  Backlog(Context& context, core::LaneId lane, Lines& lines, Tally& in_memory, Owner& owner);
  Backlog(const Backlog&) = delete;

  // Found on disk at start.
  void recover(const queue::LaneState& state);
  // Just committed. True: it is to be taken into memory. False: it is there already, or will be loaded.
  bool offer(Line& line, Position at, bool has_room);
  // A retry of the placement is on disk only, and due then.
  void note_due(const core::PlacementKey& placement, Moment due) { note_due(lines_.of(placement), due); }

  // The queue holds it as a retry, or will in a moment, and it is in memory: no load may bring it.
  void stays(Position at) { retry_keys_[at] = kStays; }
  // The same, and it leaves memory once that is on disk: as a retry after so many attempts,
  void leaves(Position at, std::uint32_t attempts) { retry_keys_[at] = attempts; }
  // behind another of its device, or as a retry of one that is in order,
  void leaves_in_order(Position at, std::uint32_t attempts) { retry_keys_[at] = kInOrder | attempts; }
  // parked,
  void parks(Position at) { retry_keys_[at] = kParks; }
  // Whether a retry due then may stay in memory: nothing of its line that is only on disk comes before it. Else new
  // ones would take the place of those again and again.
  static bool comes_before_those_on_disk(const Line& line, Moment due);
  // From the recorder: on disk now.
  void acknowledged(const queue::DeliveryKey& key);
  void retry_kept(const queue::Retry& retry);

  // Retries of the placement are on disk, the earliest due then. There may be some in order among them.
  void came_back(const core::PlacementKey& placement, Moment due);
  DeviceOrder& order_of(Line& line);
  // Whether something that is parked, or was just released, may stand before what the line would send in order.
  bool is_held_up(Line& line);

  // An outage is over: retries of the line come forward, whenever they are due, the oldest first.
  void wake(Line& line);
  // Something that waits of these integrations (ascending) is to end, or to go by another version: looks for it, if
  // anything is on disk only.
  void sweep(const std::vector<core::IntegrationNumber>& of);
  void go_on_sweeping();

  // Somebody wants one that is not in memory: it goes before all others of its line, or ends. Nothing happens if it is
  // not on disk either. It costs some seeks, whatever waits.
  enum class Fetched : std::uint8_t { kGoesFirst, kEnds };
  void fetch(const core::PlacementKey& placement, core::EventSeq event, Fetched then) {
    wanted_.push_back({placement, event, then});
  }

  void load_where_room();
  // When to look again without anything happening.
  std::optional<Steady> next_time();
  bool has_some() const;
  std::optional<Moment> due() const;  // of the earliest retry that is only on disk, at the latest
  bool is_idle() const;

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
  static constexpr std::uint32_t kEnds = kParks - 1;  // until it is acknowledged
  static constexpr std::uint32_t kInOrder = 1U << 31;
  // A load of never-tried ones under way.
  struct ReadyLoad {
    Gate::Entry inside;
    std::vector<std::pair<Line*, std::size_t>> wished;  // with their limits
    std::size_t others_each = 0;
  };

  void note_due(Line& line, Moment due);
  std::size_t wished_of(Line& line);
  void load_ready();
  void ready_loaded(Result<queue::ReadyFound> result);
  Line* next_to_load_retries() const;
  void load_retries(Line& line);
  void retries_loaded(Line& line, Result<std::vector<queue::Pending>> result, std::size_t limit);
  bool load_some_in_order();
  bool may_load_in_order(Line& line);
  void load_in_order(Line& line);
  void loaded_in_order(Line& line,
                       const std::vector<queue::Device>& devices,
                       Result<std::vector<queue::Pending>> result);
  void head_loaded(Line& line, queue::Device device, std::vector<queue::Pending> first);
  void scan(Line& line);
  void scanned(Line& line, const DeviceOrder::ScanPlace& from, Result<std::vector<queue::Device>> result);
  bool have_fresh_come(const Line& line, Position before) const;
  void fresh_moved(Line& line);
  void settle_arrivals(Line& line);
  void leaves_line(Line& line, const queue::Pending& pending);
  // One that is wanted. It may be a retry, or never have been tried.
  struct Wanted {
    core::PlacementKey placement;
    core::EventSeq event;
    Fetched then = Fetched::kGoesFirst;
    bool among_retries = true;
  };
  void load_wanted();
  void wanted_loaded(Wanted wanted, Result<queue::Found> result);
  void found_wanted(Line& line, const Wanted& wanted, queue::Pending pending);
  void load_waking(Line& line);
  void waking_loaded(Line& line, std::uint32_t wakes, Result<queue::Found> result);
  bool has_come_already(Position at) const { return retry_keys_.contains(at) || left_during_load_.contains(at); }
  void load_failed(const Error& error);
  // Gives `pending` its integration, now or when its version is loaded.
  void resolve(Line& line, const store::Catalog& catalog, queue::Pending pending, std::optional<Moment> due);
  void give(Line& line,
            const queue::Pending& pending,
            core::IntegrationPtr integration,
            std::optional<Moment> due,
            Counted counted);
  void bury(const queue::Pending& pending, const Error& why);
  void search();
  void searched(const queue::SearchPlace& from, Result<queue::Found> result);
  void leaves_disk(const store::Catalog& catalog, const queue::Pending& pending, Verdict verdict);
  void park_on_disk(const queue::Pending& pending);
  void end_on_disk(const store::Catalog& catalog, const queue::Pending& pending);
  bool is_on_disk_only(const queue::Pending& pending) const;
  void forget_retry(Position at);

  Context& context_;
  const Limits& limits_;
  const core::LaneId lane_;
  Lines& lines_;
  Tally& in_memory_;
  Owner& owner_;

  std::optional<ReadyLoad> ready_load_;
  std::size_t last_loaded_ = 0;    // in lines_.on_disk(); behind its end: the others
  std::size_t last_in_order_ = 0;  // in lines_.on_disk()
  bool was_in_order_ = false;      // the last load of retries
  // Every delivery that the queue holds as a retry and that is in memory, or is leaving it: a load may still bring it,
  // and must not.
  std::unordered_map<Position, std::uint32_t, PositionHash> retry_keys_;
  // Keys forgotten while a load or the search is under way: what it brings may be from before.
  Positions left_during_load_, left_during_ready_load_, left_during_search_;
  std::optional<Gate::Entry> retry_load_;       // under way
  std::deque<Wanted> wanted_;                   // in the order of wishes; loaded as retries are
  std::vector<core::IntegrationNumber> swept_;  // ascending: those of the search
  std::optional<queue::SearchPlace> search_;    // where the search on disk goes on; nullopt = it is over
  std::optional<Gate::Entry> searching_;        // under way
  Duration load_delay_{};                       // after failures
  Steady load_again_at_{};
};

}  // namespace fleethook::delivery
