// Batches on their way to the writer.
#pragma once
#include <mutex>
#include <vector>

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

}  // namespace fleethook::store
