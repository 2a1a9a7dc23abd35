// The lines of a lane, one for each placement, and whose turn it is. No placement can keep another waiting: not for a
// place in memory, not for an attempt, not for its turn.
//
//   offer, loads --> Line: fresh, retries --+--> the round: may start now. Deficit round robin: in its turn each
//                      ^                    |    gets as many bytes as the others
//                      |                    +--> clock_: its retry is not due, its breaker or its rate lets it wait
//                      |                    +--> neither: it waits for the end of an attempt
//   an attempt ends ---+
//
// The window. A lane holds so many deliveries in memory, and so many attempts may be under way. Each line may have
// `share` times what it leaves free of either: a line that is alone has four fifths of it, two that want all have
// four ninths each, and something is always left for one that has none. A line that has nothing may always have one.
//
//   |======== silent, 614 ========|=== noisy, 122 ===|= quiet =|.. free ..|
//
// What a line has no room for stays on disk. Each line has a cursor of its own (disk_cursor.h), so that a full one does
// not hold up what stands behind its deliveries; lines that nobody has met yet share the cursor others().
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "core/pause.h"
#include "delivery/breaker.h"
#include "delivery/condition.h"
#include "delivery/delivery.h"
#include "delivery/device_order.h"
#include "delivery/disk_cursor.h"
#include "delivery/fair_settings.h"
#include "delivery/pace.h"
#include "queue/waiting_room.h"

namespace fleethook::delivery {

// What a lane knows of one placement. Deliveries are put in and taken out by Lines only, which counts them.
struct Line {
  struct Retrying {
    Delivery delivery;
    Steady due{};
  };
  // Loaded, and its integration is not known yet, or it may not pass such a one.
  struct Arrival {
    queue::Pending pending;
    std::optional<Moment> due;
    Counted counted;
    std::optional<Result<core::IntegrationPtr>> integration;
  };
  Line(const core::PlacementKey& of, const Limits& limits, const FairSettings& fair, const DiskCursor& known)
      : placement(of), cursor(known), pace(limits.connections_per_lane_max), breaker(fair), condition(fair) {}
  Line(const Line&) = delete;

  bool has_some() const { return !fresh.empty() || !retries.empty(); }
  bool has_some_on_disk() const {
    return cursor.waiting() || due || due_before_load || waking || (order && order->waits_on_disk());
  }
  bool is_idle(Steady now) const {
    const bool is_told_to_wait = breaker.try_at() > now;
    return !has_some() && coming == 0 && under_way == 0 && !has_some_on_disk() && !is_loading && !is_told_to_wait &&
           (!order || order->is_empty());
  }

  const core::PlacementKey placement;
  // In memory.
  std::deque<Delivery> fresh;     // to be tried for the first time
  std::vector<Retrying> retries;  // a heap, the earliest on top; of equal dues the oldest
  std::size_t coming = 0;         // loaded, their version is not
  std::size_t under_way = 0;
  // On disk: kept by the backlog.
  DiskCursor cursor;
  std::optional<Moment> due, due_before_load;      // of the earliest retry that is only on disk, at the latest
  std::optional<queue::SearchPlace> waking;        // how far retries were brought forward: see Backlog::wake()
  std::uint32_t wakes = 0;                         // how often that began
  std::unordered_set<std::uint64_t> failed_since;  // events whose retries failed since then: they wait as any other
  std::unique_ptr<DeviceOrder> order;  // of those whose integration keeps the order of each device; nullptr: none
  std::uint64_t parked_left_at = 0;    // as the order knows it: see queue::Parked
  std::deque<std::unique_ptr<Arrival>> arriving;  // in the order of loads
  bool is_loading = false;                        // never-tried ones
  bool is_expiring = false;  // there may be some whose time is over: they are loaded though its breaker is open
  bool is_listed = false;    // in Lines::on_disk()
  // Whether it may go on.
  Pace pace;
  Breaker breaker;
  Condition condition;
  std::uint64_t outages_known = 0;  // OpenOutages::revision() that `condition` goes by
  std::string destination;          // for people, as of its first attempt
  core::EventSeq told_to_wait;      // the last of it that its integration's rate or concurrency let wait
  core::EventSeq wanted;            // is on its way from disk, and goes next: a person has asked for it
  Steady busy_at{};                 // when it was last seen with something, or used

 private:
  friend class Lines;
  std::int64_t deficit_ = 0;  // bytes that it may send in this turn
  bool had_its_share_ = false, is_blocked_ = false, retry_first_ = true;
  Steady not_before_{};
  std::optional<std::pair<Steady, std::uint64_t>> on_clock_;
  Line *next_ = nullptr, *before_ = nullptr;  // in the round
};

// One per lane; lives on its loop. Times are handed in.
class Lines {
 public:
  Lines(const Limits& limits, const FairSettings& fair) : limits_(limits), fair_(fair) {}
  Lines(const Lines&) = delete;

  Line& of(const core::PlacementKey& placement);
  Line* find(const core::PlacementKey& placement);

