// A lane may go when no delivery refers to it. The writer asks `ready` and `retry` itself, a seek each. `parked` is not
// ordered by lane: the reader goes through it first, and the writer notes the lanes of what is parked meanwhile.
//
//   writer: begin to note --> reader: lanes in `parked`, stretch by stretch --> writer: delete, 256 lanes a step
#include "queue/sqlite/lane_prune.h"

#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

namespace fleethook::queue {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr std::int64_t kLanesPerStep = 256;         // some milliseconds
constexpr std::int64_t kParkedPerStretch = 16'384;  // no load waits for long behind it

// Keeps itself alive by what it has posted.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(const PruneTools& tools, std::function<void(Result<void>)> done) : tools_(tools), done_(std::move(done)) {}

  void start() {
    write([this](Database& database) { return begin(database); }, [this] { enough_ ? finish({}) : read_parked(); });
  }

 private:
  void write(PruneStep::Run run, std::function<void()> then) {
    tools_.writer.submit(std::make_unique<PruneStep>(
        std::move(run), [self = shared_from_this(), then = std::move(then)](Result<void> result) {
          if (!result.ok() || self->tools_.closing) return self->finish(std::move(result));
          then();
        }));
  }
  // On the writer's thread.
  void finish(Result<void> result) {
    if (std::exchange(watching_, false)) tools_.state.watch_parked(false);
    done_(std::move(result));
  }

  Result<void> begin(Database& database) {
    FLEETHOOK_TRY(Statement count, database.prepare("SELECT count(*) FROM lane"));
    FLEETHOOK_CHECK(count.step());
    enough_ = count.column_int(0) <= static_cast<std::int64_t>(kLanesKept);
    if (!enough_) tools_.state.watch_parked(watching_ = true);
    return {};
  }

  void read_parked() {
    tools_.reader.post([self = shared_from_this()](Database& database) {
      auto more = self->read_stretch(database);
      if (more.ok() && *more) return self->read_parked();
      auto failed = std::make_shared<Result<void>>(more.ok() ? Result<void>() : std::move(more).error());
      self->write([failed](Database&) { return std::move(*failed); }, [self = self.get()] { self->step(); });
    });
  }

  // False: that was all.
  Result<bool> read_stretch(Database& database) {
    FLEETHOOK_TRY(Statement rows,
                  database.prepare("SELECT integration, product, event, lane FROM parked WHERE (integration, product,"
                                   " event, lane) > (?1, ?2, ?3, ?4) ORDER BY integration, product, event, lane"
                                   " LIMIT ?5"));
    rows.bind(1, at_[0]).bind(2, at_[1]).bind(3, at_[2]).bind(4, at_[3]).bind(5, kParkedPerStretch);
    for (std::int64_t read = 0;; ++read) {
      FLEETHOOK_TRY(const bool more, rows.step());
      if (!more) return read == kParkedPerStretch;
      for (int column = 0; column < 4; ++column) at_[column] = rows.column_int(column);
      parked_.insert(at_[3]);
    }
  }

  void step() {
    write([this](Database& database) { return delete_some(database); }, [this] { all_ ? finish({}) : step(); });
  }

  Result<void> delete_some(Database& database) {
    FLEETHOOK_TRY(Statement lanes, database.prepare("SELECT id FROM lane WHERE id > ?1 ORDER BY id LIMIT ?2"));
    lanes.bind(1, last_).bind(2, kLanesPerStep);
    std::vector<std::int64_t> some;
    while (true) {
      FLEETHOOK_TRY(const bool more, lanes.step());
      if (!more) break;
      some.push_back(lanes.column_int(0));
    }
    all_ = some.empty();
    if (!all_) last_ = some.back();
    tools_.state.forget_lanes();  // at once: whoever is next in this transaction must not get one that is gone
    FLEETHOOK_TRY(Statement drop, database.prepare("DELETE FROM lane WHERE id = ?1"
                                                   " AND NOT EXISTS (SELECT 1 FROM ready WHERE lane = ?1)"
                                                   " AND NOT EXISTS (SELECT 1 FROM retry WHERE lane = ?1)"));
    for (const std::int64_t lane : some) {
      if (parked_.contains(lane) || tools_.state.was_parked_in({static_cast<std::uint64_t>(lane)})) continue;
      FLEETHOOK_CHECK(drop.bind(1, lane).run());
    }
    return {};
  }

  const PruneTools tools_;
  const std::function<void(Result<void>)> done_;
  bool watching_ = false, enough_ = false, all_ = false;
  std::int64_t last_ = 0;
  std::int64_t at_[4] = {-1, -1, -1, -1};    // how far `parked` is read
  std::unordered_set<std::int64_t> parked_;  // lanes of what is parked
};

}  // namespace

void prune_lanes(const PruneTools& tools, std::function<void(Result<void>)> done) {
  std::make_shared<Run>(tools, std::move(done))->start();
}

}  // namespace fleethook::queue
