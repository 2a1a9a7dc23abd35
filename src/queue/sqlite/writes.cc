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
  std::int64_t events = 0, ready = 0, retries = 0;
  std::map<core::PlacementKey, std::int64_t> parked;
  void apply(Counters& counters) const {
    counters.events.fetch_add(events, std::memory_order_relaxed);
    counters.ready.fetch_add(ready, std::memory_order_relaxed);
    if (retries != 0) counters.retries.fetch_add(retries, std::memory_order_relaxed);
    for (const auto& [placement, count] : parked) {
      counters.parked.fetch_add(count, std::memory_order_relaxed);
      counters.parked_of.add(placement, count);
    }
  }
};

void settle(WriterState& state, const Deltas& deltas, const Result<void>& result) {
  if (!result) return state.undone();
  state.committed();
  deltas.apply(state.counters);
}

// Of a delivery whose product only the event knows; product 0 is the sandbox.
Result<bool> remove_parked(Database& database, const DeliveryKey& key, Deltas& deltas) {
  FLEETHOOK_TRY(Statement from_parked,
                database.prepare("DELETE FROM parked WHERE integration = ?3 AND product IN"
                                 " (0, (SELECT product FROM event WHERE seq = ?2)) AND event = ?2 AND lane = ?1"
                                 " RETURNING product"));
  FLEETHOOK_TRY(const bool found, bind_key(from_parked, key).step());
  if (!found) return false;
  --deltas.parked[{key.integration, {static_cast<std::uint64_t>(from_parked.column_int(0))}}];
  FLEETHOOK_CHECK(from_parked.run());
  return true;
}

// True if the delivery was there, in whichever table: it is never in two.
Result<bool> remove(Database& database, Statement& from_ready, const DeliveryKey& key, Deltas& deltas) {
  FLEETHOOK_CHECK(bind_key(from_ready, key).run());
  if (database.changes() != 0) {
    --deltas.ready;
    return true;
  }
  FLEETHOOK_TRY(Statement from_retry,
                database.prepare("DELETE FROM retry WHERE lane = ?1 AND event = ?2 AND integration = ?3"));
  FLEETHOOK_CHECK(bind_key(from_retry, key).run());
  if (database.changes() == 0) return remove_parked(database, key, deltas);
  --deltas.retries;
  return true;
}

// As with `ready`: a delivery named twice is one delivery.
Result<void> insert_parked(Database& database, const Retry& retry, Deltas& deltas) {
  FLEETHOOK_TRY(Statement insert,
                database.prepare("INSERT OR IGNORE INTO parked(lane, event, integration, due, version, attempts, sent,"
                                 " first_attempt_at, product) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"));
  FLEETHOOK_CHECK(bind_retry(insert, retry).bind(9, as_int(retry.parked->product.value)).run());
  if (database.changes() != 0) ++deltas.parked[*retry.parked];
  return {};
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
    FLEETHOOK_TRY(Statement event,
                  database.prepare("INSERT INTO event(seq, stored_before, " FLEETHOOK_EVENT_COLUMNS
                                   ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)"));
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
      const DeliveryKey key{delivery.lane_id, accepted.seq, delivery.integration->number};
      if (delivery.parked) {
        FLEETHOOK_CHECK(insert_parked(database,
                                      {key,
                                       delivery.integration->version,
                                       {},
                                       accepted.event->published_at,
                                       core::placement_of(*delivery.integration, *accepted.event)},
                                      deltas_));
        continue;
      }
      bind_key(ready, key);
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
      if (retry.parked) {
        FLEETHOOK_CHECK(insert_parked(database, retry, deltas_));
        continue;
      }
      FLEETHOOK_CHECK(bind_retry(insert, retry).run());
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

void ParkedCounts::add(const core::PlacementKey& placement, std::int64_t count) {
  const std::lock_guard lock(mutex_);
  const auto at = counts_.try_emplace(placement, 0).first;
  at->second += count;
  if (at->second == 0) counts_.erase(at);
}

std::vector<Parked> ParkedCounts::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Parked> found;
  found.reserve(counts_.size());
  for (const auto& [placement, count] : counts_) {
    if (count > 0) found.push_back({placement, static_cast<std::uint64_t>(count)});
  }
  return found;
}

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
  FLEETHOOK_TRY(Statement placements,
                database.prepare("SELECT integration, product, count(*) FROM parked GROUP BY 1, 2"));
  for (;;) {
    FLEETHOOK_TRY(const bool more, placements.step());
    if (!more) break;
    const core::PlacementKey placement{{static_cast<std::uint64_t>(placements.column_int(0))},
                                       {static_cast<std::uint64_t>(placements.column_int(1))}};
    counters.parked += placements.column_int(2);
    counters.parked_of.add(placement, placements.column_int(2));
  }
  committed();
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
