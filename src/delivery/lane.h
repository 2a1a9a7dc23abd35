// One lane: the deliveries to one destination for one owner. Holds a window of them in memory, in lines (lines.h); the
// rest waits on disk (backlog.h). Starts attempts while connections are free, and keeps retries to come.
//
//   offer(), backlog --> lines: whose turn --> admission --+--> attempt --+--> recorder: outcome, acknowledgement
//                          ^                               |              +--> recorder: retry --+--> its line (soon,
//                          |                               |                                     |    and room)
//                          |                               |                                     +--> disk only
//                          +-- over the rate or the -------+
//                              concurrency of its          +--> its placement is held or disabled, or it is to go by
//                              integration: it stays       |    another version: parked on disk, until released() tells
//                                                          |    of it as of a retry, here or to the lane it goes to
//                                                          +--> it is skipped, or gone: recorder: outcome
//
// Each attempt tells its line how the receiver bears it: how many may be under way (pace.h), whether any (breaker.h).
// What is to end, or to go by another version, leaves before its turn too, in memory and on disk, when sweep() says of
// which integrations there may be something.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delivery/admission.h"
#include "delivery/attempt.h"
#include "delivery/backlog.h"
#include "delivery/context.h"
#include "delivery/lane_view.h"
#include "delivery/lines.h"
#include "delivery/pool.h"
#include "delivery/turns.h"
#include "delivery/wish.h"

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
  // Deliveries of these placements came back from a pause.
  void released(const std::vector<queue::PlacementDue>& retries);
  // Something that waits of these integrations (ascending) is to end, or to go by another version, whatever the lane is
  // busy with.
  void sweep(const std::vector<core::IntegrationNumber>& of);
  // A person does not want to wait: what of it would be tried later is tried as soon as its turn comes. What keeps the
  // order of each device goes on in that order, so that one delivery stands for all of its placement.
  void try_now(const Wish& wish);
  // One delivery is to end, wherever it is: not what is parked. What is under way may still succeed.
  void cancel(const Wish& wish);
  // Starts what can be started, loads what there is room for.
  void pump();
  // From the recorder: on disk now.
  void acknowledged(const queue::DeliveryKey& key) { backlog_.acknowledged(key); }
  void retry_kept(const queue::Retry& retry) { backlog_.retry_kept(retry); }
  // Closes connections idle for long. True if the lane has been empty for lane_idle_max: it can be forgotten.
  bool tidy(Steady now);
  // Breaks off all attempts; their deliveries stay in the queue as they were.
  void cut();

  core::LaneId id() const { return id_; }
  LaneView view() const;
  // Adds those that are asked for to `into`.
  void show(const LineQuery& query, std::vector<LineView>& into) const;
  std::size_t in_flight() const { return lines_.under_way(); }
  std::size_t in_memory() const { return in_memory_.count(); }
  std::size_t give_up_idle(std::size_t most) { return pool_.give_up_idle(most); }
  std::size_t connections() const { return pool_.open(); }
  std::size_t breakers_open() const { return lines_.breakers_open(); }
  std::size_t devices_in_order() const { return lines_.devices_in_order(); }

 private:
  void attempt_ended(Attempt& attempt) override;
  bool may_go(const Delivery& delivery) override { return verdict_again(delivery) == Verdict::kAdmit; }
  void attempt_called_off(Attempt& attempt) override;
  void turn_came() override { pump(); }
  void take_fresh(Line& line, Delivery delivery) override;
  void take_retry(Line& line, Delivery delivery, Steady due) override;
  bool is_under_way(const Line& line, core::EventSeq event) const override {
    return under_way(line.placement, event) != nullptr;
  }
  void backlog_moved() override { pump(); }
  void arm() override;
  Line& line_of(const Delivery& delivery) {
    return lines_.of(core::placement_of(*delivery.integration, *delivery.event));
  }
  bool can_start() const {
    return lines_.under_way() < limits_.connections_per_lane_max && context_.recorder.has_room() &&
           context_.turns.may_build(target_.key.owner);
  }
  void put_behind(const Delivery& delivery);
  void leaves(const Delivery& delivery);
  void over(const Delivery& delivery, const store::Outcome& outcome);
  void wait_for_template_turn();
  void go_on_with(Line& line);
  void let_wait(Line& line, std::optional<Steady> until);
  void start(Line& line, Delivery delivery);
  bool settle(Verdict verdict, Delivery& delivery);
  void park(Delivery delivery);
  Attempt* under_way(const core::PlacementKey& placement, core::EventSeq event) const;
  Verdict verdict_again(const Delivery& delivery) const {
    return delivery.called_off ? Verdict::kCancel : admission_.ask_again(delivery);
  }
  std::size_t under_way_of(core::IntegrationNumber integration) const;
  void no_longer_under_way(Line& line, core::IntegrationNumber integration);
  void skip(const Delivery& delivery);
  void cancel(const Delivery& delivery);
  void sweep_memory();
  bool is_over_time(const Delivery& delivery) const;
  void end_what_is_over_time();
  void end_untried(const Line& line, const Delivery& delivery);
  void conclude(Attempt& attempt);
  core::NextStep next_step(const Attempt& attempt, const queue::Progress& progress);
  void learn(Line& line, const Attempt& attempt, const core::NextStep& step);
  void learn_of_failure(Line& line, const Attempt& attempt);
  void tell_of_condition(Line& line, const Attempt& attempt);
  store::Outage outage_of(const Line& line, const Attempt& attempt) const;
  void opened(const Line& line, const Attempt& attempt) const;
  void closed(Line& line, const Attempt& attempt);
  void pause_if_gone(Attempt& attempt, const core::NextStep& step);
  void tell_of_guard(const Attempt& attempt);
  void finish(const Attempt& attempt, const Delivery& delivery, const core::NextStep& step, std::string reason);
  void retry_later(Line& line, Delivery delivery, Duration after);
  std::optional<Steady> next_time();

  Context& context_;
  const Limits& limits_;
  const core::LaneId id_;
  const Target target_;
  Pool pool_;
  Admission admission_;
  Tally in_memory_;
  Lines lines_;
  Backlog backlog_;

  std::vector<std::unique_ptr<Attempt>> attempts_;
  std::vector<Attempt*> free_attempts_;
  bool sweep_memory_ = false;  // something in memory may have to leave
  bool some_expire_ = false;   // lines

  TimerId timer_ = 0;
  Steady timer_at_{};
  std::optional<Steady> told_of_guard_at_;
  bool was_busy_ = true;  // since the last tidy()
  Steady busy_at_{};
};

}  // namespace fleethook::delivery
