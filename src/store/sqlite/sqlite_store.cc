#include "store/sqlite/sqlite_store.h"

#include <utility>

#include "base/text.h"
#include "store/sqlite/catalog_load.h"

namespace fleethook::store {

SqliteStore::SqliteStore(sqlite::GroupWriter& writer, const std::string& path, const Clock& clock, Random& random,
                         const Limits& limits, const char* vfs)
    : writer_(writer), clock_(clock), random_(random), limits_(limits), readers_(path, vfs) {}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(sqlite::GroupWriter& writer, const std::string& path, const Clock& clock,
                                                       Random& random, const Limits& limits, const char* vfs) {
  std::unique_ptr<SqliteStore> store(new SqliteStore(writer, path, clock, random, limits, vfs));
  FLEETHOOK_TRY(CatalogPtr loaded, store->readers_.with([](sqlite::Database& database) { return load_catalog(database); }));
  store->published_.store(std::move(loaded));
  // Yesterday too: deliveries that ended before midnight may still be recorded.
  const std::int32_t first_day = utc_day(clock.now()) - 1;
  FLEETHOOK_CHECK(store->readers_.with([&](sqlite::Database& database) { return store->day_counters_.load(database, first_day); }));
  return store;
}

Result<void> SqliteStore::change(Change make) {
  CatalogPtr next;
  return writer_.run_and_wait(
      [&](sqlite::Database& database) -> Result<void> {
        CatalogEditor editor(*published_.load());
        FLEETHOOK_CHECK(make(database, editor));
        if (editor.changed()) next = std::move(editor).finish();
        return {};
      },
      // A command with such a callback ends its group, so the next one is computed on what this one published.
      [&] {
        if (next != nullptr) published_.store(std::move(next), std::memory_order_release);
      });
}

}  // namespace fleethook::store
