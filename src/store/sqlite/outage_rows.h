// Rows of outages: see store/outages.h.
#pragma once
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"
#include "store/outages.h"

namespace fleethook::store {

// On the writer's thread. Gives those that began and are new their ids.
Result<void> write_outages(sqlite::Database& database, std::vector<Outage>& recorded);
// Those that last.
Result<std::vector<Outage>> read_open_outages(sqlite::Database& database);
Result<std::vector<Outage>> read_outages(sqlite::Database& database, const OutageQuery& query);
// Those that ended before go.
Result<void> prune_outages(sqlite::Database& database, Instant before);

}  // namespace fleethook::store
