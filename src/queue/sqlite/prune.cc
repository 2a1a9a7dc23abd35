#include "queue/sqlite/prune.h"

#include <utility>

namespace fleethook::queue {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr std::int64_t kEventsPerStep = 256;  // below a millisecond

// Isolated: a bad page among old events must not fail those who publish new ones.
class PruneStep final : public sqlite::Work {
 public:
  PruneStep(WriterState& state, PruneLimits limits, Instant before, std::function<void(Result<bool>)> done)
      : state_(state), limits_(limits), before_(before), done_(std::move(done)) {}

  bool isolated() const override { return true; }

  Result<void> run(Database& database) override {
    FLEETHOOK_TRY(const std::int64_t last, last_to_drop(database));
    if (dropped_ == 0) return {};
    more_ = dropped_ == kEventsPerStep;
    FLEETHOOK_TRY(Statement drop, database.prepare("DELETE FROM event WHERE seq <= ?1"));
    FLEETHOOK_CHECK(drop.bind(1, last).run());
    return mark(database);
  }

  void done(Result<void> result) override {
    if (!result) return done_(std::move(result).error());
    state_.counters.events.fetch_sub(dropped_, std::memory_order_relaxed);
    done_(more_);
  }

 private:
  // Also counts into dropped_. Stops at the first event that stays, so what is left has no gaps.
  Result<std::int64_t> last_to_drop(Database& database) {
    FLEETHOOK_TRY(Statement oldest,
                  database.prepare("SELECT seq, published_at FROM event WHERE seq < ?1 ORDER BY seq LIMIT ?2"));
    oldest.bind(1, static_cast<std::int64_t>(limits_.end.value)).bind(2, kEventsPerStep);
    std::int64_t last = 0;
    while (true) {
      FLEETHOOK_TRY(const bool found, oldest.step());
      if (!found) return last;
      const std::int64_t seq = oldest.column_int(0);
      const bool old = oldest.column_int(1) < before_.time_since_epoch().count();
      if (!old && static_cast<std::uint64_t>(seq) >= limits_.over_bytes.value) return last;
      last = seq;
      ++dropped_;
    }
  }

  // In the same transaction: should these have been the last events, numbering goes on from here after a restart.
  Result<void> mark(Database& database) {
    FLEETHOOK_TRY(
        Statement put,
        database.prepare("INSERT OR REPLACE INTO high_water(name, value) VALUES ('seq', ?1), ('stored', ?2)"));
    const Position& next = state_.next();
    return put.bind(1, static_cast<std::int64_t>(next.seq)).bind(2, static_cast<std::int64_t>(next.stored)).run();
  }

  WriterState& state_;
  PruneLimits limits_;
  Instant before_;
  std::function<void(Result<bool>)> done_;
  std::int64_t dropped_ = 0;
  bool more_ = false;
};

}  // namespace

std::unique_ptr<sqlite::Work> make_prune_step(WriterState& state,
                                              PruneLimits limits,
                                              Instant before,
                                              std::function<void(Result<bool> more)> done) {
  return std::make_unique<PruneStep>(state, limits, before, std::move(done));
}

}  // namespace fleethook::queue