  void add_fresh(Line& line, Delivery delivery, Steady now, bool to_the_front = false);
  void add_retry(Line& line, Delivery delivery, Steady due, Steady now);
  void coming(Line& line) { ++line.coming, ++coming_; }
  void came(Line& line) { --line.coming, --coming_; }
  // The one whose turn it is: its head may be attempted as far as it alone is concerned. nullptr: none.
  Line* next(Steady now);
  // What it would send next.
  const Delivery& head(const Line& line, Steady now) const;
  Delivery take(Line& line, Steady now);
  // Its head may not go: not before then, or before an attempt has ended that go_on() will tell of.
  void wait(Line& line, Steady until, Steady now);
  void wait_for_end(Line& line);
  void go_on(Line& line, Steady now);
  // Each attempt.
  void started(Line& line, Steady now);
  void ended(Line& line, Steady now);
  void none_is_under_way();
  // Retries that are due later are due now, the oldest first.
  void bring_forward(Line& line, Steady now);
  // One has reached the receiver after an outage: the others need not wait to find out.
  void try_all(Steady now);
  // A person says so: its retries are due, and its breaker lets the next one find out.
  void try_now(Line& line, Steady now);
  // Its delivery of that event goes next. False: it is not among those in memory that wait.
  bool put_first(Line& line, core::EventSeq event, Steady now);
  // When next() may give another answer without anything happening.
  std::optional<Steady> next_time() const;
  // Takes out everything that `ends`.
  template <class Ends>
  std::vector<Delivery> take_all(const Ends& ends, Steady now);
  template <class Ends>
  void take_from(Line& line, const Ends& ends, Steady now, std::vector<Delivery>& taken);

  // How many more never-tried ones, or retries, it may have in memory. One that has some gets no small portions.
  std::size_t fresh_room(const Line& line) const;
  std::size_t retries_room(const Line& line) const;
  bool wants_retries(const Line& line) const {
    return line.retries.size() + line.coming <= retries_max() / 2 && retries_room(line) > 0;
  }
  std::size_t fresh_held() const { return fresh_ + coming_ + under_way_; }
  std::size_t retries_held() const { return retries_ + coming_; }
  std::size_t fresh_max() const { return limits_.lane_window_max - retries_max(); }
  std::size_t retries_max() const { return std::max<std::size_t>(limits_.lane_window_max / 4, 1); }
  std::size_t under_way() const { return under_way_; }
  bool has_some() const { return fresh_ > 0 || retries_ > 0; }
  std::optional<Steady> first_due() const;

  // Those with something that is only on disk, more or less: the backlog cleans it.
  std::vector<Line*>& on_disk() { return on_disk_; }
  const std::vector<Line*>& on_disk() const { return on_disk_; }
  void list_on_disk(Line& line);
  // The cursor of the placements that have no line, and lines that were made since newcomers() was cleared.
  DiskCursor& others() { return others_; }
  const DiskCursor& others() const { return others_; }
  std::vector<Line*>& newcomers() { return newcomers_; }

  // Forgets lines that have been idle for long.
  void tidy(Steady now);
  bool are_idle(Steady now) const;
  std::size_t breakers_open() const;
  std::size_t devices_in_order() const;
  template <class Use>
  void each(const Use& use) const {
    for (const auto& [placement, line] : lines_) use(*line);
  }

 private:
  static std::size_t held(const Line& line) { return line.fresh.size() + line.coming + line.under_way; }
  std::size_t room(std::size_t held, std::size_t held_by_all, std::size_t most) const;
  bool sends_retry(const Line& line, Steady now) const;
  bool has_its_share_of_attempts(const Line& line) const;
  void settle(Line& line, Steady now);
  void enter_round(Line& line);
  void leave_round(Line& line);
  void leave_clock(Line& line);
  void forget(Line& line);

  const Limits& limits_;
  const FairSettings& fair_;
  std::unordered_map<core::PlacementKey, std::unique_ptr<Line>, queue::PlacementHash> lines_;
  Line* last_ = nullptr;   // that of() found
  Line* first_ = nullptr;  // of the round
  std::size_t in_round_ = 0;
  std::set<std::pair<std::pair<Steady, std::uint64_t>, Line*>> clock_;
  std::uint64_t clock_order_ = 0;
  std::size_t fresh_ = 0, retries_ = 0, coming_ = 0, under_way_ = 0;
  std::vector<Line*> on_disk_, newcomers_;
  DiskCursor others_;
};

template <class Ends>
void Lines::take_from(Line& line, const Ends& ends, Steady now, std::vector<Delivery>& taken) {
  const std::size_t before = taken.size();
  std::deque<Delivery> fresh;
  for (Delivery& one : line.fresh) {
    if (ends(one)) {
      taken.push_back(std::move(one));
    } else {
      fresh.push_back(std::move(one));
    }
  }
  fresh_ -= line.fresh.size() - fresh.size();
  line.fresh = std::move(fresh);
  std::vector<Line::Retrying> retries = std::exchange(line.retries, {});
  retries_ -= retries.size();
  for (Line::Retrying& one : retries) {
    if (ends(one.delivery)) {
      taken.push_back(std::move(one.delivery));
    } else {
      add_retry(line, std::move(one.delivery), one.due, now);
    }
  }
  if (taken.size() != before) settle(line, now);
}

template <class Ends>
std::vector<Delivery> Lines::take_all(const Ends& ends, Steady now) {
  std::vector<Delivery> taken;
  for (auto& [placement, line] : lines_) take_from(*line, ends, now, taken);
  return taken;
}

}  // namespace fleethook::delivery
