// One lane: the deliveries to one destination for one owner. Holds a window of them in memory; the rest waits on disk
// and is loaded when there is room. Starts attempts while connections are free, and keeps retries to come.
//
//   offer() ----------------> fresh_ --+--> attempt --+--> recorder: outcome, acknowledgement
//   disk, by DiskCursor ---->          |              +--> recorder: retry --+--> retries_ (soon, and room)
//   disk, by due time -----> retries_ -+                                     +--> disk only
//                                      +--> its placement is held or disabled: parked on disk, until released() tells
//                                      of it as of a retry
//                                      +--> its placement is skipped, or gone: recorder: outcome, acknowledgement
//                                      +--> over the rate or concurrency of its integration: quotas_, or as a retry
//
// What is to end ends before its turn too, in memory and on disk, when end() says of which integrations there may be
// something.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "delivery/admission.h"
#include "delivery/attempt.h"
#include "delivery/context.h"
#include "delivery/disk_cursor.h"
#include "delivery/dispatcher.h"
#include "delivery/ended.h"
#include "delivery/pool.h"
#include "delivery/quotas.h"
#include "delivery/turns.h"

namespace fleethook::delivery {

// Lives on its loop, within `context`.
class Lane final : public Attempt::Owner, private Turns::Client {
 public:
  Lane(Context& context, core::LaneId id, core::LaneKey key);
  ~Lane();
  Lane(const Lane&) = delete;

  // Found on disk at start.
  void recover(const queue::LaneState& state);
  // Just committed. pump() is to be called after the last of a batch.
  void offer(const queue::Accepted& accepted, const core::IntegrationPtr& integration);
  // Deliveries came back from a pause; the earliest may be tried from `due` on.
  void released(Instant due);
  // Something that waits of these integrations (ascending) is to end, whatever the lane is busy with.
  void end(const std::vector<core::IntegrationNumber>& of);
  // Starts what can be started, loads what there is room for.
  void pump();
  // From the recorder: on disk now.
  void acknowledged(const queue::DeliveryKey& key);
  void retry_kept(const queue::Retry& retry);
  // Closes connections idle for long. True if the lane has been empty for lane_idle_max: it can be forgotten.
  bool tidy(Steady now);
  // Breaks off all attempts; their deliveries stay in the queue as they were.
  void cut();

  core::LaneId id() const { return id_; }
  LaneView view() const;
  std::size_t in_flight() const { return in_flight_; }
  std::size_t in_memory() const {
    return fresh_.size() + unresolved_ + retries_.size() + quotas_.waiting() + in_flight_;
  }
  std::size_t connections() const { return pool_.open(); }

 private:
  struct Retrying {
    Delivery delivery;
    Steady due{};
    std::uint64_t order = 0;  // of equal dues
  };
  // Every delivery that the queue holds as a retry and that is in memory, or is leaving it: a load may still bring it,
  // and must not.
  struct RetryKeyHash {
    std::size_t operator()(const Position& at) const noexcept {
      return std::hash<core::EventSeq>()(at.event) ^ at.integration.value;
    }
  };
  static constexpr std::uint32_t kStays = 0;  // else: leaves memory once the retry after so many attempts is on disk,
  static constexpr std::uint32_t kParks = std::numeric_limits<std::uint32_t>::max();  // or once it is parked,
  static constexpr std::uint32_t kPutsOff = kParks - 1;  // or once it is put off without an attempt so far
  static constexpr std::uint32_t kEnds = kParks - 2;     // or acknowledged
  using Positions = std::unordered_set<Position, RetryKeyHash>;

