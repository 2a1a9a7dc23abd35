// The hot path: what became of deliveries, written in groups.
#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "store/sqlite/counter_rows.h"
#include "store/sqlite/history_rows.h"
#include "store/sqlite/outage_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

std::span<const std::uint8_t> blob(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

// Rows of one INSERT. Several at a time halve the cost of a row (1.2 us to 0.6 us): entering and leaving a statement is
// the other half.
constexpr std::size_t kRowsAtOnce = 8;
constexpr int kOutcomeColumns = 12;
#define FLEETHOOK_OUTCOME_INSERT                                                                                       \
  "INSERT OR FAIL INTO outcome(event, integration, replay, product, kind, status, attempts, version, at, took, test, " \
  "error) VALUES "
#define FLEETHOOK_OUTCOME_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define FLEETHOOK_OUTCOME_ROWS_4 \
  FLEETHOOK_OUTCOME_ROW ", " FLEETHOOK_OUTCOME_ROW ", " FLEETHOOK_OUTCOME_ROW ", " FLEETHOOK_OUTCOME_ROW
constexpr const char* kInsertOne = FLEETHOOK_OUTCOME_INSERT FLEETHOOK_OUTCOME_ROW;
constexpr const char* kInsertEight = FLEETHOOK_OUTCOME_INSERT FLEETHOOK_OUTCOME_ROWS_4 ", " FLEETHOOK_OUTCOME_ROWS_4;

// `outcome` must live until the statement has run.
void bind_outcome(Statement& statement, int position, const Outcome& outcome) {
  const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  statement.bind_blob(position, outcome.event.bytes)
      .bind(position + 1, number(outcome.integration.value))
      .bind(position + 2, number(outcome.replay))
      .bind(position + 3, number(outcome.product.value))
      .bind(position + 4, number(static_cast<std::uint64_t>(outcome.kind)))
      .bind(position + 5, std::int64_t{outcome.status})
      .bind(position + 6, number(outcome.attempts))
      .bind(position + 7, number(outcome.version))
      .bind(position + 8, micros(outcome.at))
      .bind(position + 9, outcome.took.count())
      .bind(position + 10, std::int64_t{outcome.test})
      .bind(position + 11, number(static_cast<std::uint64_t>(outcome.error)));
}

// What a row takes beside its texts, about.
constexpr std::size_t kRowBytes = 256;

std::size_t bytes_of(const core::Event& event) {
  return kRowBytes + event.name.size() + (event.data ? event.data->size() : 0);
}

// What the last row of a table with `stored` says.
struct LastRow {
  std::int64_t id = 0, stored = 0;
};
Result<LastRow> last_row(Database& database, const char* text) {
  LastRow last;
  FLEETHOOK_CHECK(sql::for_each(database, text, [&](const Statement& row) -> Result<void> {
    last = {row.column_int(0), row.column_int(1)};
    return {};
  }));
  return last;
}

// Adds its bytes to `stored`.
Result<void> insert_exchange(Statement& statement, const Exchange& exchange, std::int64_t& stored) {
  const std::string request_headers = headers_text(exchange.request_headers);
  const std::string response_headers = headers_text(exchange.response_headers);
  const std::string notes = lines_text(exchange.notes);
  stored += static_cast<std::int64_t>(bytes_of(*exchange.event) + exchange.url.size() + request_headers.size() +
                                      exchange.request_body.size() + response_headers.size() +
                                      exchange.response_body.size() + exchange.error.size() + notes.size());
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
      .bind_text(15, exchange.error)
      .bind_text(16, notes);
  statement.bind(17, stored);
  bind_event(statement, 18, *exchange.event);
  statement.bind(32, static_cast<std::int64_t>(exchange.error_class)).bind(33, std::int64_t{exchange.event->replay});
  return statement.run();
}

// Ids rise with time as well, so that one whose letter is gone is not given again.
Result<void> insert_dead_letter(Statement& statement, const DeadLetter& letter, LastRow& last) {
  last.stored += static_cast<std::int64_t>(bytes_of(*letter.event) + letter.reason.size());
  last.id = std::max(last.id + 1, micros(letter.at));
  statement.bind(1, static_cast<std::int64_t>(letter.integration.value))
      .bind(2, std::int64_t{letter.replay})
      .bind(3, static_cast<std::int64_t>(letter.product.value))
      .bind(4, std::int64_t{letter.version})
      .bind(5, std::int64_t{letter.attempts})
      .bind(6, std::int64_t{letter.status})
      .bind(7, micros(letter.at))
      .bind_text(8, letter.reason)
      .bind(9, last.stored)
      .bind(10, last.id)
      .bind(11, static_cast<std::int64_t>(letter.error));
  bind_event(statement, 12, *letter.event);
  return statement.run();
}

// Everything that was recorded until its turn came, as one batch: under load a row of counters is written once for a
// group, not once for a batch. Not isolated: a savepoint would make SQLite keep a copy of every page that the group
// touches.
class RecordWork final : public sqlite::Work {
 public:
  RecordWork(RecordInbox& inbox,
             DayCounters& day_counters,
             EndedCount& ended,
             OpenOutages& outages,
             LogHealth& log_health,
             const Limits& limits)
      : inbox_(inbox),
        day_counters_(day_counters),
        ended_(ended),
        outages_(outages),
        log_health_(log_health),
        limits_(limits) {}

  const char* kind() const override { return "outcomes"; }
  bool may_be_isolated() const override { return true; }
  std::size_t rows() const override { return inbox_.rows(); }
  Result<void> run(Database& database) override {
    contents_ = inbox_.take();
    FLEETHOOK_CHECK(write_outcomes(database));
    FLEETHOOK_CHECK(add_to_counters(database, changes_));
    FLEETHOOK_CHECK(add_to_traffic(database, traffic_, limits_));
    FLEETHOOK_CHECK(write_ended(database));
    FLEETHOOK_CHECK(write_replays(database));
    if (!contents_.batch.dead_letters.empty()) FLEETHOOK_CHECK(write_dead_letters(database));
    if (!contents_.batch.outages.empty()) FLEETHOOK_CHECK(write_outages(database, contents_.batch.outages));
    if (!contents_.batch.exchanges.empty()) FLEETHOOK_CHECK(log_exchanges(database));
    for (const auto& work : contents_.beside) FLEETHOOK_CHECK(work->run(database));
    return {};
  }

  void done(Result<void> result) override {
    if (contents_.waiting.empty()) contents_ = inbox_.take();  // the group failed before our turn
    {
      const std::lock_guard lock(ended_.settling());
      if (result.ok()) {
        day_counters_.add(changes_);
        outages_.apply(contents_.batch.outages);
        ended_.set(now_ended_);
      }
      for (const auto& work : contents_.beside) work->done(result);
    }
    for (const History::OnRecorded& each : contents_.waiting) {
      if (each) each(result);
    }
  }

 private:
  // In the order of the table, whose end is where new events are: neighbours are written together, whatever their
  // integrations. Of one outcome given twice the first stays ahead. Ids of one millisecond are in no order, so there is
  // something to sort as a rule: it is done on places, for an outcome is 200 bytes with texts in it.
  std::vector<const Outcome*> in_order() const {
    std::vector<const Outcome*> order;
    order.reserve(contents_.batch.outcomes.size());
    for (const Outcome& outcome : contents_.batch.outcomes) order.push_back(&outcome);
    std::ranges::sort(order, [](const Outcome* a, const Outcome* b) {
      return std::tie(a->event, a->integration, a->replay, a) < std::tie(b->event, b->integration, b->replay, b);
    });
    return order;
  }

  Result<void> write_outcomes(Database& database) {
    now_ended_ = ended_.get();  // of one group there is one RecordWork, so nothing is being added to it
    if (contents_.batch.outcomes.empty()) return {};
    FLEETHOOK_TRY(Statement one, database.prepare(kInsertOne));
    FLEETHOOK_TRY(Statement eight, database.prepare(kInsertEight));
    const std::vector<const Outcome*> order = in_order();
    const std::span<const Outcome* const> all(order);
    for (std::size_t at = 0; at < all.size();) {
      const auto rows = all.subspan(at, all.size() - at < kRowsAtOnce ? 1 : kRowsAtOnce);
      FLEETHOOK_TRY(const std::size_t inserted, insert(database, rows.size() == 1 ? one : eight, rows));
      for (const Outcome* outcome : rows.first(inserted)) count(*outcome);
      at += inserted;
      if (inserted < rows.size()) ++at;  // the one that was there already
    }
    merge_changes();
    return {};
  }

  Result<void> write_ended(Database& database) {
    if (changes_.empty()) return {};
    const Counts& counts = now_ended_.counts;
    return sql::run(database,
                    "UPDATE ended SET success = ?1, error = ?2, sleep = ?3, cancelled = ?4, tests = ?5 WHERE id = 1",
                    counts.success, counts.error, counts.sleep, counts.cancelled, now_ended_.tests);
  }

  Result<void> write_replays(Database& database) {
    for (const auto& [number, counts] : replays_) {
      FLEETHOOK_CHECK(sql::run(database,
                               "UPDATE replay SET success = success + ?2, error = error + ?3, sleep = sleep + ?4, "
                               "cancelled = cancelled + ?5 WHERE number = ?1",
                               number, counts.success, counts.error, counts.sleep, counts.cancelled));
    }
    return {};
  }

  // How many went in, from the first on: FAIL stops at the first that was recorded before and keeps those ahead of it.
  static Result<std::size_t> insert(Database& database, Statement& statement, std::span<const Outcome* const> rows) {
    int position = 1;
    for (const Outcome* outcome : rows) {
      bind_outcome(statement, position, *outcome);
      position += kOutcomeColumns;
    }
    auto result = statement.run();
    if (result.ok()) return rows.size();
    if (result.error().fault != Fault::kConflict) return std::move(result).error();
    return static_cast<std::size_t>(database.changes());
  }

  // Events of a few products come in turn: the change to add to is among the last ones as a rule, which leaves little
  // to sort and merge.
  template <class Change, class Same>
  static Change* recent(std::vector<Change>& changes, const Same& same) {
    constexpr std::size_t kLookBack = 8;
    for (std::size_t i = 0; i < std::min(kLookBack, changes.size()); ++i) {
      Change& change = changes[changes.size() - 1 - i];
      if (same(change)) return &change;
    }
    return nullptr;
  }

  void count(const Outcome& outcome) {
    now_ended_.add(outcome);
    if (outcome.replay != 0) ++replays_[outcome.replay].of(outcome.kind);
    const CounterKey key{hour_of(outcome.at), outcome.integration, outcome.product, outcome.version};
    CounterChange* change = recent(changes_, [&](const CounterChange& other) { return other.key == key; });
    if (change == nullptr) change = &changes_.emplace_back(CounterChange{key, {}});
    ++change->counts.of(outcome.kind);
    if (outcome.kind == core::OutcomeKind::kSuccess) change->last += {.success = outcome.at};
    if (outcome.kind == core::OutcomeKind::kError) change->last += {.error = outcome.at};
    if (!outcome.product.is_none()) count_traffic(outcome);
  }

  void count_traffic(const Outcome& outcome) {
    const TrafficKey key{minute_of(outcome.at), outcome.product, DeviceKind::of(outcome.device, limits_)};
    TrafficChange* change = recent(traffic_, [&](const TrafficChange& other) { return other.key == key; });
    if (change == nullptr) change = &traffic_.emplace_back(TrafficChange{key, {}});
    ++change->counts.of(outcome.kind);
  }

  // One change for each row, in the order of the table.
  template <class Change, class Key>
  static void merge(std::vector<Change>& changes, const Key& key) {
    if (changes.empty()) return;
    std::ranges::sort(changes, {}, key);
    std::size_t last = 0;
    for (std::size_t i = 1; i < changes.size(); ++i) {
      if (key(changes[i]) == key(changes[last])) {
        changes[last].add(changes[i]);
      } else if (++last != i) {
        changes[last] = changes[i];
      }
    }
    changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(last) + 1, changes.end());
  }

  void merge_changes() {
    merge(changes_, [](const CounterChange& change) { return change.key; });
    merge(traffic_, [](const TrafficChange& change) { return change.key; });
  }

  // What became of deliveries matters more than their requests: when these cannot be logged they are left out. An error
  // only when SQLite has undone everything for it; then the next ones are left out without a try, so that the same
  // outcomes come through.
  Result<void> log_exchanges(Database& database) {
    if (!log_health_.may_try()) return {};
    FLEETHOOK_CHECK(sql::run(database, "SAVEPOINT log"));
    auto written = write_exchanges(database);
    log_health_.tried(written, contents_.batch.exchanges.size());
    if (!database.in_transaction()) return written;
    if (!written.ok()) FLEETHOOK_CHECK(sql::run(database, "ROLLBACK TO log"));
    return sql::run(database, "RELEASE log");
  }

  Result<void> write_exchanges(Database& database) {
    FLEETHOOK_TRY(
        Statement insert,
        database.prepare("INSERT INTO exchange(integration, product, success, at, version, attempt, took, method, url, "
                         "request_headers, request_body, status, response_headers, response_body, "
                         "error, notes, stored, " FLEETHOOK_HISTORY_EVENT_COLUMNS
                         ", error_class, replay) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
                         "?15, ?16, ?17, ?18, ?19, ?20, ?21, "
                         "?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33)"));
    FLEETHOOK_TRY(const auto last, sql::first_number(database, "SELECT stored FROM exchange ORDER BY id DESC LIMIT 1"));
    std::int64_t stored = last.value_or(0);
    for (const Exchange& exchange : contents_.batch.exchanges)
      FLEETHOOK_CHECK(insert_exchange(insert, exchange, stored));
    return {};
  }

  // What turned out to have been delivered before a crash is none.
  Result<void> write_dead_letters(Database& database) {
    FLEETHOOK_TRY(
        Statement insert,
        database.prepare(
            "INSERT OR REPLACE INTO dead_letter(integration, replay, product, version, attempts, status, at, "
            "reason, stored, id, error, " FLEETHOOK_HISTORY_EVENT_COLUMNS
            ", owner) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
            "?20, ?21, ?22, ?23, ?24, ?25, "
            "(SELECT coalesce(organization, user) FROM integration WHERE number = ?1) "
            "WHERE NOT EXISTS (SELECT 1 FROM outcome WHERE event = ?12 AND integration = ?1 AND replay = ?2 AND kind = "
            "0)"));
    FLEETHOOK_TRY(LastRow last, last_row(database, "SELECT id, stored FROM dead_letter ORDER BY id DESC LIMIT 1"));
    for (const DeadLetter& letter : contents_.batch.dead_letters)
      FLEETHOOK_CHECK(insert_dead_letter(insert, letter, last));
    return {};
  }

  RecordInbox& inbox_;
  DayCounters& day_counters_;
  EndedCount& ended_;
  OpenOutages& outages_;
  LogHealth& log_health_;
  const Limits& limits_;
  RecordInbox::Contents contents_;
  Ended now_ended_;  // with these, once they are committed
  std::vector<CounterChange> changes_;
  std::vector<TrafficChange> traffic_;
  std::map<std::uint32_t, Counts> replays_;  // by their numbers
};

}  // namespace

