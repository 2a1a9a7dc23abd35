// The end of deliveries: what they came to is recorded, and the queue forgets them, as one. So at every moment, and
// after every crash, each delivery either waits or has its outcome, never both and never neither.
// Implementations: delivery/sqlite/settler.h on one SQLite file; testing/sim_settler.h.
#pragma once
#include <functional>
#include <vector>

#include "base/result.h"
#include "delivery/balance.h"
#include "queue/deliveries.h"
#include "store/history.h"

namespace fleethook::delivery {

struct Settlement {
  // Each outcome is of one of `over`, or of a test, which is in no queue. Exchanges may be of what is not over.
  store::HistoryBatch history;
  std::vector<queue::DeliveryKey> over;
  bool empty() const { return history.empty() && over.empty(); }
};

// Thread-safe.
class Settler {
 public:
  using OnSettled = std::function<void(Result<void>)>;
  virtual ~Settler() = default;
  // `done` runs after the commit on a thread that is not the caller's: post to a loop at once. On an error nothing of
  // it was kept, and it may be given again. Keys that the queue does not know are ignored, and an outcome that was
  // recorded before is not counted again. Where outcomes and queue do not share a transaction, outcomes are recorded
  // first, and `done` runs once the queue has let go as well.
  virtual void settle(Settlement settlement, OnSettled done) = 0;
  // Of one moment, as committed. Any thread.
  virtual Balance balance() const = 0;
};

}  // namespace fleethook::delivery
