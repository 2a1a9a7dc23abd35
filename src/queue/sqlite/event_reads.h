// Events read back: one by its id, and those that somebody searches. Functions over a connection.
#pragma once
#include <vector>

#include "queue/queue.h"
#include "sqlite/database.h"

namespace fleethook::queue {

// As Log::event. In each stretch that is in order two searches by halves for what was accepted around the time in the
// id, then a scan of it; of the others the newest events are looked at one by one.
Result<Kept> read_event_by_id(sqlite::Database& database,
                              const core::EventId& id,
                              const std::vector<Timeline::Stretch>& stretches);
Instant time_in(const core::EventId& id);

// As Log::search, of one moment. Passes over the blocks whose digest (event_digest.h) says that nothing fits.
Result<FoundEvents> search_events(sqlite::Database& database, const EventQuery& query, const EventPage& page);

}  // namespace fleethook::queue
