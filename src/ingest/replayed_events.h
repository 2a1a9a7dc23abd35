// Events of the log that a replay takes: those of its plan that fire the integration whose they are to be, as it is
// now, paused or not. What replays brought is none of it.
#pragma once
#include <cstddef>
#include <vector>

#include "base/result.h"
#include "core/integration.h"
#include "queue/log.h"
#include "store/catalog.h"
#include "store/replays.h"

namespace fleethook::ingest {

struct ReplayedEvents {
  core::IntegrationPtr integration;  // null: it is there no more, and nothing is to be taken
  std::vector<queue::Kept> events;   // oldest first
  core::EventSeq behind;             // where to go on
  bool all = false;                  // nothing is left to look at
};

// The next ones behind `behind` (none: from the first on), at most `limit`; looks at so many events, nearly. Blocking.
Result<ReplayedEvents> replayed_events(queue::Log& log,
                                       const store::Catalog& catalog,
                                       const store::ReplayPlan& plan,
                                       core::EventSeq behind,
                                       std::size_t limit,
                                       std::size_t look_max);

}  // namespace fleethook::ingest
