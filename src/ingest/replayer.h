// Carries replays out: walks through the dead letters of each running one, or through the events that it takes, from
// the oldest on, at its rate, and accepts their events again, each for the one integration that it is meant for.
// Nothing matches them a second time, and no stream shows them.
//
//   look --> replays that run --> for each: prepare a portion --> Log::append_once --> note the step --> next
//    ^        (pool, store)                  (pool, store)          (the queue)         (pool, store)     |
//    +----------------------------------- after a while, or wake() <--------------------------------------+
//
// After a crash between the commit and its note the same portion is prepared again: the queue knows it by its key and
// tells where it ended. Live traffic comes first: of one replay no more waits than it accepts in some seconds, so what
// is published meanwhile stands behind little, and a receiver that fails stops it.
#pragma once
#include <functional>
#include <memory>

#include "base/limits.h"
#include "base/loop.h"
#include "metrics/registry.h"
#include "queue/log.h"
#include "store/store.h"

namespace fleethook::ingest {

// Lives on its loop; one of an installation. stop() must have finished before it is destroyed.
class Replayer {
 public:
  // All references outlive it.
  struct Surroundings {
    Loop& loop;
    queue::Log& log;
    store::FleetStore& store;
    metrics::Registry& metrics;
    const Limits& limits;
    std::function<void(std::function<void()>)> on_pool;  // runs a task that may block on the store
  };
  explicit Replayer(Surroundings surroundings);
  ~Replayer();
  Replayer(const Replayer&) = delete;

  // Goes on with what was running.
  void start();
  // A replay was made, or goes on. On the loop.
  void wake();
  // `stopped` runs on the loop when nothing of it is under way. What is left goes on after the next start.
  void stop(std::function<void()> stopped);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fleethook::ingest
