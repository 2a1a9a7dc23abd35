// Gets committed events to their receivers. One dispatcher per loop; it owns the lanes whose number falls to it (lane %
// shards) and everything in them: connections, the window of deliveries in memory, retries to come. What does not fit
// the window waits on disk and is loaded when there is room, so a dead receiver costs disk, not memory, and never
// another lane's time.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/loop.h"
#include "base/random.h"
#include "core/compiled_integration.h"
#include "core/lane_key.h"
#include "core/retry_policy.h"
#include "http/transport.h"
#include "metrics/registry.h"
#include "queue/queue.h"
#include "store/store.h"

namespace fleethook::delivery {

// What a dispatcher is given. All references outlive it.
struct Surroundings {
  Loop& loop;
  queue::Queue& queue;
  store::Store& store;  // catalog() and record() only: both are safe on a loop
  http::Transport& transport;
  Random& random;  // used on the loop only
  metrics::Registry& metrics;
  Limits limits;
  core::RetrySettings retry;
  std::uint32_t shard = 0, shards = 1;

  // Events made by deliveries of `cause`, for streams; `seq` is its number in the queue, 0 when it was never there.
  // `streams_wanted` is asked first, so that nothing is built when nobody listens.
  std::function<bool()> streams_wanted;
  std::function<void(const core::EventPtr& cause, core::EventSeq seq, std::vector<core::Event>)> publish;
  // A version that is no longer the current one, from the store off the loop; `done` is posted to the loop.
  std::function<void(
      core::IntegrationNumber, std::uint32_t version, std::function<void(Result<core::IntegrationPtr>)> done)>
      load_version;
};

// What a test request came to (POST .../test).
struct TestResult {
  bool pass = false;
  std::string data;                  // the receiver's answer
  std::string error;                 // when !pass
  std::vector<std::string> notes{};  // see store::Exchange
};

// One lane as people see it.
struct LaneView {
  core::LaneKey key;
  std::size_t in_memory = 0;  // deliveries of it in memory, those under way included
  std::size_t in_flight = 0;  // attempts under way
  std::size_t connections = 0;
  bool more_on_disk = false;
  std::optional<Instant> due_at;  // of the earliest retry; nullopt = none is waiting
};

// Lives on its loop. stop() must have finished before it is destroyed.
class Dispatcher {
 public:
  explicit Dispatcher(Surroundings surroundings);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;

  // Lanes found on disk at start; those of other shards are ignored.
  void recover(const std::vector<queue::LaneState>& lanes);
  // Events just committed; deliveries of other shards' lanes are ignored.
  void enqueue(const std::shared_ptr<const std::vector<queue::Accepted>>& committed);
  // What Queue::release() brought back; lanes of other shards are ignored.
  void released(const std::vector<queue::LaneState>& lanes);
  // Something that waits of these integrations (ascending) is to end: it ends, in memory and on disk.
  void end(const std::vector<core::IntegrationNumber>& of);
  // One real attempt now, outside the queue: no retries; counted and logged as an outcome of `event.product`.
  void test(core::IntegrationPtr integration, core::Event event, std::function<void(TestResult)> done);
  // Starts nothing new, gives attempts under way until `deadline`, then cuts them (they stay in the queue). `stopped`
  // runs on the loop when the last one and its record are done.
  void stop(Deadline deadline, std::function<void()> stopped);

  struct Stats {
    std::size_t lanes = 0, in_flight = 0, in_memory = 0, connections = 0;
  };
  Stats stats() const;
  // At most `limit` of its lanes, those with the most deliveries in memory first.
  std::vector<LaneView> lanes(std::size_t limit) const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fleethook::delivery
