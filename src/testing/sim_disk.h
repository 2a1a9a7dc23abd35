// The disk of a simulated machine, with one writer as the embedded store and queue have: changes are committed in the
// order in which they were given, each at once or not at all, some time later. What is committed survives a crash of
// the process; what is not is gone.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>

#include "base/result.h"
#include "testing/sim.h"

namespace fleethook::testing {

struct DiskFaults {
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  double busy = 0;  // an operation fails, nothing of it happens
  double late = 0;  // committed, but said so only late_by afterwards
  Duration late_by = std::chrono::seconds(2);
  Duration commit_min = std::chrono::microseconds(100), commit_max = std::chrono::milliseconds(3);
  std::uint64_t fail_operation = kNever;  // the nth (from 0) fails
  bool broken = false;                    // all fail
};

class SimDisk {
 public:
  explicit SimDisk(Sim& sim) : sim_(sim) {}

  DiskFaults faults;  // may be changed at any time
  // `commit` makes the change; `done` is told, on no loop's thread.
  void write(std::function<void()> commit, std::function<void(const Result<void>&)> done);
  // `look` sees what is committed then; `done` is told later. On an error `look` is not called.
  void read(std::function<void()> look, std::function<void(const Result<void>&)> done);
  // The process is gone: what is not committed never will be, and nobody is told anything.
  void crash() { ++life_; }

  std::uint64_t operations() const { return operations_; }
  bool fired() const { return fired_; }  // fail_operation has struck

 private:
  bool fails();
  void later(Steady when, std::function<void()> task);

  Sim& sim_;
  std::uint64_t life_ = 0, operations_ = 0;
  bool fired_ = false;
  Steady last_commit_{}, last_done_{};
};

}  // namespace fleethook::testing
