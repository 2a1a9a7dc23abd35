#include "testing/sim_disk.h"

#include <algorithm>
#include <utility>

namespace fleethook::testing {
namespace {
const Error kBusy{Fault::kUnavailable, "simulated: the disk is busy"};
}

bool SimDisk::fails() {
  const bool chosen = operations_++ == faults.fail_operation;
  fired_ = fired_ || chosen;
  return chosen || faults.broken || sim_.chance(faults.busy);
}

void SimDisk::later(Steady when, std::function<void()> task) {
  sim_.at(when, [this, life = life_, task = std::move(task)] {
    if (life == life_) task();
  });
}

void SimDisk::write(std::function<void()> commit, std::function<void(const Result<void>&)> done) {
  last_commit_ = std::max(last_commit_, sim_.steady() + sim_.between(faults.commit_min, faults.commit_max));
  Steady told = last_commit_ + std::chrono::microseconds(10);
  if (sim_.chance(faults.late)) {
    sim_.probe("commit acknowledged late");
    told += faults.late_by;
  }
  last_done_ = std::max(last_done_, told);  // one thread tells them, in order
  if (fails()) {
    sim_.probe("write failed");
    return later(last_done_, [done = std::move(done)] { done(kBusy); });
  }
  later(last_commit_, std::move(commit));
  later(last_done_, [done = std::move(done)] { done({}); });
}

void SimDisk::read(std::function<void()> look, std::function<void(const Result<void>&)> done) {
  const Steady seen = sim_.steady() + sim_.between(faults.commit_min, faults.commit_max);
  const Steady told = seen + sim_.between(Duration::zero(), faults.commit_max);
  if (fails()) {
    sim_.probe("read failed");
    return later(told, [done = std::move(done)] { done(kBusy); });
  }
  later(seen, std::move(look));
  later(told, [done = std::move(done)] { done({}); });
}

}  // namespace fleethook::testing
