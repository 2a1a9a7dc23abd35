// What is still to be done, and what may be replayed: accepted events and their deliveries. A log of what was accepted
// (queue/log.h), and a waiting room for what cannot go now (queue/waiting_room.h).
//
//   append --> Log --offers--> owner of the lane --> done: ack
//               |                 | cannot go now
//               |                 v
//               +----------> WaitingRoom --> loaded by the owner, or brought back to it
//
// Who uses only one of them takes only that. On SQLite a delivery is one row, which is of both until it is
// acknowledged. Implementations: queue/sqlite; held by queue/queue_contract.h.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "queue/log.h"
#include "queue/waiting_room.h"

namespace fleethook::queue {

// Of one moment, but for `last`.
struct QueueStats {
  std::uint64_t events = 0;   // kept
  std::uint64_t ready = 0;    // deliveries waiting for their first attempt
  std::uint64_t retries = 0;  // deliveries waiting for another one, or brought back by release()
  std::uint64_t parked = 0;   // deliveries of held placements
  // Deliveries that were ever made: those that wait, and all that are over. Where an earlier version has not counted
  // them, since then.
  std::uint64_t created = 0;
  core::EventSeq last{};  // the newest event that was ever kept; 0 = there was none
  std::uint64_t waiting() const { return ready + retries + parked; }
};

// Thread-safe. After a crash everything appended and not acknowledged is still there (with the progress last written).
class Queue : public Log, public WaitingRoom {
 public:
  // Done with these, wherever they wait and whatever the outcome: they are never delivered again. Unknown keys are
  // ignored.
  virtual void ack(std::vector<DeliveryKey> keys, OnDone done) = 0;
  virtual QueueStats stats() const = 0;
  // Why the last write failed; "" when it succeeded.
  virtual std::string trouble() const = 0;
};

}  // namespace fleethook::queue
