// Batches on their way to the writer.
#pragma once
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "sqlite/group_writer.h"
#include "store/history.h"

namespace fleethook::store {

// Thread-safe. Whoever puts the first batch into an empty inbox brings it to the writer; the others ride along, so
// nothing is written later than it would have been alone.
class RecordInbox {
 public:
  // True: the inbox was empty.
  bool put(HistoryBatch batch, History::OnRecorded done);
  // Everything, in the order of put(); the inbox is empty again.
  void take(HistoryBatch& batch, std::vector<History::OnRecorded>& waiting);

 private:
  std::mutex mutex_;
  HistoryBatch batch_;                        // guarded by mutex_
  std::vector<History::OnRecorded> waiting_;  // guarded by mutex_
};

// How logging requests goes. Lives on the writer's thread.
class LogHealth {
 public:
  LogHealth(sqlite::GroupWriter& writer, const Clock& clock) : writer_(writer), clock_(clock) {}
  // False: it failed a moment ago.
  bool may_try() const { return clock_.steady() >= not_before_; }
  void tried(const Result<void>& result, std::size_t requests);

 private:
  static constexpr const char* kKind = "logs";
  static constexpr Duration kDelayMin = std::chrono::seconds(1);
  static constexpr Duration kDelayMax = std::chrono::seconds(30);

  sqlite::GroupWriter& writer_;
  const Clock& clock_;
  Duration delay_{};  // 0: it works
  Steady not_before_{};
};

}  // namespace fleethook::store
