// Gets what attempts came to onto disk: outcomes, exchanges and dead letters together with the end of their deliveries
// (settler.h), and retries into the waiting room.
//
//   finish, outcome, exchange, dead_letter --> gathered --> batch --> Settler
//   retry -----------------------------------> gathered --> batch --> WaitingRoom
//
// Each has one batch under way: whatever gathers meanwhile is the next one. Nobody waits for a record, so outcomes
// gather for some milliseconds (publishers do wait for the commits that this spares). A batch that fails is kept and
// tried again with back-off; has_room() turns false when too much waits, and nothing new is attempted then. A retry
// that comes to disk after the end of the same delivery is ignored there: the queue knows it no more.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "base/gate.h"
#include "base/limits.h"
#include "base/loop.h"
#include "delivery/settler.h"
#include "queue/waiting_room.h"

namespace fleethook::delivery {

// Lives on its loop. drain() must have finished before it is destroyed.
class Recorder {
 public:
  class Listener {
   public:
    virtual void acknowledged(const queue::DeliveryKey& key) = 0;  // only for finish(..., tells)
    virtual void retry_kept(const queue::Retry& retry) = 0;        // is on disk, or parked there
    virtual void has_room_again() = 0;

   protected:
    ~Listener() = default;
  };

  // Holds `gate` until drained.
  Recorder(Loop& loop,
           Settler& settler,
           queue::WaitingRoom& waiting_room,
           const Limits& limits,
           Gate& gate,
           Listener& listener);
  Recorder(const Recorder&) = delete;
  ~Recorder();

  // The delivery is over. `tells`: the listener wants to hear when that is on disk.
  void finish(const queue::DeliveryKey& key, const store::Outcome& outcome, bool tells);
  void outcome(const store::Outcome& outcome);  // of something that is in no queue (a test)
  void exchange(store::Exchange exchange);
  void dead_letter(store::DeadLetter letter);  // before finish() of the same delivery
  void retry(queue::Retry retry);
  void outage(store::Outage outage);  // began, or ended

  bool has_room() const { return waiting_ < limits_.results_waiting_max; }
  // `drained` runs when all is on disk, or once nothing is under way after `deadline`: what then is not on disk is
  // given up, and stays in the queue as it was. May be called again with an earlier deadline. Leaves the gate.
  void drain(Deadline deadline, std::function<void()> drained);
  std::size_t given_up() const { return given_up_; }  // results, by drain()

 private:
  // What one step does between batches: nothing, waiting for more to gather, under way, or waiting to try again.
  enum class Step { kIdle, kGathering, kUnderWay, kBackingOff };

  void gathered();
  void gather();
  void settle();
  void settled(bool ok);
  void write_retries();
  void retries_written(bool ok);
  void back_off(Step& step, Duration& delay, TimerId& timer, void (Recorder::*again)());
  void count_down(std::size_t weight);
  void check_drained();

  // What belongs to one settlement.
  struct Batch {
    Settlement settlement;
    std::vector<queue::DeliveryKey> told;  // of those that are over
    std::size_t weight = 0;                // by which it counts in `waiting_`
  };

  Loop& loop_;
  Settler& settler_;
  queue::WaitingRoom& waiting_room_;
  const Limits& limits_;
  Listener& listener_;
  std::optional<Gate::Entry> inside_;

  Step settling_ = Step::kIdle;
  Batch gathered_, batch_;  // batch_ is under way or failed
  Duration settle_delay_{};
  TimerId settle_timer_ = 0;

  Step writing_ = Step::kIdle;
  std::vector<queue::Retry> retries_, batch_retries_;
  Duration write_delay_{};
  TimerId write_timer_ = 0;

  std::size_t waiting_ = 0, given_up_ = 0;
  bool was_full_ = false;
  Deadline drain_deadline_ = Deadline::never();
  TimerId drain_timer_ = 0;
  std::function<void()> drained_;
};

}  // namespace fleethook::delivery
