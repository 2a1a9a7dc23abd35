// Batches on their way to the writer, each with what shares its transaction.
#pragma once
#include <memory>
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
  struct Contents {
    HistoryBatch batch;
    std::vector<std::unique_ptr<sqlite::Work>> beside;
    std::vector<History::OnRecorded> waiting;
  };
  // `beside`: runs after the batch, in its transaction; may be null. True: the inbox was empty.
  bool put(HistoryBatch batch, std::unique_ptr<sqlite::Work> beside, History::OnRecorded done);
  // Everything, in the order of put(); the inbox is empty again.
  Contents take();
  // About how many rows that will be.
  std::size_t rows() const;

 private:
  mutable std::mutex mutex_;
  Contents contents_;     // guarded by mutex_
  std::size_t rows_ = 0;  // guarded by mutex_
};

// What all deliveries came to, in memory, as committed. Thread-safe.
class EndedCount {
 public:
  Result<void> load(sqlite::Database& database);
  Ended get() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  void set(const Ended& ended) {
    const std::lock_guard lock(mutex_);
    ended_ = ended;
  }
  // Held while a settlement becomes visible: its outcomes and what it did beside.
  std::mutex& settling() const { return settling_; }

 private:
  mutable std::mutex mutex_, settling_;
  Ended ended_;  // guarded by mutex_
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
