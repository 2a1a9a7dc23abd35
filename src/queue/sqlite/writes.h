// What the writer's thread does for the queue: append, acknowledge, put off or park. And what it remembers between
// transactions.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "queue/queue.h"
#include "queue/sqlite/event_digest.h"
#include "sqlite/database.h"
#include "sqlite/group_writer.h"

namespace fleethook::queue {

// By how much the counts of a placement change.
struct WaitingChange {
  core::PlacementKey placement;
  std::int64_t deliveries = 0;
  std::int64_t parked = 0;  // of them
};

// Rows of the tables that grow, and deliveries that were ever made; or by how much these change.
struct Rows {
  std::int64_t events = 0, ready = 0, retries = 0, parked = 0, created = 0;
  std::int64_t waiting() const { return ready + retries + parked; }
};

// What there is, as committed. Read from any thread, changed by the writer's after its commit: what one work changes is
// seen as a whole.
class Counters {
 public:
  void add(const Rows& change, std::span<const WaitingChange> placements);
  Rows rows() const;
  std::vector<Waiting> waiting() const;  // by placement, ascending, without those that have none; adds up to `rows`
  Parked parked_of(const core::PlacementKey& placement) const;
  std::uint64_t revision() const;                                                  // rises with that
  core::EventSeq last() const { return {last_.load(std::memory_order_relaxed)}; }  // the newest event
  void set_last(std::uint64_t seq) { last_.store(seq, std::memory_order_relaxed); }
  struct Hash {
    std::size_t operator()(const core::PlacementKey& key) const noexcept {
      return std::hash<core::IntegrationNumber>()(key.integration) * 31 ^ std::hash<core::ProductId>()(key.product);
    }
  };

 private:
  struct Count {
    std::int64_t deliveries = 0, parked = 0;
    std::uint64_t left_at = 0;  // see Parked
  };
  std::atomic<std::uint64_t> last_{0};
  mutable std::mutex mutex_;
  Rows rows_;  // guarded by mutex_, as the rest
  std::unordered_map<core::PlacementKey, Count, Hash> counts_;
  std::size_t empty_ = 0;  // of them; kept, since the next event brings them back
  std::uint64_t revision_ = 0;
};

// Where numbering stands. Advanced as rows are written, put back when their transaction fails, so numbers have no gaps.
struct Position {
  std::uint64_t seq = 0;      // last one given
  std::uint64_t stored = 0;   // bytes of all events so far
  std::uint64_t created = 0;  // deliveries of all events so far
};

// Lives on the writer's thread once the queue is open.
class WriterState {
 public:
  Result<void> load(sqlite::Database& database);  // at open
  Position& next() { return next_; }
  // Writes down what the id of the lane stands for, if that is not on disk.
  Result<void> keep(sqlite::Database& database, const core::NamedLane& lane);
  // Every work reports what became of it: first all run() of a transaction, then all their done().
  void committed() {
    committed_ = next_;
    counters.set_last(next_.seq);
  }
  void undone();
  // One that wrote since next() was `before` has failed, and is undone alone.
  void back_to(const Position& before);

  // While events are pruned (prune.h): the events of deliveries that went from one table to another meanwhile.
  void watch_moves(bool yes);
  void note_move(std::uint64_t event) {
    if (watchers_ > 0) moved_.insert(event);
  }
  bool was_moved(core::EventSeq event) const { return moved_.contains(event.value); }

  // While lanes are pruned (lane_prune.h): those of what is parked meanwhile.
  void watch_parked(bool yes);
  void note_parked(core::LaneId lane) {
    if (watchers_of_parked_ > 0) parked_in_.insert(lane.value);
  }
  bool was_parked_in(core::LaneId lane) const { return parked_in_.contains(lane.value); }
  // Some are gone: what comes for them is written down again.
  void forget_lanes() { lanes_.clear(); }

  Counters counters;
  Owners owners;
  DigestWriter digest;

 private:
  Position next_, committed_;
  int watchers_ = 0;
  std::unordered_set<std::uint64_t> moved_;
  int watchers_of_parked_ = 0;
  std::unordered_set<std::uint64_t> parked_in_;
  std::unordered_set<core::LaneId> lanes_;  // of them it is known that they are in the table
};

// `state` must outlive the works.
std::unique_ptr<sqlite::Work> make_append(WriterState& state, std::vector<Accepted> events, Log::OnAppended done);
std::unique_ptr<sqlite::Work> make_ack(WriterState& state, std::vector<DeliveryKey> keys, OnDone done);
std::unique_ptr<sqlite::Work> make_retry(WriterState& state, std::vector<Retry> retries, OnDone done);

}  // namespace fleethook::queue
