// What stands in a block of events, so that a search may pass over it: a row for each 4096 of them, in place of an
// index, which would double the work of a publish.
//
//   event         | block 0: numbers 1 .. 4095 | block 1: 4096 .. 8191 | ... | the open block, without a row
//   event_digest  | first_at, last_at, bits    | first_at, ...         | ... |
//
// `bits` is a Bloom filter of the devices, products and owners of its events, and of what replays brought again: a key
// sets kProbes of its 65,536 bits. With 4096 devices in a block, which is as many as there can be, it is wrong about
// one block in some hundreds, and then costs a look through that. A block without a row is looked through: the open
// one, those of an earlier version, and one in the midst of which a transaction has failed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/event.h"
#include "queue/event_search.h"
#include "sqlite/database.h"

namespace fleethook::queue {

inline constexpr std::uint64_t kBlockEvents = 4096;
constexpr std::uint64_t block_of(core::EventSeq seq) {
  return seq.value / kBlockEvents;
}

// A Bloom filter. Its form stands on disk: it must stay as it is.
class Bits {
 public:
  static constexpr std::size_t kBytes = 8192;
  static constexpr int kProbes = 6;
  using Key = std::uint64_t;  // mixed well

  Bits() : bytes_(kBytes, '\0') {}
  void set(Key key);
  static bool has(std::string_view bytes, Key key);  // `bytes`: of a filter; true for any other length
  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// The keys of what an event is found by.
Bits::Key device_key(std::string_view publisher);
Bits::Key product_key(core::ProductId product);
Bits::Key owner_key(const core::UserId& owner);
Bits::Key replayed_key(const core::EventId& id);

// By what a search may pass over blocks.
class BlockTest {
 public:
  explicit BlockTest(const EventQuery& query);
  // False: no event of a block with these fits.
  bool in_time(Instant first_at, Instant last_at) const { return last_at >= from_ && first_at < to_; }
  bool may_have(std::string_view bits) const;

 private:
  Instant from_, to_;
  std::vector<Bits::Key> all_;  // each of them
  std::vector<Bits::Key> any_;  // one of them, if there are any
};

// Gathers the digest of the open block while its events are written. Lives on the writer's thread.
class DigestWriter {
 public:
  // Takes up the open block as it is on disk. `last`: the newest event that was ever kept.
  Result<void> load(sqlite::Database& database, core::EventSeq last);
  // The next event is written, in a transaction that may fail: then its number comes again. Writes the row with the
  // last event of a block.
  Result<void> add(sqlite::Database& database, core::EventSeq seq, const core::Event& event);

 private:
  void begin();
  Result<void> write(sqlite::Database& database, std::uint64_t block);

  std::uint64_t next_ = 0;  // the number that goes on from what was gathered; 0: nothing whole was
  Bits bits_;
  Instant first_at_{}, last_at_{};
  // As the event before: their keys are set.
  core::ProductId product_;
  core::UserId owner_;
};

}  // namespace fleethook::queue
