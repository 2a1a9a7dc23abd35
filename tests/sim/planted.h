// Faults that are planted into a simulated installation, one at a time, for the tests of its oracles: what a queue, a
// store or an engine with such a fault would do. Without one nothing differs, to the last drawn number.
#pragma once
#include <cstdint>
#include <set>
#include <vector>

#include "testing/sim_queue.h"
#include "testing/sim_store.h"

namespace fleethook::testing {

enum class Planted : std::uint8_t {
  kNothing,
  // Of the queue.
  kDeliveryNotKept,     // an event is accepted without one of its deliveries
  kSentUncommitted,     // a publisher's no, and the event is delivered all the same
  kRetryNotKept,        // a delivery is forgotten when it is put off
  kLeftOnDisk,          // some of what waits is never read back
  kStaysParked,         // nothing that was parked comes back
  kComesBack,           // what was acknowledged is read once more
  kAttemptsForgotten,   // how often it was tried is lost on disk
  kRetryTooEarly,       // due before its time
  kNotLetGo,            // an outcome is recorded, and the delivery goes on waiting
  kOrderForgotten,      // the next of a device is not the first that waits
  kWaitingMiscounted,   // one placement is left out of what waits
  kOtherConfiguration,  // made with another configuration than the event met
  kOtherReceiver,
  kOtherPolicy,    // particle is taken for durable
  kNoteForgotten,  // what may come once comes again
  // Of the store.
  kOutcomeNotKept,
  kOutcomeTwice,
  kOutcomeOfNothing,
  kDeadLetterNotKept,
  kCountedTwice,
  kSuccessInvented,
  kSkipInvented,
  kCancelInvented,
  kVersionMistaken,
  kAttemptsMiscounted,
  kReplayMiscounted,
  // Of the engine and its surroundings: in world.cc.
  kTwoOwners,         // every loop takes every lane for its own
  kBackOffTooShort,   // all retries at once
  kRetryAfterUnread,  // as if the answer did not have it
  kGivesUpEarly,
  kLanesTooWide,   // more connections and attempts at once than there may be
  kWindowTooWide,  // more deliveries in memory
  kLanesKept,      // lanes without work are not forgotten
  kLoopsBlocked,   // something makes every loop late
  kPauseUnheard,
  kEndUnheard,     // of a deletion, and of a drop of what waits
  kMoveUnheard,    // what waits is told to go by another version, and nobody hears it
  kSeedForgotten,  // chance that does not come from the seed
};

class PlantedQueue final : public SimQueue {
 public:
  PlantedQueue(Sim& sim, SimDisk& disk, const Planted& planted) : SimQueue(sim, disk), sim_(sim), planted_(planted) {}

  void append(std::vector<queue::Accepted> events, OnAppended done) override;
  void append_once(queue::Note note, std::vector<queue::Accepted> events, OnOnce done) override;
  Result<void> own(std::vector<queue::Claim> claims) override;
  void disown(queue::Owner& owner) override;
  void hand_over(const queue::Batch& committed) override;
  void retry(std::vector<queue::Retry> retries, queue::OnDone done) override;
  void load_ready(core::LaneId lane, queue::ReadyWish wish, OnReady done) override;
  void load_retries(
      core::LaneId lane, const core::PlacementKey& placement, Moment until, std::size_t limit, OnLoaded done) override;
  void load_ordered(core::LaneId lane,
                    const core::PlacementKey& placement,
                    std::vector<queue::Device> devices,
                    std::size_t each,
                    OnLoaded done) override;
  void release(const core::PlacementKey& placement, std::size_t limit, OnReleased done) override;
  std::vector<queue::Waiting> waiting() const override;
  void commit_ack(const std::vector<queue::DeliveryKey>& keys) override;

 private:
  void change(queue::NewDelivery& delivery) const;

  Sim& sim_;
  const Planted& planted_;
  std::vector<queue::Pending> loaded_;  // the retries that were read last
  std::set<queue::DeliveryKey> forgotten_;
  std::uint8_t notes_ = 0;
  std::vector<queue::Owner*> owners_;  // with kTwoOwners: all of them
};

class PlantedStore final : public SimStore {
 public:
  PlantedStore(const Clock& clock, Random& random, SimDisk& disk, const Planted& planted)
      : SimStore(clock, random, disk), planted_(planted) {}

  void commit(store::HistoryBatch batch) override;
  Result<void> note_replay_step(const store::ReplayStep& step) override;
  Result<std::vector<store::DayCounts>> counters(core::IntegrationNumber integration,
                                                 std::int32_t from,
                                                 std::int32_t to) override;

 private:
  const Planted& planted_;
};

}  // namespace fleethook::testing