void LogHealth::tried(const Result<void>& result, std::size_t requests) {
  if (result.ok() && delay_ == Duration::zero()) return;
  writer_.note(kKind, result);
  if (result.ok()) {
    delay_ = {};
    log::info("history.logs_again");
    return;
  }
  if (delay_ == Duration::zero())
    log::warn("history.not_logged", {{"reason", result.error().message}, {"requests", requests}});
  delay_ = std::clamp(delay_ * 2, kDelayMin, kDelayMax);
  not_before_ = clock_.steady() + delay_;
}

bool RecordInbox::put(HistoryBatch batch, std::unique_ptr<sqlite::Work> beside, History::OnRecorded done) {
  const auto append = [](auto& to, auto& from) {
    if (to.empty()) {
      to = std::move(from);
    } else {
      to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    }
  };
  const std::lock_guard lock(mutex_);
  rows_ += batch.outcomes.size() + batch.exchanges.size() + batch.dead_letters.size();
  append(contents_.batch.outcomes, batch.outcomes);
  append(contents_.batch.exchanges, batch.exchanges);
  append(contents_.batch.dead_letters, batch.dead_letters);
  append(contents_.batch.outages, batch.outages);
  if (beside) {
    rows_ += beside->rows();
    contents_.beside.push_back(std::move(beside));
  }
  contents_.waiting.push_back(std::move(done));
  return contents_.waiting.size() == 1;
}

RecordInbox::Contents RecordInbox::take() {
  const std::lock_guard lock(mutex_);
  rows_ = 0;
  return std::exchange(contents_, {});
}

std::size_t RecordInbox::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

Result<void> EndedCount::load(Database& database) {
  FLEETHOOK_TRY(Statement row, database.prepare("SELECT success, error, sleep, cancelled, tests FROM ended"));
  FLEETHOOK_TRY(const bool found, row.step());
  if (!found) return Error{Fault::kCorrupt, "the table `ended` is empty"};
  const auto column = [&row](int at) { return static_cast<std::uint64_t>(row.column_int(at)); };
  set({{column(0), column(1), column(2), column(3)}, column(4)});
  return {};
}

void SqliteStore::record(HistoryBatch batch, OnRecorded done) {
  record_with(std::move(batch), nullptr, std::move(done));
}

void SqliteStore::record_with(HistoryBatch batch, std::unique_ptr<sqlite::Work> beside, OnRecorded done) {
  if (inbox_.put(std::move(batch), std::move(beside), std::move(done)))
    writer_.submit(std::make_unique<RecordWork>(inbox_, day_counters_, ended_, open_outages_, log_health_, limits_));
}

}  // namespace fleethook::store
