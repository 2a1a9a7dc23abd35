// Drops old events in small transactions.
#pragma once
#include <functional>

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

// As Queue::prune. `done` runs on the writer's thread, or on the reader's.
void prune(const PruneTools& tools,
           const Timeline::Older& old,
           std::uint64_t bytes_max,
           std::function<void(Result<void>)> done);

}  // namespace fleethook::queue
