// Gets what attempts came to onto disk: outcomes, exchanges and dead letters into the store, then acknowledgements and
// retries into the queue. A delivery is acknowledged only after its outcome is recorded, so a crash in between repeats
// it and loses nothing; recording is idempotent, so counters stay exact.
//
// Two steps, each with one batch under way: whatever gathers meanwhile is the next batch. Nobody waits for a record, so
// outcomes gather for some milliseconds (publishers do wait for the commits that this spares), and the acknowledgements
// of one batch go with the outcomes of the next. A batch that fails is kept and tried again with back-off; has_room()
// turns false when too much waits, and nothing new is attempted then.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "base/gate.h"
#include "base/limits.h"
#include "base/loop.h"
#include "queue/queue.h"
#include "store/history.h"

namespace fleethook::delivery {

// Lives on its loop. drain() must have finished before it is destroyed.
class Recorder {
 public:
  class Listener {
   public:
    virtual void acknowledged(const queue::DeliveryKey& key) = 0;  // only for finish(..., put_off)
    virtual void retry_kept(const queue::Retry& retry) = 0;        // is on disk, or parked there
    virtual void has_room_again() = 0;

   protected:
    ~Listener() = default;
  };

  // Holds `gate` until drained.
  Recorder(
      Loop& loop, store::History& history, queue::Queue& queue, const Limits& limits, Gate& gate, Listener& listener);
  Recorder(const Recorder&) = delete;
  ~Recorder();

  // The delivery is over. `put_off`: the queue holds a retry of it.
  void finish(const queue::DeliveryKey& key, const store::Outcome& outcome, bool put_off);
  void outcome(const store::Outcome& outcome);  // of something that is in no queue (a test)
  void exchange(store::Exchange exchange);
  void dead_letter(store::DeadLetter letter);  // before finish() of the same delivery
  void retry(queue::Retry retry);

  bool has_room() const { return waiting_ < limits_.results_waiting_max; }
  // `drained` runs when all is on disk, or once nothing is under way after `deadline`: what then is not on disk is
  // given up, and stays in the queue as it was. May be called again with an earlier deadline. Leaves the gate.
  void drain(Deadline deadline, std::function<void()> drained);
  std::size_t given_up() const { return given_up_; }  // results, by drain()

 private:
  // What one step does between batches: nothing, waiting for more to gather, under way, or waiting to try again.
  enum class Step { kIdle, kGathering, kUnderWay, kBackingOff };
  struct Finished {
    queue::DeliveryKey key;
    bool put_off;
  };

  void gathered();
  void gather();
  void record();
  void recorded(bool ok);
  void write_queue();
  void half_written();
  void written();
  void back_off(Step& step, Duration& delay, TimerId& timer, void (Recorder::*again)());
  void drop_superseded_retries();
  void count_down(std::size_t weight);
  void check_drained();

  Loop& loop_;
  store::History& history_;
  queue::Queue& queue_;
  const Limits& limits_;
  Listener& listener_;
  std::optional<Gate::Entry> inside_;

  // Step one: into the store.
  Step recording_ = Step::kIdle;
  store::HistoryBatch gathered_, batch_;  // batch_ is under way or failed
  std::vector<Finished> gathered_finished_, batch_finished_;
  std::size_t gathered_weight_ = 0, batch_weight_ = 0;  // of exchanges and dead letters
  Duration record_delay_{};
  TimerId record_timer_ = 0;

  // Step two: into the queue.
  Step writing_ = Step::kIdle;
  std::vector<Finished> finished_, batch_acks_;
  std::vector<queue::Retry> retries_, batch_retries_;
  int halves_ = 0;  // of ack and retry, those under way
  bool acks_failed_ = false, retries_failed_ = false;
  Duration write_delay_{};
  TimerId write_timer_ = 0;

  std::size_t waiting_ = 0, given_up_ = 0;
  bool was_full_ = false;
  Deadline drain_deadline_ = Deadline::never();
  TimerId drain_timer_ = 0;
  std::function<void()> drained_;
};

}  // namespace fleethook::delivery
