// Brings parked deliveries back in small transactions.
#pragma once
#include <functional>
#include <memory>

#include "queue/sqlite/writes.h"

namespace fleethook::queue {

// As WaitingRoom::release. `state` must outlive the work; `done` runs on the writer's thread.
std::unique_ptr<sqlite::Work> make_release(WriterState& state,
                                           const core::PlacementKey& placement,
                                           std::size_t limit,
                                           WaitingRoom::OnReleased done);

}  // namespace fleethook::queue
