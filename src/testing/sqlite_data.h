// Store and queue in a data folder that lives as long as a test, opened as the server opens them: for tests of layers
// that must not name an implementation.
#pragma once
#include <memory>

#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "delivery/settler.h"
#include "queue/queue.h"
#include "store/store.h"

namespace fleethook::testing {

// Thread-safe as the two are. `clock` and `random` outlive it; `random` is drawn from on the writer's thread.
class SqliteData {
 public:
  SqliteData(const Clock& clock, Random& random, const queue::NoteLimits& note_limits = {}, const Limits& limits = {});
  // Waits for what was submitted.
  ~SqliteData();
  SqliteData(const SqliteData&) = delete;
  // Closes both and opens them again on the same files; earlier references are no longer valid.
  void reopen();
  store::Store& store();
  queue::Queue& queue();
  queue::Notes& notes();
  delivery::Settler& settler();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::testing
