#include "queue/sqlite/writes.h"

#include <algorithm>
#include <utility>

#include "queue/sqlite/schema.h"

namespace fleethook::queue {
namespace {

using sqlite::Database;
using sqlite::Statement;

// Some bytes each; beyond this the least that can be done is to start over and ask the table.
constexpr std::size_t kLanesRememberedMax = 65'536;

std::int64_t as_int(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

Result<std::int64_t> single(Database& database, const char* sql) {
  FLEETHOOK_TRY(Statement select, database.prepare(sql));
  FLEETHOOK_TRY(const bool found, select.step());
  return found ? select.column_int(0) : 0;
}

Statement& bind_key(Statement& statement, const DeliveryKey& key) {
  return statement.bind(1, as_int(key.lane.value))
      .bind(2, as_int(key.event.value))
      .bind(3, as_int(key.integration.value));
}

// Positions 1 to 8: lane, event, integration, due, version, attempts, sent, first_attempt_at.
Statement& bind_retry(Statement& statement, const Retry& retry) {
  return bind_key(statement, retry.key)
      .bind(4, retry.due.time_since_epoch().count())
      .bind(5, std::int64_t{retry.version})
      .bind(6, std::int64_t{retry.progress.attempts})
      .bind(7, std::int64_t{retry.progress.sent})
      .bind(8, retry.progress.first_attempt_at.time_since_epoch().count());
}

// Changes of the counters within one transaction, applied when it is on disk.
struct Deltas {
  Rows rows;
  std::vector<WaitingChange> placements;

  void count_ready(const core::PlacementKey& placement, std::int64_t count) {
    rows.ready += count;
    of(placement).deliveries += count;
  }
  void count_retry(const core::PlacementKey& placement, std::int64_t count) {
    rows.retries += count;
    of(placement).deliveries += count;
  }
  void count_parked(const core::PlacementKey& placement, std::int64_t count) {
    rows.parked += count;
    WaitingChange& change = of(placement);
    change.deliveries += count;
    change.parked += count;
  }
  void apply(Counters& counters) const { counters.add(rows, placements); }

 private:
  // Those of a few placements come in turn: the one to change is among the last as a rule, and one that stands here
  // twice is no harm.
  WaitingChange& of(const core::PlacementKey& placement) {
    constexpr std::size_t kLookBack = 8;
    for (std::size_t i = 0; i < std::min(kLookBack, placements.size()); ++i) {
      WaitingChange& change = placements[placements.size() - 1 - i];
      if (change.placement == placement) return change;
    }
    return placements.emplace_back(WaitingChange{placement});
  }
};

void settle(WriterState& state, const Deltas& deltas, const Result<void>& result) {
  if (!result) return state.undone();
  state.committed();
  deltas.apply(state.counters);
}

// Of what gives no numbers, and may fail alone while others of its group are committed.
void settle_unnumbered(WriterState& state, const Deltas& deltas, const Result<void>& result) {
  if (result.ok()) deltas.apply(state.counters);
}

core::PlacementKey placement_at(const DeliveryKey& key, const Statement& product) {
  return {key.integration, {static_cast<std::uint64_t>(product.column_int(0))}};
}

// Of a delivery whose product only the event knows; product 0 is the sandbox.
Result<std::optional<core::PlacementKey>> remove_parked(Database& database, const DeliveryKey& key, Deltas& deltas) {
  FLEETHOOK_TRY(
      Statement from_parked,
      database.prepare("DELETE FROM parked WHERE integration = ?3 AND product IN"
                       " (0, (SELECT product FROM event WHERE seq = ?2), (SELECT product FROM event_kept WHERE seq ="
                       " ?2)) AND event = ?2 AND lane = ?1"
                       " RETURNING product"));
  FLEETHOOK_TRY(const bool found, bind_key(from_parked, key).step());
  if (!found) return std::optional<core::PlacementKey>();
  const core::PlacementKey placement = placement_at(key, from_parked);
  deltas.count_parked(placement, -1);
  FLEETHOOK_CHECK(from_parked.run());
  return std::optional(placement);
}

// What ends is nearly always a first attempt, of the placement that its key says: RETURNING would cost a third of it.
Result<bool> remove_ready(Database& database, Statement& from_ready, const DeliveryKey& key, Deltas& deltas) {
  FLEETHOOK_CHECK(bind_key(from_ready, key).bind(4, as_int(key.product.value)).run());
  if (database.changes() == 0) return false;
  deltas.count_ready({key.integration, key.product}, -1);
  return true;
}

// Its placement if the delivery was there, in whichever table: it is never in two.
Result<std::optional<core::PlacementKey>> remove(Database& database, const DeliveryKey& key, Deltas& deltas) {
  FLEETHOOK_TRY(
      Statement from_ready,
      database.prepare("DELETE FROM ready WHERE lane = ?1 AND event = ?2 AND integration = ?3 RETURNING product"));
  FLEETHOOK_TRY(const bool was_ready, bind_key(from_ready, key).step());
  if (was_ready) {
    const core::PlacementKey placement = placement_at(key, from_ready);
    deltas.count_ready(placement, -1);
    FLEETHOOK_CHECK(from_ready.run());
    return std::optional(placement);
  }
  from_ready.reset();
  FLEETHOOK_TRY(
      Statement from_retry,
      database.prepare("DELETE FROM retry WHERE lane = ?1 AND event = ?2 AND integration = ?3 RETURNING product"));
  FLEETHOOK_TRY(const bool was_retry, bind_key(from_retry, key).step());
  if (!was_retry) return remove_parked(database, key, deltas);
  const core::PlacementKey placement = placement_at(key, from_retry);
  deltas.count_retry(placement, -1);
  FLEETHOOK_CHECK(from_retry.run());
  return std::optional(placement);
}

// As with `ready`: a delivery named twice is one delivery.
Result<void> insert_parked(Database& database, const Retry& retry, Deltas& deltas) {
  FLEETHOOK_TRY(Statement insert,
                database.prepare("INSERT OR IGNORE INTO parked(lane, event, integration, due, version, attempts, sent,"
                                 " first_attempt_at, product) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"));
  FLEETHOOK_CHECK(bind_retry(insert, retry).bind(9, as_int(retry.parked->product.value)).run());
  if (database.changes() != 0) deltas.count_parked(*retry.parked, 1);
  return {};
}

// Several rows of one INSERT: entering and leaving a statement is half of what a row costs.
#define FLEETHOOK_EVENT_INSERT "INSERT INTO event(seq, stored_before, created, " FLEETHOOK_EVENT_COLUMNS ") VALUES "
#define FLEETHOOK_EVENT_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define FLEETHOOK_READY_INSERT "INSERT INTO ready(lane, event, integration, version, product) VALUES "
#define FLEETHOOK_READY_ROW "(?, ?, ?, ?, ?)"
#define FLEETHOOK_4_ROWS(row) row ", " row ", " row ", " row
constexpr std::size_t kEventsAtOnce = 4;
constexpr const char* kInsertEvent = FLEETHOOK_EVENT_INSERT FLEETHOOK_EVENT_ROW;
constexpr const char* kInsertEvents = FLEETHOOK_EVENT_INSERT FLEETHOOK_4_ROWS(FLEETHOOK_EVENT_ROW);
constexpr std::size_t kReadyAtOnce = 8;
constexpr int kReadyColumns = 5;
constexpr const char* kInsertReady = FLEETHOOK_READY_INSERT FLEETHOOK_READY_ROW;
constexpr const char* kInsertReadies =
    FLEETHOOK_READY_INSERT FLEETHOOK_4_ROWS(FLEETHOOK_READY_ROW) ", " FLEETHOOK_4_ROWS(FLEETHOOK_READY_ROW);

class Append final : public sqlite::Work {
 public:
  Append(WriterState& state, std::vector<Accepted> events, Log::OnAppended done)
      : state_(state), events_(std::move(events)), done_(std::move(done)) {
    for (const Accepted& event : events_) rows_ += 1 + event.deliveries.size();
  }

  std::size_t rows() const override { return rows_; }
  const char* kind() const override { return "append"; }
  bool may_be_isolated() const override { return true; }
  Result<void> run(Database& database) override {
    const Position before = state_.next();
    auto written = write_all(database);
    written_ = written.ok();
    if (written_) return {};
    state_.back_to(before);
    // A number that is taken: another process writes into the file. What was sent is right, and not in conflict with
    // anything that its publisher knows.
    if (written.error().fault == Fault::kConflict)
      return Error{Fault::kUnavailable, written.error().message + " (another process has written into the data file)"};
    return written;
  }

  void done(Result<void> result) override {
    if (written_) settle(state_, deltas_, result);
    if (!result.ok()) return done_(std::move(result).error());
    const auto committed = std::make_shared<const std::vector<Accepted>>(std::move(events_));
    done_(committed);
    state_.owners.offer(committed);
  }

 private:
  Result<void> write_all(Database& database) {
    fresh_.clear();
    made_.clear();
    std::uint64_t seq = state_.next().seq;
    for (Accepted& accepted : events_) {
      accepted.seq.value = ++seq;
      const std::int64_t before = deltas_.rows.waiting();
      FLEETHOOK_CHECK(place(database, accepted));
      made_.push_back(static_cast<std::uint64_t>(deltas_.rows.waiting() - before));
    }
    deltas_.rows.created += deltas_.rows.waiting();
    FLEETHOOK_CHECK(write_events(database));
    return write_fresh(database);
  }

  struct Fresh {
    DeliveryKey key;
    std::uint32_t version;
  };

  Result<void> write_events(Database& database) {
    FLEETHOOK_TRY(Statement one, database.prepare(kInsertEvent));
    FLEETHOOK_TRY(Statement several, database.prepare(kInsertEvents));
    for (std::size_t at = 0; at < events_.size();) {
      const std::size_t rows = events_.size() - at < kEventsAtOnce ? 1 : kEventsAtOnce;
      Statement& insert = rows == 1 ? one : several;
      int position = 1;
      for (std::size_t i = 0; i < rows; ++i) {
        const Accepted& accepted = events_[at + i];
        Position& next = state_.next();
        next.seq = accepted.seq.value;
        next.created += made_[at + i];
        insert.bind(position, as_int(next.seq))
            .bind(position + 1, as_int(next.stored))
            .bind(position + 2, as_int(next.created));
        bind_event(insert, position + 3, *accepted.event);
        position += 3 + kEventColumns;
        next.stored += stored_bytes(*accepted.event);
      }
      FLEETHOOK_CHECK(insert.run());
      for (std::size_t i = 0; i < rows; ++i)
        FLEETHOOK_CHECK(state_.digest.add(database, events_[at + i].seq, *events_[at + i].event));
      at += rows;
    }
    deltas_.rows.events += static_cast<std::int64_t>(events_.size());
    return {};
  }

  // Its deliveries: parked, or among the fresh ones. One that is named twice is one.
  Result<void> place(Database& database, const Accepted& accepted) {
    const std::size_t first = fresh_.size();
    for (const NewDelivery& delivery : accepted.deliveries) {
      FLEETHOOK_CHECK(state_.keep(database, *delivery.lane));
      const core::PlacementKey placement = core::placement_of(*delivery.integration, *accepted.event);
      const DeliveryKey key{delivery.lane->id, accepted.seq, delivery.integration->number, placement.product};
      if (delivery.parked) {
        state_.note_parked(key.lane);
        const bool is_ordered = delivery.integration->config.delivery.order_per_device;
        const Moment due = is_ordered ? in_order(device_of(*accepted.event)) : Moment();
        FLEETHOOK_CHECK(insert_parked(database, {key, delivery.integration->version, {}, due, placement}, deltas_));
        continue;
      }
      const auto same = [&](const Fresh& other) {
        return other.key.integration == key.integration && other.key.lane == key.lane;
      };
      if (std::any_of(fresh_.begin() + static_cast<std::ptrdiff_t>(first), fresh_.end(), same)) continue;
      fresh_.push_back({key, delivery.integration->version});
      deltas_.count_ready(placement, 1);
    }
    return {};
  }

  Result<void> write_fresh(Database& database) {
    if (fresh_.empty()) return {};
    FLEETHOOK_TRY(Statement one, database.prepare(kInsertReady));
    FLEETHOOK_TRY(Statement several, database.prepare(kInsertReadies));
    for (std::size_t at = 0; at < fresh_.size();) {
      const std::size_t rows = fresh_.size() - at < kReadyAtOnce ? 1 : kReadyAtOnce;
      Statement& insert = rows == 1 ? one : several;
      int position = 1;
      for (std::size_t i = 0; i < rows; ++i) {
        const Fresh& fresh = fresh_[at + i];
        insert.bind(position, as_int(fresh.key.lane.value))
            .bind(position + 1, as_int(fresh.key.event.value))
            .bind(position + 2, as_int(fresh.key.integration.value))
            .bind(position + 3, std::int64_t{fresh.version})
            .bind(position + 4, as_int(fresh.key.product.value));
        position += kReadyColumns;
      }
      FLEETHOOK_CHECK(insert.run());
      at += rows;
    }
    return {};
  }

  WriterState& state_;
  std::vector<Accepted> events_;
  std::size_t rows_ = 0;
  std::vector<Fresh> fresh_;
  std::vector<std::uint64_t> made_;  // deliveries of each event
  Log::OnAppended done_;
  Deltas deltas_;
  bool written_ = false;
};

class Ack final : public sqlite::Work {
 public:
  Ack(WriterState& state, std::vector<DeliveryKey> keys, OnDone done)
      : state_(state), keys_(std::move(keys)), done_(std::move(done)) {}

  std::size_t rows() const override { return keys_.size(); }
  const char* kind() const override { return "ack"; }
  bool may_be_isolated() const override { return true; }
  Result<void> run(Database& database) override {
    FLEETHOOK_TRY(
        Statement from_ready,
        database.prepare("DELETE FROM ready WHERE lane = ?1 AND event = ?2 AND integration = ?3 AND product = ?4"));
    for (const DeliveryKey& key : keys_) {
      FLEETHOOK_TRY(const bool was_ready, remove_ready(database, from_ready, key, deltas_));
      if (!was_ready) FLEETHOOK_CHECK(remove(database, key, deltas_));
    }
    return {};
  }

  void done(Result<void> result) override {
    settle_unnumbered(state_, deltas_, result);
    done_(std::move(result));
  }

 private:
  WriterState& state_;
  std::vector<DeliveryKey> keys_;
  OnDone done_;
  Deltas deltas_;
};

class PutOff final : public sqlite::Work {
 public:
  PutOff(WriterState& state, std::vector<Retry> retries, OnDone done)
      : state_(state), retries_(std::move(retries)), done_(std::move(done)) {}

  std::size_t rows() const override { return retries_.size(); }
  const char* kind() const override { return "retry"; }
  bool may_be_isolated() const override { return true; }
  Result<void> run(Database& database) override {
    FLEETHOOK_TRY(
        Statement insert,
        database.prepare("INSERT INTO retry(lane, event, integration, due, version, attempts, sent, first_attempt_at,"
                         " product) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"));
    for (const Retry& retry : retries_) {
      FLEETHOOK_TRY(const auto placement, remove(database, retry.key, deltas_));
      if (!placement) continue;
      state_.note_move(retry.key.event.value);
      if (retry.parked) {
        FLEETHOOK_CHECK(park(database, retry));
        continue;
      }
      FLEETHOOK_CHECK(bind_retry(insert, retry).bind(9, as_int(placement->product.value)).run());
      deltas_.count_retry(*placement, 1);
    }
    return {};
  }

  void done(Result<void> result) override {
    settle_unnumbered(state_, deltas_, result);
    done_(std::move(result));
  }

 private:
  Result<void> park(Database& database, Retry retry) {
    if (retry.lane != nullptr) {
      FLEETHOOK_CHECK(state_.keep(database, *retry.lane));
      retry.key.lane = retry.lane->id;
    }
    state_.note_parked(retry.key.lane);
    return insert_parked(database, retry, deltas_);
  }

  WriterState& state_;
  std::vector<Retry> retries_;
  OnDone done_;
  Deltas deltas_;
};

}  // namespace

void Counters::add(const Rows& change, std::span<const WaitingChange> placements) {
  constexpr std::size_t kEmptyMax = 4096;
  const std::lock_guard lock(mutex_);
  rows_.events += change.events;
  rows_.ready += change.ready;
  rows_.retries += change.retries;
  rows_.parked += change.parked;
  rows_.created += change.created;
  if (placements.empty()) return;
  for (const WaitingChange& one : placements) {
    const auto [at, is_new] = counts_.try_emplace(one.placement);
    if (!is_new && at->second.deliveries == 0) --empty_;
    at->second.deliveries += one.deliveries;
    at->second.parked += one.parked;
    if (one.parked < 0) at->second.left_at = revision_ + 1;
    if (at->second.deliveries == 0) ++empty_;
  }
  ++revision_;
  if (empty_ <= std::max(kEmptyMax, counts_.size() / 2)) return;
  std::erase_if(counts_, [](const auto& one) { return one.second.deliveries == 0; });
  empty_ = 0;
}

Rows Counters::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

std::vector<Waiting> Counters::waiting() const {
  std::vector<Waiting> found;
  {
    const std::lock_guard lock(mutex_);
    found.reserve(counts_.size() - empty_);
    for (const auto& [placement, count] : counts_) {
      if (count.deliveries <= 0) continue;
      found.push_back(
          {placement, static_cast<std::uint64_t>(count.deliveries), static_cast<std::uint64_t>(count.parked)});
    }
  }
  std::ranges::sort(found, {}, &Waiting::placement);
  return found;
}

Parked Counters::parked_of(const core::PlacementKey& placement) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(placement);
  if (found == counts_.end()) return {};
  return {static_cast<std::uint64_t>(std::max<std::int64_t>(found->second.parked, 0)), found->second.left_at};
}

std::uint64_t Counters::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

namespace {

// Row by row: SQLite would sort them to group them. Columns integration, product.
Result<void> count_rows(Database& database, const char* sql, std::int64_t Rows::*table, Counters& counters) {
  FLEETHOOK_TRY(Statement row, database.prepare(sql));
  std::unordered_map<core::PlacementKey, std::int64_t, Counters::Hash> found;
  auto last = found.end();
  while (true) {
    FLEETHOOK_TRY(const bool more, row.step());
    if (!more) break;
    const core::PlacementKey placement{{static_cast<std::uint64_t>(row.column_int(0))},
                                       {static_cast<std::uint64_t>(row.column_int(1))}};
    if (last == found.end() || last->first != placement) last = found.try_emplace(placement, 0).first;
    ++last->second;
  }
  for (const auto& [placement, count] : found) {
    const WaitingChange change{placement, count, table == &Rows::parked ? count : 0};
    Rows rows;
    rows.*table = count;
    counters.add(rows, {&change, 1});
  }
  return {};
}

}  // namespace

Result<void> WriterState::load(Database& database) {
  Rows rows;
  FLEETHOOK_TRY(const std::int64_t first, single(database, "SELECT seq FROM event ORDER BY seq LIMIT 1"));
  FLEETHOOK_TRY(Statement last, database.prepare("SELECT seq, stored_before, created, " FLEETHOOK_EVENT_COLUMNS
                                                 " FROM event ORDER BY seq DESC LIMIT 1"));
  FLEETHOOK_TRY(const bool any, last.step());
  if (any) {
    next_.seq = static_cast<std::uint64_t>(last.column_int(0));
    next_.stored = static_cast<std::uint64_t>(last.column_int(1)) + stored_bytes(*read_event(last, 3));
    next_.created = static_cast<std::uint64_t>(last.column_int(2));
    rows.events = last.column_int(0) - first + 1;  // no gaps: see Position
  } else {
    FLEETHOOK_TRY(const std::int64_t seq, single(database, "SELECT value FROM high_water WHERE name = 'seq'"));
    FLEETHOOK_TRY(const std::int64_t stored, single(database, "SELECT value FROM high_water WHERE name = 'stored'"));
    FLEETHOOK_TRY(const std::int64_t created, single(database, "SELECT value FROM high_water WHERE name = 'created'"));
    next_ = {static_cast<std::uint64_t>(seq), static_cast<std::uint64_t>(stored), static_cast<std::uint64_t>(created)};
  }
  FLEETHOOK_TRY(const std::int64_t kept, single(database, "SELECT count(*) FROM event_kept"));
  rows.events += kept;
  rows.created = as_int(next_.created);
  counters.add(rows, {});
  FLEETHOOK_CHECK(count_rows(database, "SELECT integration, product FROM ready", &Rows::ready, counters));
  FLEETHOOK_CHECK(count_rows(database, "SELECT integration, product FROM retry NOT INDEXED", &Rows::retries, counters));
  FLEETHOOK_CHECK(count_rows(database, "SELECT integration, product FROM parked", &Rows::parked, counters));
  committed();
  return digest.load(database, {next_.seq});
}

Result<void> WriterState::keep(Database& database, const core::NamedLane& lane) {
  if (lanes_.contains(lane.id)) return {};
  FLEETHOOK_TRY(Statement insert, database.prepare("INSERT OR IGNORE INTO lane(id, owner, tls, host, port)"
                                                   " VALUES (?1, ?2, ?3, ?4, ?5)"));
  insert.bind(1, as_int(lane.id.value)).bind_text(2, lane.key.owner).bind(3, std::int64_t{lane.key.tls});
  FLEETHOOK_CHECK(insert.bind_text(4, lane.key.host).bind(5, std::int64_t{lane.key.port}).run());
  if (lanes_.size() >= kLanesRememberedMax) lanes_.clear();
  lanes_.insert(lane.id);
  return {};
}

void WriterState::watch_moves(bool yes) {
  watchers_ += yes ? 1 : -1;
  if (watchers_ == 0) moved_.clear();
}

void WriterState::watch_parked(bool yes) {
  watchers_of_parked_ += yes ? 1 : -1;
  if (watchers_of_parked_ == 0) parked_in_.clear();
}

void WriterState::undone() {
  next_ = committed_;
  lanes_.clear();  // some may have been made by what was undone
}

void WriterState::back_to(const Position& before) {
  next_ = before;
  lanes_.clear();
}

std::unique_ptr<sqlite::Work> make_append(WriterState& state, std::vector<Accepted> events, Log::OnAppended done) {
  return std::make_unique<Append>(state, std::move(events), std::move(done));
}
std::unique_ptr<sqlite::Work> make_ack(WriterState& state, std::vector<DeliveryKey> keys, OnDone done) {
  return std::make_unique<Ack>(state, std::move(keys), std::move(done));
}
std::unique_ptr<sqlite::Work> make_retry(WriterState& state, std::vector<Retry> retries, OnDone done) {
  return std::make_unique<PutOff>(state, std::move(retries), std::move(done));
}

}  // namespace fleethook::queue
