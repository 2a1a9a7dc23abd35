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
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delivery/admission.h"
#include "delivery/attempt.h"
#include "delivery/backlog.h"
#include "delivery/context.h"
#include "delivery/lane_view.h"
#include "delivery/pool.h"
#include "delivery/quotas.h"
#include "delivery/turns.h"

namespace fleethook::delivery {

// Lives on its loop, within `context`.
class Lane final : public Attempt::Owner, private Turns::Client, private Backlog::Owner {
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
  void acknowledged(const queue::DeliveryKey& key) { backlog_.acknowledged({key.event, key.integration}); }
  void retry_kept(const queue::Retry& retry) { backlog_.retry_kept(retry); }
  // Closes connections idle for long. True if the lane has been empty for lane_idle_max: it can be forgotten.
  bool tidy(Steady now);
  // Breaks off all attempts; their deliveries stay in the queue as they were.
  void cut();

  core::LaneId id() const { return id_; }
  LaneView view() const;
  std::size_t in_flight() const { return in_flight_; }
  std::size_t in_memory() const { return in_memory_.count(); }
  std::size_t connections() const { return pool_.open(); }

 private:
  struct Retrying {
    Delivery delivery;
    Steady due{};
    std::uint64_t order = 0;  // of equal dues
  };
  void attempt_ended(Attempt& attempt) override;
  bool may_go(const Delivery& delivery) override { return admission_.ask(delivery).verdict == Verdict::kAdmit; }
  void attempt_called_off(Attempt& attempt) override;
  void turn_came() override { pump(); }
  void take_fresh(Delivery delivery) override { fresh_.push_back(std::move(delivery)); }
  void take_retry(Delivery delivery, Steady due) override { keep_retry(std::move(delivery), due); }
  void backlog_moved() override { pump(); }
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
  void end_in_memory();
  void conclude(Attempt& attempt);
  void tell_of_guard(const Attempt& attempt);
  void finish(const Attempt& attempt, const Delivery& delivery, const core::NextStep& step, std::string reason);
  void retry_later(Delivery delivery, Duration after, Instant now);
  void keep_retry(Delivery delivery, Steady due);
  void order_retries();

  std::size_t retries_held() const override { return retries_.size() + backlog_.coming(); }
  std::size_t fresh_held() const override { return fresh_.size() + backlog_.coming() + in_flight_; }
  void arm() override;
  std::optional<Steady> next_time() const;

  Context& context_;
  const Limits& limits_;
  const core::LaneId id_;
  const Target target_;
  Pool pool_;
  Admission admission_;
  Quotas quotas_;
  Tally in_memory_;
  Backlog backlog_;

  std::deque<Delivery> fresh_;     // to be tried for the first time
  std::vector<Retrying> retries_;  // a heap, the earliest on top
  std::uint64_t retries_seen_ = 0;
  bool retry_first_ = true;  // due retries and fresh deliveries take turns
  std::vector<std::unique_ptr<Attempt>> attempts_;
  std::vector<Attempt*> free_attempts_;
  std::size_t in_flight_ = 0;

  bool end_in_memory_ = false;  // there may be something to end in memory

  TimerId timer_ = 0;
  Steady timer_at_{};
  std::optional<Steady> told_of_guard_at_;
  bool was_busy_ = true;  // since the last tidy()
  Steady busy_at_{};
};

}  // namespace fleethook::delivery
