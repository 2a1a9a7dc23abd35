// What the writer's thread does for the queue: append, acknowledge, put off or park. And what it remembers between
// transactions.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "queue/queue.h"
#include "sqlite/database.h"
#include "sqlite/group_writer.h"

namespace fleethook::queue {

// How many deliveries of each placement are parked. Thread-safe.
class ParkedCounts {
 public:
  void add(const core::PlacementKey& placement, std::int64_t count);
  std::vector<Parked> list() const;  // ascending, without those that have none

 private:
  mutable std::mutex mutex_;
  std::map<core::PlacementKey, std::int64_t> counts_;
};

// Rows of the tables that grow. Read from any thread, changed by the writer's after its commit.
struct Counters {
  std::atomic<std::int64_t> events{0}, ready{0}, retries{0}, parked{0};
  std::atomic<std::uint64_t> last{0};  // number of the newest event
  ParkedCounts parked_of;              // adds up to `parked`
};

// Where numbering stands. Advanced as rows are written, put back when their transaction fails, so numbers have no gaps.
struct Position {
  std::uint64_t seq = 0;     // last one given
  std::uint64_t stored = 0;  // bytes of all events so far
};

// Lives on the writer's thread once the queue is open.
class WriterState {
 public:
  Result<void> load(sqlite::Database& database);  // at open
  Position& next() { return next_; }
  // The number of a lane; a new one if the lane was never seen. A lane without host is its owner's lane "invalid":
  // `key` is changed.
  Result<core::LaneId> intern(sqlite::Database& database, core::LaneKey& key);
  // Every work reports what became of it: first all run() of a transaction, then all their done().
  void committed() {
    committed_ = next_;
    counters.last.store(next_.seq, std::memory_order_relaxed);
  }
  void undone();

  Counters counters;

 private:
  struct LaneHash {
    std::size_t operator()(const core::LaneKey& key) const;
  };
  Position next_, committed_;
  std::unordered_map<core::LaneKey, core::LaneId, LaneHash> lanes_;
};

// `state` must outlive the works.
std::unique_ptr<sqlite::Work> make_append(WriterState& state, std::vector<Accepted> events, Queue::OnAppended done);
std::unique_ptr<sqlite::Work> make_ack(WriterState& state, std::vector<DeliveryKey> keys, Queue::OnDone done);
std::unique_ptr<sqlite::Work> make_retry(WriterState& state, std::vector<Retry> retries, Queue::OnDone done);

}  // namespace fleethook::queue
