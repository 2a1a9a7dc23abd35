// Deliveries end in one transaction, since the embedded store and queue share a file and its writer.
#pragma once
#include "delivery/settler.h"
#include "queue/sqlite/sqlite_queue.h"
#include "sqlite/database.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::delivery {

// Thread-safe. Both outlive it, and have the same writer.
class SqliteSettler final : public Settler {
 public:
  SqliteSettler(store::SqliteStore& store, queue::SqliteQueue& queue) : store_(store), queue_(queue) {}
  void settle(Settlement settlement, OnSettled done) override;
  Balance balance() const override;

 private:
  store::SqliteStore& store_;
  queue::SqliteQueue& queue_;
};

// Ends what an earlier version had recorded and not yet acknowledged when it stopped: these were two transactions. Call
// it when the store's tables are up to date and the queue's are not yet; looks only where deliveries were not counted
// so far.
Result<void> end_what_was_recorded(sqlite::Database& database);

}  // namespace fleethook::delivery
