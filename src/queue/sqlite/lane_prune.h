// Forgets destinations that nothing waits for.
#pragma once
#include <cstddef>
#include <functional>

#include "queue/sqlite/prune.h"

namespace fleethook::queue {

// When there are more than this many rows of lanes, those that no delivery refers to go, in small steps. An owner may
// name a new host with each event.
inline constexpr std::size_t kLanesKept = 16'384;

// `done` runs on the writer's thread, or on the reader's.
void prune_lanes(const PruneTools& tools, std::function<void(Result<void>)> done);

}  // namespace fleethook::queue
