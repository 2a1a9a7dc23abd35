// The end of deliveries in simulated memory: one write for store and queue together.
#pragma once
#include <functional>
#include <utility>

#include "delivery/settler.h"
#include "testing/sim_queue.h"
#include "testing/sim_store.h"

namespace fleethook::testing {

class SimSettler final : public delivery::Settler {
 public:
  SimSettler(SimDisk& disk, SimStore& store, SimQueue& queue) : disk_(disk), store_(store), queue_(queue) {}

  void settle(delivery::Settlement settlement, OnSettled done) override {
    disk_.write(
        [this, settlement = std::move(settlement)] {
          store_.commit(settlement.history);
          queue_.commit_ack(settlement.over);
          if (on_settled) on_settled();
        },
        [this, done = std::move(done)](const Result<void>& result) {
          queue_.counts_changed();
          done(result);
        });
  }
  delivery::Balance balance() const override {
    const store::Ended ended = store_.ended();
    const queue::QueueStats stats = queue_.stats();
    return {stats.created + ended.tests, ended.counts, stats.ready + stats.retries, stats.parked};
  }
  // Runs at the commit of each settlement.
  std::function<void()> on_settled;

 private:
  SimDisk& disk_;
  SimStore& store_;
  SimQueue& queue_;
};

}  // namespace fleethook::testing
