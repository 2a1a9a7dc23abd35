// The hot path: what became of deliveries, written in groups.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/sqlite/history_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

std::span<const std::uint8_t> blob(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::uint64_t& count_of(Counts& counts, core::OutcomeKind kind) {
  switch (kind) {
    case core::OutcomeKind::kSuccess: return counts.success;
    case core::OutcomeKind::kError: return counts.error;
    case core::OutcomeKind::kSleep: break;
  }
  return counts.sleep;
}

Result<void> insert_outcome(Statement& statement, const Outcome& outcome) {
  const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  return statement.bind(1, number(outcome.integration.value))
      .bind(2, number(outcome.event.value))
      .bind(3, number(outcome.product.value))
      .bind(4, number(static_cast<std::uint64_t>(outcome.kind)))
      .bind(5, std::int64_t{outcome.status})
      .bind(6, number(outcome.attempts))
      .bind(7, number(outcome.version))
      .bind(8, micros(outcome.at))
      .bind(9, outcome.took.count())
      .run();
}

Result<void> insert_exchange(Statement& statement, const Exchange& exchange) {
  const std::string request_headers = headers_text(exchange.request_headers);
  const std::string response_headers = headers_text(exchange.response_headers);
  statement.bind(1, static_cast<std::int64_t>(exchange.integration.value))
      .bind(2, static_cast<std::int64_t>(exchange.product.value))
      .bind(3, std::int64_t{exchange.success})
      .bind(4, micros(exchange.at))
      .bind(5, std::int64_t{exchange.version})
      .bind(6, std::int64_t{exchange.attempt})
      .bind(7, exchange.took.count())
      .bind_text(8, exchange.method)
      .bind_text(9, exchange.url)
      .bind_text(10, request_headers)
      .bind_blob(11, blob(exchange.request_body))
      .bind(12, std::int64_t{exchange.status})
      .bind_text(13, response_headers)
      .bind_blob(14, blob(exchange.response_body))
      .bind_text(15, exchange.error);
  bind_event(statement, 16, *exchange.event);
  return statement.run();
}

Result<void> insert_dead_letter(Statement& statement, const DeadLetter& letter) {
  statement.bind(1, static_cast<std::int64_t>(letter.integration.value))
      .bind(2, static_cast<std::int64_t>(letter.event_seq.value))
      .bind(3, static_cast<std::int64_t>(letter.product.value))
      .bind(4, std::int64_t{letter.version})
      .bind(5, std::int64_t{letter.attempts})
      .bind(6, std::int64_t{letter.status})
      .bind(7, micros(letter.at))
      .bind_text(8, letter.reason);
  bind_event(statement, 9, *letter.event);
  return statement.run();
}

// Not isolated: a savepoint would make SQLite keep a copy of every page that the group touches.
class RecordWork final : public sqlite::Work {
 public:
  RecordWork(HistoryBatch batch, History::OnRecorded done, DayCounters& day_counters)
      : batch_(std::move(batch)), done_(std::move(done)), day_counters_(day_counters) {}

  Result<void> run(Database& database) override {
    FLEETHOOK_CHECK(write_outcomes(database));
    FLEETHOOK_CHECK(write_counters(database));
    if (!batch_.exchanges.empty()) FLEETHOOK_CHECK(write_exchanges(database));
    if (!batch_.dead_letters.empty()) FLEETHOOK_CHECK(write_dead_letters(database));
    return {};
  }

  void done(Result<void> result) override {
    if (result.ok()) day_counters_.add(changes_);
    done_(std::move(result));
  }

 private:
  // In the order of the table, so that neighbours are written together and the outcomes of one row of counters are in one run.
  void sort_outcomes() {
    const auto before = [](const Outcome& a, const Outcome& b) {
      if (a.integration != b.integration) return a.integration < b.integration;
      if (a.product != b.product) return a.product < b.product;
      return a.event < b.event;
    };
    if (!std::is_sorted(batch_.outcomes.begin(), batch_.outcomes.end(), before)) {
      std::sort(batch_.outcomes.begin(), batch_.outcomes.end(), before);
    }
  }

  Result<void> write_outcomes(Database& database) {
    changes_.clear();
    if (batch_.outcomes.empty()) return {};
    sort_outcomes();
    FLEETHOOK_TRY(Statement insert,
                  database.prepare("INSERT OR IGNORE INTO outcome(integration, event, product, kind, status, attempts, version, at, took) "
                                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
    for (const Outcome& outcome : batch_.outcomes) {
      FLEETHOOK_CHECK(insert_outcome(insert, outcome));
      if (database.changes() > 0) count(outcome);
    }
    return {};
  }

  void count(const Outcome& outcome) {
    const std::int32_t day = utc_day(outcome.at);
    const bool same = !changes_.empty() && changes_.back().integration == outcome.integration &&
                      changes_.back().product == outcome.product && changes_.back().day == day;
    if (!same) changes_.push_back({outcome.integration, outcome.product, day, {}});
    ++count_of(changes_.back().counts, outcome.kind);
  }

  Result<void> write_counters(Database& database) {
    if (changes_.empty()) return {};
    FLEETHOOK_TRY(Statement upsert,
                  database.prepare("INSERT INTO counters(integration, day, product, success, error, sleep) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
                                   "ON CONFLICT(integration, day, product) DO UPDATE SET success = success + excluded.success, "
                                   "error = error + excluded.error, sleep = sleep + excluded.sleep"));
    for (const CounterChange& change : changes_) {
      upsert.bind(1, static_cast<std::int64_t>(change.integration.value))
          .bind(2, std::int64_t{change.day})
          .bind(3, static_cast<std::int64_t>(change.product.value))
          .bind(4, static_cast<std::int64_t>(change.counts.success))
          .bind(5, static_cast<std::int64_t>(change.counts.error))
          .bind(6, static_cast<std::int64_t>(change.counts.sleep));
      FLEETHOOK_CHECK(upsert.run());
    }
    return {};
  }

  Result<void> write_exchanges(Database& database) {
    FLEETHOOK_TRY(Statement insert,
                  database.prepare("INSERT INTO exchange(integration, product, success, at, version, attempt, took, method, url, "
                                   "request_headers, request_body, status, response_headers, response_body, error, event_id, "
                                   "event_product, event_owner, event_name, event_data, event_publisher, event_published_at, event_ttl, "
                                   "event_public, event_origin, event_hops, event_product_version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                                   "?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)"));
    for (const Exchange& exchange : batch_.exchanges) FLEETHOOK_CHECK(insert_exchange(insert, exchange));
    return {};
  }

  Result<void> write_dead_letters(Database& database) {
    FLEETHOOK_TRY(Statement insert,
                  database.prepare("INSERT OR REPLACE INTO dead_letter(integration, event, product, version, attempts, status, at, reason, "
                                   "event_id, event_product, event_owner, event_name, event_data, event_publisher, event_published_at, "
                                   "event_ttl, event_public, event_origin, event_hops, event_product_version) VALUES (?1, ?2, ?3, ?4, ?5, "
                                   "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"));
    for (const DeadLetter& letter : batch_.dead_letters) FLEETHOOK_CHECK(insert_dead_letter(insert, letter));
    return {};
  }

  HistoryBatch batch_;
  History::OnRecorded done_;
  DayCounters& day_counters_;
  std::vector<CounterChange> changes_;
};

}  // namespace

void SqliteStore::record(HistoryBatch batch, OnRecorded done) {
  writer_.submit(std::make_unique<RecordWork>(std::move(batch), std::move(done), day_counters_));
}

}  // namespace fleethook::store
