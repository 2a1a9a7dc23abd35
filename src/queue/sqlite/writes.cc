#include "queue/sqlite/writes.h"

#include <algorithm>
#include <utility>

#include "queue/sqlite/schema.h"

namespace fleethook::queue {
namespace {

using sqlite::Database;
using sqlite::Statement;

// Names cost about 150 bytes each; beyond this the least that can be done is to start over and ask the table.
constexpr std::size_t kLanesRememberedMax = 16'384;

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

// Changes of the counters within one transaction, applied when it is on disk.
struct Deltas {
  std::int64_t events = 0, ready = 0, retries = 0;
  void apply(Counters& counters) const {
    counters.events.fetch_add(events, std::memory_order_relaxed);
    counters.ready.fetch_add(ready, std::memory_order_relaxed);
    if (retries != 0) counters.retries.fetch_add(retries, std::memory_order_relaxed);
  }
};

void settle(WriterState& state, const Deltas& deltas, const Result<void>& result) {
  if (!result) return state.undone();
  state.committed();
  deltas.apply(state.counters);
}

// True if the delivery was there, in either table: it is never in both.
Result<bool> remove(Database& database, Statement& from_ready, const DeliveryKey& key, Deltas& deltas) {
  FLEETHOOK_CHECK(bind_key(from_ready, key).run());
  if (database.changes() != 0) {
    --deltas.ready;
    return true;
  }
  FLEETHOOK_TRY(Statement from_retry,
                database.prepare("DELETE FROM retry WHERE lane = ?1 AND event = ?2 AND integration = ?3"));
  FLEETHOOK_CHECK(bind_key(from_retry, key).run());
  if (database.changes() == 0) return false;
  --deltas.retries;
  return true;
}

constexpr const char* kDeleteReady = "DELETE FROM ready WHERE lane = ?1 AND event = ?2 AND integration = ?3";

class Append final : public sqlite::Work {
 public:
  Append(WriterState& state, std::vector<Accepted> events, Queue::OnAppended done)
      : state_(state), events_(std::move(events)), done_(std::move(done)) {
    for (const Accepted& event : events_) rows_ += 1 + event.deliveries.size();
  }

