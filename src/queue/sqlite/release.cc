#include "queue/sqlite/release.h"

#include <algorithm>
#include <map>
#include <utility>

#include "queue/sqlite/reads.h"

namespace fleethook::queue {
namespace {

using sqlite::Database;
using sqlite::Statement;

std::int64_t as_int(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

// Isolated: what cannot be brought back must not fail those who publish.
class Release final : public sqlite::Work {
 public:
  Release(WriterState& state, const core::PlacementKey& placement, std::size_t limit, WaitingRoom::OnReleased done)
      : state_(state), placement_(placement), limit_(std::min<std::size_t>(limit, INT32_MAX)), done_(std::move(done)) {}

  bool isolated() const override { return true; }
  const char* kind() const override { return "release"; }
  std::size_t rows() const override { return 2 * limit_; }

  Result<void> run(Database& database) override {
    FLEETHOOK_CHECK(copy(database));
    if (released_.deliveries == 0) return {};
    released_.more = released_.deliveries == limit_;
    FLEETHOOK_TRY(Statement drop, database.prepare("DELETE FROM parked WHERE integration = ?1 AND product = ?2"
                                                   " AND (event, lane) <= (?3, ?4)"));
    FLEETHOOK_CHECK(bind_placement(drop).bind(3, last_event_).bind(4, last_lane_).run());
    for (const auto& [lane, due] : due_) {
      LaneState state;
      state.id.value = static_cast<std::uint64_t>(lane);
      FLEETHOOK_TRY(state.key, read_lane_key(database, state.id));
      state.retries = {{placement_, Moment(Duration(due))}};
      lanes_.push_back(std::move(state));
    }
    return {};
  }

  void done(Result<void> result) override {
    if (!result) return done_(std::move(result).error());
    if (const auto count = static_cast<std::int64_t>(released_.deliveries); count > 0) {
      const WaitingChange change{placement_, 0, -count};
      state_.counters.add({.retries = count, .parked = -count}, {&change, 1});
    }
    done_(released_);
    state_.owners.bring_back(lanes_);
  }

 private:
  Statement& bind_placement(Statement& statement) const {
    return statement.bind(1, as_int(placement_.integration.value)).bind(2, as_int(placement_.product.value));
  }

  // One after the other, since each tells which lane it goes to.
  Result<void> copy(Database& database) {
    FLEETHOOK_TRY(
        Statement rows,
        database.prepare("SELECT lane, event, integration, due, version, attempts, sent, first_attempt_at"
                         " FROM parked WHERE integration = ?1 AND product = ?2 ORDER BY event, lane LIMIT ?3"));
    FLEETHOOK_TRY(
        Statement insert,
        database.prepare("INSERT INTO retry(lane, event, integration, due, version, attempts, sent, first_attempt_at,"
                         " product) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"));
    bind_placement(rows).bind(3, static_cast<std::int64_t>(limit_));
    insert.bind(9, as_int(placement_.product.value));
    while (true) {
      FLEETHOOK_TRY(const bool more, rows.step());
      if (!more) return {};
      for (int column = 0; column < 8; ++column) insert.bind(column + 1, rows.column_int(column));
      FLEETHOOK_CHECK(insert.run());
      last_lane_ = rows.column_int(0);
      last_event_ = rows.column_int(1);
      state_.note_move(static_cast<std::uint64_t>(last_event_));
      const auto at = due_.try_emplace(last_lane_, rows.column_int(3)).first;
      at->second = std::min(at->second, rows.column_int(3));
      ++released_.deliveries;
    }
  }

  WriterState& state_;
  const core::PlacementKey placement_;
  const std::size_t limit_;
  WaitingRoom::OnReleased done_;
  Released released_;
  std::vector<LaneState> lanes_;              // where to, each with the earliest of those that came back
  std::map<std::int64_t, std::int64_t> due_;  // the earliest, by lane
  std::int64_t last_event_ = 0, last_lane_ = 0;
};

}  // namespace

std::unique_ptr<sqlite::Work> make_release(WriterState& state,
                                           const core::PlacementKey& placement,
                                           std::size_t limit,
                                           WaitingRoom::OnReleased done) {
  return std::make_unique<Release>(state, placement, limit, std::move(done));
}

}  // namespace fleethook::queue
