// Drops old events in small transactions.
#pragma once
#include <functional>
#include <utility>

#include "queue/queue.h"
#include "queue/sqlite/reader_thread.h"
#include "queue/sqlite/writes.h"
#include "sqlite/group_writer.h"

namespace fleethook::queue {

// What a run of pruning works with; all of it outlives the run.
struct PruneTools {
  WriterState& state;
  sqlite::GroupWriter& writer;
  ReaderThread& reader;
  const std::atomic<bool>& closing;  // it ends early then
};

// One step of a run, on the writer's thread. Isolated: a bad page among old rows must not fail those who publish.
class PruneStep final : public sqlite::Work {
 public:
  using Run = std::function<Result<void>(sqlite::Database&)>;
  using Done = std::function<void(Result<void>)>;
  PruneStep(Run run, Done done) : run_(std::move(run)), done_(std::move(done)) {}
  bool isolated() const override { return true; }
  const char* kind() const override { return "prune"; }
  Result<void> run(sqlite::Database& database) override { return run_(database); }
  void done(Result<void> result) override { done_(std::move(result)); }

 private:
  Run run_;
  Done done_;
};

// As Queue::prune. `done` runs on the writer's thread, or on the reader's.
void prune(const PruneTools& tools,
           const Timeline::Older& old,
           std::uint64_t bytes_max,
           std::function<void(Result<void>)> done);

}  // namespace fleethook::queue
