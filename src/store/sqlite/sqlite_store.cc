#include "store/sqlite/sqlite_store.h"

#include <future>
#include <utility>

#include "base/text.h"
#include "sqlite/rider.h"
#include "store/draft.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/catalog_load.h"
#include "store/sqlite/change_rows.h"
#include "store/sqlite/outage_rows.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {

SqliteStore::SqliteStore(sqlite::GroupWriter& writer,
                         const std::string& path,
                         const Clock& clock,
                         Random& random,
                         const Limits& limits,
                         const char* vfs,
                         crypto::Keyring keys)
    : writer_(writer),
      clock_(clock),
      random_(random),
      limits_(limits),
      keys_(std::make_shared<const crypto::Keyring>(std::move(keys))),
      readers_(path, vfs, keys_, random),
      // Microseconds: fewer commits than those happen between two starts.
      day_counters_(static_cast<std::uint64_t>(micros(clock.now()))),
      log_health_(writer, clock) {}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(sqlite::GroupWriter& writer,
                                                       const std::string& path,
                                                       const Clock& clock,
                                                       Random& random,
                                                       const Limits& limits,
                                                       const char* vfs,
                                                       crypto::Keyring keys) {
  std::unique_ptr<SqliteStore> store(new SqliteStore(writer, path, clock, random, limits, vfs, std::move(keys)));
  FLEETHOOK_CHECK(writer.run_and_wait([&](sqlite::Database& database) -> Result<void> {
    database.use_keys(store->keys_, random);
    return {};
  }));
  const Instant merged_since = clock.now() - kMergedShownFor;
  FLEETHOOK_TRY(CatalogPtr loaded, store->readers_.with([&](sqlite::Database& database) {
    return load_catalog(database, merged_since, *store->keys_);
  }));
  store->newest_ = loaded;
  store->publish(std::move(loaded));
  // Yesterday too: deliveries that ended before midnight may still be recorded.
  const std::int32_t first_day = utc_day(clock.now()) - 1;
  FLEETHOOK_CHECK(
      store->readers_.with([&](sqlite::Database& database) { return store->day_counters_.load(database, first_day); }));
  FLEETHOOK_CHECK(store->readers_.with([&](sqlite::Database& database) { return store->ended_.load(database); }));
  FLEETHOOK_TRY(const std::vector<Outage> lasting, store->readers_.with(read_open_outages));
  store->open_outages_.apply(lasting);
  return store;
}

Result<std::vector<Outage>> SqliteStore::outages(const OutageQuery& query) {
  return readers_.with([&](sqlite::Database& database) { return read_outages(database, query); });
}

// One command. Several may share a transaction, each computed on what the one before it made.
class SqliteStore::ChangeWork final : public sqlite::Work {
 public:
  ChangeWork(SqliteStore& store, RuleOnDraft rule)
      : store_(store), rule_(std::move(rule)), rider_(sqlite::Rider::waiting()) {}
  std::future<Result<void>> future() { return promise_.get_future(); }

  bool isolated() const override { return true; }
  const char* kind() const override { return "catalog"; }
  Result<void> run(sqlite::Database& database) override {
    TableNumbers numbers(database);
    Draft draft(*store_.newest_, {store_.clock_.now(), store_.random_, store_.limits_, numbers});
    FLEETHOOK_CHECK(rule_(draft));
    Draft::Made made = std::move(draft).finish();
    FLEETHOOK_CHECK(write_change(database, made.change, *store_.keys_, store_.random_));
    if (rider_ != nullptr) FLEETHOOK_CHECK(rider_->write(database));
    if (made.catalog != nullptr) store_.newest_ = made_ = std::move(made.catalog);
    return {};
  }
  void done(Result<void> result) override {
    if (made_ != nullptr) {
      // An error here undid the whole group, and with it what was computed on top: each of its commands comes by before
      // the next group.
      if (result.ok()) {
        store_.publish(std::move(made_));
      } else {
        store_.newest_ = store_.catalog();
      }
    }
    if (rider_ != nullptr) rider_->done(result.ok());
    promise_.set_value(std::move(result));
  }

 private:
  SqliteStore& store_;
  RuleOnDraft rule_;
  sqlite::Rider* const rider_;  // of the thread that waits for this; null = none
  CatalogPtr made_;
  std::promise<Result<void>> promise_;
};

Result<void> SqliteStore::run(RuleOnDraft rule) {
  auto work = std::make_unique<ChangeWork>(*this, std::move(rule));
  auto future = work->future();
  writer_.submit(std::move(work));
  return future.get();
}

Result<std::vector<AuditEntry>> SqliteStore::audit(const AuditQuery& query) {
  return readers_.with([&](sqlite::Database& database) { return read_audit(database, query); });
}

}  // namespace fleethook::store
