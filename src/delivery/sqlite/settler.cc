#include "delivery/sqlite/settler.h"

#include <string>
#include <utility>

namespace fleethook::delivery {

void SqliteSettler::settle(Settlement settlement, OnSettled done) {
  auto beside = settlement.over.empty() ? nullptr : queue_.ack_work(std::move(settlement.over));
  store_.record_with(std::move(settlement.history), std::move(beside), std::move(done));
}

Balance SqliteSettler::balance() const {
  Balance balance;
  store_.between_settlements([&] {
    const store::Ended ended = store_.ended();
    const queue::QueueStats stats = queue_.stats();
    balance = {stats.created + ended.tests, ended.counts, stats.ready + stats.retries, stats.parked};
  });
  return balance;
}

namespace {

Result<bool> has_column(sqlite::Database& database, const char* table, const char* column) {
  FLEETHOOK_TRY(auto row, database.prepare("SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2"));
  return row.bind_text(1, table).bind_text(2, column).step();
}

}  // namespace

Result<void> end_what_was_recorded(sqlite::Database& database) {
  FLEETHOOK_TRY(const bool counted, has_column(database, "event", "created"));
  if (counted) return {};
  for (const char* table : {"ready", "retry", "parked"}) {
    FLEETHOOK_TRY(const bool there, has_column(database, table, "event"));
    if (!there) continue;
    FLEETHOOK_CHECK(database.execute((std::string("DELETE FROM ") + table +
                                      " WHERE EXISTS (SELECT 1 FROM numbered_outcome o WHERE o.event = " + table +
                                      ".event AND o.integration = " + table + ".integration)")
                                         .c_str()));
  }
  return {};
}

}  // namespace fleethook::delivery
