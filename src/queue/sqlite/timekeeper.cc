#include "queue/sqlite/timekeeper.h"

#include <algorithm>
#include <utility>

#include "queue/sqlite/schema.h"

namespace fleethook::queue {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr Duration kAtRest = std::chrono::hours(1);

std::int64_t count_of(Moment at) {
  return at.time_since_epoch().count();
}
std::int64_t count_of(Instant at) {
  return at.time_since_epoch().count();
}

Result<std::optional<TimeAnchor>> read_anchor(Database& database) {
  FLEETHOOK_TRY(Statement row, database.prepare("SELECT at, guessed, wall, boot, up FROM time_anchor WHERE id = 1"));
  FLEETHOOK_TRY(const bool found, row.step());
  if (!found) return std::optional<TimeAnchor>();
  TimeAnchor anchor{Moment(Duration(row.column_int(0))),
                    Duration(row.column_int(1)),
                    Instant(Duration(row.column_int(2))),
                    {std::string(row.column_text(3)), Duration(row.column_int(4))}};
  return std::optional(std::move(anchor));
}

Result<std::vector<TimeMark>> read_marks(Database& database) {
  FLEETHOOK_TRY(Statement rows, database.prepare("SELECT at, wall, last, after_step FROM time_mark ORDER BY at"));
  std::vector<TimeMark> marks;
  while (true) {
    FLEETHOOK_TRY(const bool more, rows.step());
    if (!more) return marks;
    marks.push_back({Moment(Duration(rows.column_int(0))),
                     Instant(Duration(rows.column_int(1))),
                     {static_cast<std::uint64_t>(rows.column_int(2))},
                     rows.column_int(3) != 0});
  }
}

Result<Instant> read_newest(Database& database) {
  FLEETHOOK_TRY(Statement row,
                database.prepare("SELECT " FLEETHOOK_ACCEPTED_AT " FROM event ORDER BY seq DESC LIMIT 1"));
  FLEETHOOK_TRY(const bool found, row.step());
  return found ? Instant(Duration(row.column_int(0))) : Instant();
}

Result<void> insert_mark(Database& database, const TimeMark& mark) {
  FLEETHOOK_TRY(Statement insert,
                database.prepare("INSERT OR REPLACE INTO time_mark(at, wall, last, after_step) VALUES (?1,?2,?3,?4)"));
  return insert.bind(1, count_of(mark.at))
      .bind(2, count_of(mark.wall))
      .bind(3, static_cast<std::int64_t>(mark.last.value))
      .bind(4, std::int64_t{mark.after_step})
      .run();
}

}  // namespace

// Isolated: publishing does not wait for it to succeed.
class Timekeeper::Write final : public sqlite::Work {
 public:
  explicit Write(Timekeeper& keeper) : keeper_(keeper) {}

  bool isolated() const override { return true; }
  const char* kind() const override { return "time"; }

  Result<void> run(Database& database) override {
    const TimeAnchor anchor = keeper_.timeline_.anchor();
    anchor_at_ = anchor.at;
    FLEETHOOK_TRY(Statement put, database.prepare("INSERT OR REPLACE INTO time_anchor(id, at, guessed, wall, boot, up)"
                                                  " VALUES (1,?1,?2,?3,?4,?5)"));
    FLEETHOOK_CHECK(put.bind(1, count_of(anchor.at))
                        .bind(2, anchor.guessed.count())
                        .bind(3, count_of(anchor.wall))
                        .bind_text(4, anchor.uptime.name)
                        .bind(5, anchor.uptime.since.count())
                        .run());
    if (keeper_.kept_at_ == 0) FLEETHOOK_CHECK(insert_mark(database, keeper_.timeline_.marks().front()));
    mark_ = keeper_.timeline_.next_mark({keeper_.state_.next().seq});
    if (mark_) FLEETHOOK_CHECK(insert_mark(database, *mark_));
    return drop_superfluous(database);
  }

  void done(Result<void> result) override {
    if (result.ok()) {
      if (mark_) keeper_.timeline_.add(*mark_);
      keeper_.kept_at_ = count_of(anchor_at_);
    }
    keeper_.writing_ = false;
  }

 private:
  // Those that the timeline forgot at its last mark.
  Result<void> drop_superfluous(Database& database) const {
    if (!mark_) return {};
    const std::vector<TimeMark> kept = keeper_.timeline_.marks();
    FLEETHOOK_TRY(const std::vector<TimeMark> all, read_marks(database));
    FLEETHOOK_TRY(Statement drop, database.prepare("DELETE FROM time_mark WHERE at = ?1"));
    for (const TimeMark& one : all) {
      const bool stays = one.at == mark_->at || std::ranges::binary_search(kept, one.at, {}, &TimeMark::at);
      if (!stays) FLEETHOOK_CHECK(drop.bind(1, count_of(one.at)).run());
    }
    return {};
  }

  Timekeeper& keeper_;
  Moment anchor_at_{};
  std::optional<TimeMark> mark_;
};

Timekeeper::Timekeeper(const Clock& clock,
                       const std::optional<TimeAnchor>& anchor,
                       const Uptime& uptime,
                       std::vector<TimeMark> marks,
                       Instant newest,
                       WriterState& state,
                       sqlite::GroupWriter& writer)
    : state_(state),
      writer_(writer),
      timeline_(clock, anchor, uptime, std::move(marks), newest, {state.next().seq}),
      kept_at_(anchor ? count_of(anchor->at) : 0) {}

Result<std::unique_ptr<Timekeeper>> Timekeeper::load(
    Database& database, const Clock& clock, const Uptime& uptime, WriterState& state, sqlite::GroupWriter& writer) {
  FLEETHOOK_TRY(const auto anchor, read_anchor(database));
  FLEETHOOK_TRY(auto marks, read_marks(database));
  FLEETHOOK_TRY(const Instant newest, read_newest(database));
  return std::unique_ptr<Timekeeper>(new Timekeeper(clock, anchor, uptime, std::move(marks), newest, state, writer));
}

void Timekeeper::keep(bool now) {
  const core::EventSeq last = state_.counters.last();
  const Duration since = timeline_.sure() - Moment(Duration(kept_at_.load()));
  const auto waits = [this] { return state_.counters.rows().waiting() > 0; };
  const bool is_time =
      now || since >= kAtRest || (since >= Timeline::kMarkEvery && waits()) || timeline_.next_mark(last).has_value();
  if (is_time && !writing_.exchange(true)) writer_.submit(std::make_unique<Write>(*this));
}

}  // namespace fleethook::queue
