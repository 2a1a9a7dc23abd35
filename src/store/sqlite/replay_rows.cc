// Replays as rows of `replay`. What their deliveries came to is added where outcomes are recorded (history_record.cc).
#include <utility>

#include "store/sqlite/audit_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

#define FLEETHOOK_REPLAY_COLUMNS                                                                               \
  "number, plan, user, user_name, created_at, ended_at, state, upto, behind, found, placed, skipped, walked, " \
  "success, error, sleep, cancelled"

Result<Replay> read_replay(const Statement& row) {
  const auto count = [&row](int column) { return static_cast<std::uint64_t>(row.column_int(column)); };
  Replay replay;
  replay.number = static_cast<std::uint32_t>(row.column_int(0));
  FLEETHOOK_TRY(const json::Value plan, json::parse(row.column_text(1)));
  FLEETHOOK_TRY(replay.plan, plan_of_json(plan));
  replay.by = {sql::id<core::UserId>(row, 2), sql::text(row, 3)};
  replay.created_at = sql::instant(row, 4);
  replay.ended_at = sql::optional_instant(row, 5);
  replay.state = static_cast<ReplayState>(row.column_int(6));
  replay.upto = count(7);
  replay.behind = count(8);
  replay.found = count(9);
  replay.placed = count(10);
  replay.skipped = count(11);
  replay.walked = sql::flag(row, 12);
  replay.ended = {count(13), count(14), count(15), count(16)};
  return replay;
}

template <class... Args>
Result<std::vector<Replay>> read_all(Database& database, const char* text, const Args&... args) {
  std::vector<Replay> replays;
  FLEETHOOK_CHECK(sql::for_each(
      database, text,
      [&](const Statement& row) -> Result<void> {
        FLEETHOOK_TRY(replays.emplace_back(), read_replay(row));
        return {};
      },
      args...));
  return replays;
}

Result<Replay> read_one(Database& database, std::uint32_t number) {
  FLEETHOOK_TRY(auto found,
                read_all(database, "SELECT " FLEETHOOK_REPLAY_COLUMNS " FROM replay WHERE number = ?1", number));
  if (found.empty()) return Error{Fault::kNotFound, "Replay not found: " + std::to_string(number) + "."};
  return std::move(found.front());
}

Result<void> note_in_audit(Database& database, const Replay& replay, const char* action, const Actor& by, Instant now) {
  AuditEntry entry;
  entry.at = now;
  entry.by = by;
  entry.organization = replay.plan.query.organization;
  entry.owner = replay.plan.query.user;
  if (replay.plan.query.product && !replay.plan.query.product->is_none()) entry.products = {*replay.plan.query.product};
  entry.action = action;
  entry.target = std::to_string(replay.number);
  entry.target_name = "replay " + entry.target;
  return write_audit(database, entry);
}

}  // namespace

Result<Replay> SqliteStore::create_replay(ReplayPlan plan, std::uint64_t found, const Actor& by) {
  Replay replay;
  FLEETHOOK_CHECK(writer_.run_and_wait([&](Database& database) -> Result<void> {
    const Instant now = clock_.now();
    FLEETHOOK_TRY(const auto upto, sql::first_number(database, "SELECT max(id) FROM dead_letter"));
    FLEETHOOK_CHECK(sql::run(database,
                             "INSERT INTO replay(owner, plan, user, user_name, created_at, state, upto, found) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)",
                             owner_key(plan.query), std::string_view(json::write(to_json(plan))), by.user,
                             std::string_view(by.name), now, upto.value_or(0), found));
    FLEETHOOK_TRY(const auto number, sql::first_number(database, "SELECT last_insert_rowid()"));
    FLEETHOOK_TRY(replay, read_one(database, static_cast<std::uint32_t>(number.value_or(0))));
    return note_in_audit(database, replay, "replay.started", by, now);
  }));
  return replay;
}

Result<std::vector<Replay>> SqliteStore::replays(const DeadLetterQuery& owner, std::size_t limit) {
  return readers_.with([&](Database& database) {
    const std::string key = owner_key(owner);
    if (key.empty()) {
      return read_all(database, "SELECT " FLEETHOOK_REPLAY_COLUMNS " FROM replay ORDER BY number DESC LIMIT ?1", limit);
    }
    return read_all(database,
                    "SELECT " FLEETHOOK_REPLAY_COLUMNS " FROM replay WHERE owner = ?1 ORDER BY number DESC LIMIT ?2",
                    std::string_view(key), limit);
  });
}

Result<Replay> SqliteStore::replay(std::uint32_t number) {
  return readers_.with([&](Database& database) { return read_one(database, number); });
}

Result<std::vector<Replay>> SqliteStore::running_replays() {
  return readers_.with([&](Database& database) {
    return read_all(database, "SELECT " FLEETHOOK_REPLAY_COLUMNS " FROM replay WHERE state = 0 ORDER BY number");
  });
}

Result<Replay> SqliteStore::set_replay(std::uint32_t number, ReplayState state, const Actor& by) {
  Replay replay;
  FLEETHOOK_CHECK(writer_.run_and_wait([&](Database& database) -> Result<void> {
    const Instant now = clock_.now();
    FLEETHOOK_TRY(replay, read_one(database, number));
    if (replay.state == state) return {};
    FLEETHOOK_CHECK(check_may_become(replay, state));
    FLEETHOOK_CHECK(sql::run(database, "UPDATE replay SET state = ?2, ended_at = ?3 WHERE number = ?1", number,
                             static_cast<int>(state),
                             state == ReplayState::kCancelled ? std::optional(now) : std::nullopt));
    FLEETHOOK_TRY(replay, read_one(database, number));
    return note_in_audit(database, replay, audit_action(state), by, now);
  }));
  return replay;
}

Result<void> SqliteStore::note_replay_step(const ReplayStep& step) {
  return writer_.run_and_wait([&](Database& database) -> Result<void> {
    FLEETHOOK_CHECK(sql::run(database,
                             "UPDATE replay SET behind = ?3, placed = placed + ?4, skipped = skipped + ?5, walked = ?6 "
                             "WHERE number = ?1 AND behind = ?2 AND NOT walked",
                             step.number, step.from, step.to, step.placed, step.skipped, step.last));
    if (database.changes() == 0) return {};
    for (const std::uint64_t id : step.taken)
      FLEETHOOK_CHECK(sql::run(database, "UPDATE dead_letter SET replayed = ?2 WHERE id = ?1", id, step.number));
    return {};
  });
}

Result<void> SqliteStore::end_replay(std::uint32_t number) {
  return writer_.run_and_wait([&](Database& database) {
    return sql::run(database,
                    "UPDATE replay SET state = ?2, ended_at = ?3 WHERE number = ?1 AND state = 0 AND walked AND "
                    "success + error + sleep + cancelled >= placed",
                    number, static_cast<int>(ReplayState::kDone), clock_.now());
  });
}

}  // namespace fleethook::store
