// What goes, and what stays:
//
//   event_kept   each one: waited for? --> stays
//                          else        --> gone
//   event        oldest ...................... end | younger, and within bytes
//                waited for            --> event_kept
//                else                  --> gone
//
// A run goes through both tables in stretches. For each the reader finds out which of its events deliveries wait for,
// and the writer takes it in steps of some hundred events. Meanwhile deliveries may go from one table to another, where
// the reader did not see them: from the begin of a run to its end the writer notes the events of those, and they stay.
// New deliveries are of new events, which are behind the end.
#include "queue/sqlite/prune.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "queue/sqlite/event_digest.h"
#include "queue/sqlite/reads.h"
#include "queue/sqlite/schema.h"

namespace fleethook::queue {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr std::int64_t kEventsPerStep = 256;  // below a millisecond

std::int64_t as_int(core::EventSeq seq) {
  return static_cast<std::int64_t>(seq.value);
}

// Keeps itself alive by what it has posted.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(const PruneTools& tools,
      const Timeline::Older& old,
      std::uint64_t bytes_max,
      std::function<void(Result<void>)> done)
      : tools_(tools), old_(old), bytes_max_(bytes_max), done_(std::move(done)) {}

  void start() {
    write(
        [this](Database&) -> Result<void> {
          tools_.state.watch_moves(true);
          watching_ = true;
          return {};
        },
        [this] { next_kept_stretch(); });
  }

 private:
  // On the writer's thread; `then` after the commit.
  void write(PruneStep::Run run, std::function<void()> then) {
    tools_.writer.submit(std::make_unique<PruneStep>(
        std::move(run), [self = shared_from_this(), then = std::move(then)](Result<void> result) {
          if (result.ok()) self->tools_.state.counters.add({.events = -std::exchange(self->dropped_, 0)}, {});
          if (!result.ok() || self->tools_.closing) return self->finish(std::move(result));
          then();
        }));
  }

  // On the writer's thread.
  void finish(Result<void> result) {
    if (std::exchange(watching_, false)) tools_.state.watch_moves(false);
    done_(std::move(result));
  }
  // On the reader's thread, which may not touch the writer's state.
  void finish_on_writer(Result<void> result) {
    auto shared = std::make_shared<Result<void>>(std::move(result));
    tools_.writer.submit(std::make_unique<PruneStep>(
        [](Database&) { return Result<void>(); },
        [self = shared_from_this(), shared](const Result<void>&) { self->finish(std::move(*shared)); }));
  }

  void next_kept_stretch() {
    tools_.reader.post([self = shared_from_this()](Database& database) {
      auto stretch = read_kept_stretch(database, self->kept_upto_);
      if (!stretch.ok()) return self->finish_on_writer(std::move(stretch).error());
      if (stretch->first.is_none()) return self->find_end(database);
      self->stretch_ = std::move(stretch).value();
      self->kept_upto_ = self->stretch_.last;
      self->at_ = self->stretch_.first;
      self->step_through_kept();
    });
  }

  void step_through_kept() {
    write([this](Database& database) { return delete_kept(database); },
          [this] { at_ <= stretch_.last ? step_through_kept() : next_kept_stretch(); });
  }

  Result<void> delete_kept(Database& database) {
    FLEETHOOK_TRY(Statement rows, database.prepare("SELECT seq FROM event_kept WHERE seq BETWEEN ?1 AND ?2"
                                                   " ORDER BY seq LIMIT ?3"));
    rows.bind(1, as_int(at_)).bind(2, as_int(stretch_.last)).bind(3, kEventsPerStep);
    FLEETHOOK_TRY(Statement drop, database.prepare("DELETE FROM event_kept WHERE seq = ?1"));
    std::int64_t dropped = 0;
    while (true) {
      FLEETHOOK_TRY(const bool more, rows.step());
      if (!more) {
        at_.value = stretch_.last.value + 1;
        break;
      }
      const core::EventSeq seq{static_cast<std::uint64_t>(rows.column_int(0))};
      at_.value = seq.value + 1;
      if (is_waited_for(seq)) continue;
      FLEETHOOK_CHECK(drop.bind(1, as_int(seq)).run());
      ++dropped;
    }
    dropped_ = dropped;
    return {};
  }

  void find_end(Database& database) {
    auto end = read_prune_end(database, old_, bytes_max_);
    if (!end.ok()) return finish_on_writer(std::move(end).error());
    end_ = *end;
    read_stretch(database);
  }

  void read_stretch(Database& database) {
    auto stretch = read_prune_stretch(database, end_);
    if (!stretch.ok()) return finish_on_writer(std::move(stretch).error());
    if (stretch->first.is_none()) return finish_on_writer({});
    stretch_ = std::move(stretch).value();
    at_ = stretch_.first;
    step_through_events();
  }

  void step_through_events() {
    write([this](Database& database) { return delete_events(database); },
          [this] {
            if (at_ <= stretch_.last) return step_through_events();
            tools_.reader.post([self = shared_from_this()](Database& database) { self->read_stretch(database); });
          });
  }

  Result<void> delete_events(Database& database) {
    const core::EventSeq last{std::min(stretch_.last.value, at_.value + kEventsPerStep - 1)};
    FLEETHOOK_TRY(Statement keep,
                  database.prepare("INSERT OR IGNORE INTO event_kept(seq, " FLEETHOOK_EVENT_COLUMNS
                                   ") SELECT seq, " FLEETHOOK_EVENT_COLUMNS " FROM event WHERE seq = ?1"));
    std::int64_t kept = 0;
    for (core::EventSeq seq = at_; seq <= last; ++seq.value) {
      if (!is_waited_for(seq)) continue;
      FLEETHOOK_CHECK(keep.bind(1, as_int(seq)).run());
      kept += database.changes();
    }
    FLEETHOOK_TRY(Statement drop, database.prepare("DELETE FROM event WHERE seq <= ?1"));
    FLEETHOOK_CHECK(drop.bind(1, as_int(last)).run());
    dropped_ = database.changes() - kept;
    at_.value = last.value + 1;
    FLEETHOOK_TRY(Statement digests, database.prepare("DELETE FROM event_digest WHERE block < ?1"));
    FLEETHOOK_CHECK(digests.bind(1, static_cast<std::int64_t>(block_of(at_))).run());
    return mark(database);
  }

  // In the same transaction: should these have been the last events, numbering goes on from here after a restart.
  Result<void> mark(Database& database) {
    FLEETHOOK_TRY(Statement put,
                  database.prepare("INSERT OR REPLACE INTO high_water(name, value) VALUES ('seq', ?1), ('stored', ?2),"
                                   " ('created', ?3)"));
    const Position& next = tools_.state.next();
    return put.bind(1, static_cast<std::int64_t>(next.seq))
        .bind(2, static_cast<std::int64_t>(next.stored))
        .bind(3, static_cast<std::int64_t>(next.created))
        .run();
  }

  bool is_waited_for(core::EventSeq seq) const {
    return std::ranges::binary_search(stretch_.waited_for, seq) || tools_.state.was_moved(seq);
  }

  const PruneTools tools_;
  const Timeline::Older old_;
  const std::uint64_t bytes_max_;
  const std::function<void(Result<void>)> done_;
  PruneStretch stretch_;
  core::EventSeq at_;         // where the next step begins
  core::EventSeq kept_upto_;  // of event_kept, looked at
  core::EventSeq end_;        // of what goes
  std::int64_t dropped_ = 0;  // in a step
  bool watching_ = false;
};

}  // namespace

void prune(const PruneTools& tools,
           const Timeline::Older& old,
           std::uint64_t bytes_max,
           std::function<void(Result<void>)> done) {
  std::make_shared<Run>(tools, old, bytes_max, std::move(done))->start();
}

}  // namespace fleethook::queue
