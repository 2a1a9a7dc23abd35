// A file system for SQLite that fails or crashes when told to. For tests: linked by nobody else. Covers WAL (shared
// memory included).
#pragma once
#include <cstdint>
#include <memory>

namespace fleethook::sqlite {

// What happens to writes that were never synced when the machine stops.
enum class Unsynced : std::uint8_t {
  kKept,  // as after kill -9
  kDropped,
  kTrashed,  // each sector of each write: kept, dropped or garbage, by chance
};

// Operations that may fail: open, read, write, truncate, sync, delete, mapping of shared memory. Registers itself with
// SQLite under a name of its own. Thread-safe. Every connection that uses it must be closed before it is destroyed.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  const char* name() const;

  // The nth operation from now (0 = the next one) fails, once. A failing write leaves its first half behind and says
  // that the disk is full; the others say I/O error. Replaces an earlier call.
  void fail_at(std::uint64_t nth);
  // From now on (or until calm()) every write, truncation and sync fails: the disk is full.
  void fill_disk();
  // The nth operation from now and all that follow fail: the machine has stopped.
  void crash_at(std::uint64_t nth);
  void calm();
  // Whether the failure or crash that was asked for has happened.
  bool fired() const;
  std::uint64_t operations() const;

  // After a crash, and after all connections were closed: makes the files what the disk would hold. Then calm().
  void restart(Unsynced unsynced, std::uint64_t seed);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::sqlite
