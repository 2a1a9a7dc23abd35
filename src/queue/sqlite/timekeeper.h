// Keeps the timeline on disk: where it stands, and its marks.
#pragma once
#include <atomic>
#include <memory>

#include "queue/sqlite/writes.h"
#include "queue/timeline.h"
#include "sqlite/group_writer.h"

namespace fleethook::queue {

// Thread-safe once it is there.
class Timekeeper {
 public:
  // On the writer's thread, at open. `clock`, `state` and `writer` outlive it.
  static Result<std::unique_ptr<Timekeeper>> load(sqlite::Database& database,
                                                  const Clock& clock,
                                                  const Uptime& uptime,
                                                  WriterState& state,
                                                  sqlite::GroupWriter& writer);
  const Timeline& timeline() const { return timeline_; }
  // Writes what is to be written by now, or in any case `now`. Whoever owns this waits for the writer before it goes.
  void keep(bool now);

 private:
  class Write;
  Timekeeper(const Clock& clock,
             const std::optional<TimeAnchor>& anchor,
             const Uptime& uptime,
             std::vector<TimeMark> marks,
             Instant newest,
             WriterState& state,
             sqlite::GroupWriter& writer);

  WriterState& state_;
  sqlite::GroupWriter& writer_;
  Timeline timeline_;
  std::atomic<bool> writing_{false};
  std::atomic<Duration::rep> kept_at_;  // of sure(), as of the last one on disk; 0: none is
};

}  // namespace fleethook::queue