  void attempt_ended(Attempt& attempt) override;
  bool may_go(const Delivery& delivery) override { return admission_.ask(delivery).verdict == Verdict::kAdmit; }
  void attempt_called_off(Attempt& attempt) override;
  void turn_came() override { pump(); }
  bool can_start() const {
    return in_flight_ < limits_.connections_per_lane_max && context_.recorder.has_room() &&
           context_.turns.may_build(target_.key.owner);
  }
  void wait_for_template_turn();
  bool take_next(Delivery& into);
  bool settle(Verdict verdict, Delivery& delivery);
  bool next_in_turn(Delivery& into);
  void park(Delivery delivery);
  bool may_start(const Delivery& delivery, const Quotas::Limits& limits);
  void wait_for_turn(Delivery delivery);
  std::size_t under_way_of(core::IntegrationNumber integration) const;
  void skip(const Delivery& delivery);
  void cancel(const Delivery& delivery);
  void go_on_ending();
  void end_in_memory();
  void search();
  void searched(const queue::SearchPlace& from, Result<queue::Found> result);
  void end_on_disk(const store::Catalog& catalog, const queue::Pending& pending);
  bool is_on_disk_only(const queue::Pending& pending) const;
  void conclude(Attempt& attempt);
  void tell_of_guard(const Attempt& attempt);
  void finish(const Attempt& attempt, const Delivery& delivery, const core::NextStep& step, std::string reason);
  static store::Outcome outcome_of(const Delivery& delivery, core::OutcomeKind kind, Instant at);
  void retry_later(Delivery delivery, Duration after, Instant now);
  void keep_retry(Delivery delivery, Steady due);
  void order_retries();
  void bury(const queue::Pending& pending, const Error& why);
  queue::DeliveryKey key_of(const Delivery& delivery) const;
  queue::Pending pending_of(const Delivery& delivery) const;

  std::size_t fresh_max() const { return limits_.lane_window_max - retries_max(); }
  std::size_t retries_max() const { return std::max<std::size_t>(limits_.lane_window_max / 4, 1); }
  std::size_t retries_held() const { return retries_.size() + unresolved_; }
  std::size_t fresh_held() const { return fresh_.size() + unresolved_ + in_flight_; }
  void load_where_room();
  void load_ready();
  void ready_loaded(Result<std::vector<queue::Pending>> result, std::size_t limit);
  void load_retries();
  void retries_loaded(Result<std::vector<queue::Pending>> result, std::size_t limit);
  // Gives `pending` its integration, now or when its version is loaded.
  void resolve(const store::Catalog& catalog, queue::Pending pending);
  void admit(queue::Pending pending, core::IntegrationPtr integration);
  void load_failed();
  void forget_retry(Position at);
  void arm();
  std::optional<Steady> next_time() const;

  Context& context_;
  const Limits& limits_;
  const core::LaneId id_;
  const Target target_;
  Pool pool_;
  Admission admission_;
  Quotas quotas_;

  std::deque<Delivery> fresh_;     // to be tried for the first time
  std::vector<Retrying> retries_;  // a heap, the earliest on top
  std::uint64_t retries_seen_ = 0;
  bool retry_first_ = true;     // due retries and fresh deliveries take turns
  std::size_t unresolved_ = 0;  // loaded, their version is not
  std::vector<std::unique_ptr<Attempt>> attempts_;
  std::vector<Attempt*> free_attempts_;
  std::size_t in_flight_ = 0;

  DiskCursor cursor_;
  std::optional<Gate::Entry> ready_load_;  // under way
  std::unordered_map<Position, std::uint32_t, RetryKeyHash> retry_keys_;
  // Keys forgotten while a load or the search is under way: what it brings may be from before.
  Positions left_during_load_, left_during_ready_load_, left_during_search_;
  std::optional<Instant> disk_due_;  // of the earliest retry that is only on disk, at the latest
  std::optional<Instant> disk_due_before_load_;
  std::optional<Gate::Entry> retry_load_;        // under way
  std::vector<core::IntegrationNumber> ending_;  // ascending: those of the search
  bool end_in_memory_ = false;                   // there may be something to end in memory
  std::optional<queue::SearchPlace> search_;     // where the search on disk goes on; nullopt = it is over
  std::optional<Gate::Entry> searching_;         // under way
  Duration load_delay_{};                        // after failures
  Steady load_again_at_{};

  TimerId timer_ = 0;
  Steady timer_at_{};
  std::optional<Steady> told_of_guard_at_;
  bool was_busy_ = true;  // since the last tidy()
  Steady busy_at_{};
};

}  // namespace fleethook::delivery
