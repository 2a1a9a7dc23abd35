// Drops old events in small transactions.
#pragma once
#include <functional>
#include <memory>

#include "queue/sqlite/reads.h"
#include "queue/sqlite/writes.h"

namespace fleethook::queue {

// One step: deletes the oldest events before `limits`, at most a few hundred. `done` runs on the writer's thread with
// whether there may be more to do.
std::unique_ptr<sqlite::Work> make_prune_step(WriterState& state,
                                              PruneLimits limits,
                                              Instant before,
                                              std::function<void(Result<bool> more)> done);

}  // namespace fleethook::queue