  std::size_t rows() const override { return rows_; }
  Result<void> run(Database& database) override {
    FLEETHOOK_TRY(Statement event, database.prepare("INSERT INTO event(seq, stored_before, " FLEETHOOK_EVENT_COLUMNS
                                                    ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"));
    // A delivery named twice is one delivery; an error would undo what others publish.
    FLEETHOOK_TRY(Statement ready, database.prepare("INSERT OR IGNORE INTO ready VALUES (?1,?2,?3,?4)"));
    for (Accepted& accepted : events_) FLEETHOOK_CHECK(write(database, accepted, event, ready));
    return {};
  }

  void done(Result<void> result) override {
    settle(state_, deltas_, result);
    done_(std::move(result), std::move(events_));
  }

 private:
  Result<void> write(Database& database, Accepted& accepted, Statement& event, Statement& ready) {
    Position& next = state_.next();
    accepted.seq.value = ++next.seq;
    event.bind(1, as_int(next.seq)).bind(2, as_int(next.stored));
    bind_event(event, 3, *accepted.event);
    FLEETHOOK_CHECK(event.run());
    next.stored += stored_bytes(*accepted.event);
    ++deltas_.events;
    for (NewDelivery& delivery : accepted.deliveries) {
      FLEETHOOK_TRY(delivery.lane_id, state_.intern(database, delivery.lane));
      bind_key(ready, {delivery.lane_id, accepted.seq, delivery.integration->number});
      FLEETHOOK_CHECK(ready.bind(4, std::int64_t{delivery.integration->version}).run());
      deltas_.ready += database.changes();
    }
    return {};
  }

  WriterState& state_;
  std::vector<Accepted> events_;
  std::size_t rows_ = 0;
  Queue::OnAppended done_;
  Deltas deltas_;
};

class Ack final : public sqlite::Work {
 public:
  Ack(WriterState& state, std::vector<DeliveryKey> keys, Queue::OnDone done)
      : state_(state), keys_(std::move(keys)), done_(std::move(done)) {}

  std::size_t rows() const override { return keys_.size(); }
  Result<void> run(Database& database) override {
    FLEETHOOK_TRY(Statement from_ready, database.prepare(kDeleteReady));
    for (const DeliveryKey& key : keys_) {
      FLEETHOOK_TRY([[maybe_unused]] const bool found, remove(database, from_ready, key, deltas_));
    }
    return {};
  }

  void done(Result<void> result) override {
    settle(state_, deltas_, result);
    done_(std::move(result));
  }

 private:
  WriterState& state_;
  std::vector<DeliveryKey> keys_;
  Queue::OnDone done_;
  Deltas deltas_;
};

class PutOff final : public sqlite::Work {
 public:
  PutOff(WriterState& state, std::vector<Retry> retries, Queue::OnDone done)
      : state_(state), retries_(std::move(retries)), done_(std::move(done)) {}

  std::size_t rows() const override { return retries_.size(); }
  Result<void> run(Database& database) override {
    FLEETHOOK_TRY(Statement from_ready, database.prepare(kDeleteReady));
    FLEETHOOK_TRY(
        Statement insert,
        database.prepare("INSERT INTO retry(lane, event, integration, due, version, attempts, sent, first_attempt_at)"
                         " VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"));
    for (const Retry& retry : retries_) {
      FLEETHOOK_TRY(const bool found, remove(database, from_ready, retry.key, deltas_));
      if (!found) continue;
      bind_key(insert, retry.key)
          .bind(4, retry.due.time_since_epoch().count())
          .bind(5, std::int64_t{retry.version})
          .bind(6, std::int64_t{retry.progress.attempts})
          .bind(7, std::int64_t{retry.progress.sent})
          .bind(8, retry.progress.first_attempt_at.time_since_epoch().count());
      FLEETHOOK_CHECK(insert.run());
      ++deltas_.retries;
    }
    return {};
  }

  void done(Result<void> result) override {
    settle(state_, deltas_, result);
    done_(std::move(result));
  }

 private:
  WriterState& state_;
  std::vector<Retry> retries_;
  Queue::OnDone done_;
  Deltas deltas_;
};

Statement& bind_lane(Statement& statement, const core::LaneKey& key) {
  return statement.bind_text(1, key.owner)
      .bind(2, std::int64_t{key.tls})
      .bind_text(3, key.host)
      .bind(4, std::int64_t{key.port});
}

}  // namespace

Result<void> WriterState::load(Database& database) {
  FLEETHOOK_TRY(const std::int64_t first, single(database, "SELECT seq FROM event ORDER BY seq LIMIT 1"));
  FLEETHOOK_TRY(const std::int64_t ready, single(database, "SELECT count(*) FROM ready"));
  FLEETHOOK_TRY(const std::int64_t retries, single(database, "SELECT count(*) FROM retry"));
  FLEETHOOK_TRY(Statement last, database.prepare("SELECT seq, stored_before, " FLEETHOOK_EVENT_COLUMNS
                                                 " FROM event ORDER BY seq DESC LIMIT 1"));
  FLEETHOOK_TRY(const bool any, last.step());
  if (any) {
    next_.seq = static_cast<std::uint64_t>(last.column_int(0));
    next_.stored = static_cast<std::uint64_t>(last.column_int(1)) + stored_bytes(*read_event(last, 2));
    counters.events = last.column_int(0) - first + 1;  // no gaps: see Position
  } else {
    FLEETHOOK_TRY(const std::int64_t seq, single(database, "SELECT value FROM high_water WHERE name = 'seq'"));
    FLEETHOOK_TRY(const std::int64_t stored, single(database, "SELECT value FROM high_water WHERE name = 'stored'"));
    next_ = {static_cast<std::uint64_t>(seq), static_cast<std::uint64_t>(stored)};
  }
  counters.ready = ready;
  counters.retries = retries;
  committed_ = next_;
  return {};
}

Result<core::LaneId> WriterState::intern(Database& database, core::LaneKey& key) {
  if (key.host.empty()) key.tls = false, key.host = "invalid", key.port = 0;
  if (const auto known = lanes_.find(key); known != lanes_.end()) return known->second;
  FLEETHOOK_TRY(Statement select,
                database.prepare("SELECT id FROM lane WHERE owner = ?1 AND tls = ?2 AND host = ?3 AND port = ?4"));
  FLEETHOOK_TRY(const bool found, bind_lane(select, key).step());
  std::int64_t number = found ? select.column_int(0) : 0;
  if (!found) {
    FLEETHOOK_TRY(Statement insert, database.prepare("INSERT INTO lane(owner, tls, host, port) VALUES (?1,?2,?3,?4)"));
    FLEETHOOK_CHECK(bind_lane(insert, key).run());
    number = database.last_insert_rowid();
  }
  if (lanes_.size() >= kLanesRememberedMax) lanes_.clear();
  const core::LaneId id{static_cast<std::uint64_t>(number)};
  lanes_.emplace(key, id);
  return id;
}

void WriterState::undone() {
  next_ = committed_;
  lanes_.clear();  // some may have been made by what was undone
}

std::size_t WriterState::LaneHash::operator()(const core::LaneKey& key) const {
  const std::hash<std::string_view> hash;
  return hash(key.owner) * 31 + hash(key.host) + (std::size_t{key.port} << 1) + std::size_t{key.tls};
}

std::unique_ptr<sqlite::Work> make_append(WriterState& state, std::vector<Accepted> events, Queue::OnAppended done) {
  return std::make_unique<Append>(state, std::move(events), std::move(done));
}
std::unique_ptr<sqlite::Work> make_ack(WriterState& state, std::vector<DeliveryKey> keys, Queue::OnDone done) {
  return std::make_unique<Ack>(state, std::move(keys), std::move(done));
}
std::unique_ptr<sqlite::Work> make_retry(WriterState& state, std::vector<Retry> retries, Queue::OnDone done) {
  return std::make_unique<PutOff>(state, std::move(retries), std::move(done));
}

}  // namespace fleethook::queue
