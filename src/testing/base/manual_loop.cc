#include "testing/base/manual_loop.h"

#include <algorithm>

#include "base/assert.h"

namespace fleethook::testing {
namespace {
constexpr std::size_t kTasksWithoutRestMax = 10'000'000;
}

ManualLoop::~ManualLoop() {
  // Dropping a task may destroy objects that post or cancel again: empty the containers before they are gone
  // themselves.
  for (;;) {
    std::deque<Task> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(tasks_);
    }
    std::map<Key, Task> timers;
    timers.swap(timers_);
    times_.clear();
    if (tasks.empty() && timers.empty()) return;
  }
}

void ManualLoop::post(Task task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
}

TimerId ManualLoop::schedule(Steady when, Task callback) {
  const TimerId id = ++last_timer_;
  timers_.emplace(Key(when, id), std::move(callback));
  times_.emplace(id, when);
  return id;
}

bool ManualLoop::cancel(TimerId id) {
  const auto found = times_.find(id);
  if (found == times_.end()) return false;
  const auto timer = timers_.extract(Key(found->second, id));  // its callback dies after the maps are consistent again
  times_.erase(found);
  return true;
}

bool ManualLoop::pop_task(Task& task) {
  const std::lock_guard lock(mutex_);
  if (tasks_.empty()) return false;
  task = std::move(tasks_.front());
  tasks_.pop_front();
  return true;
}

bool ManualLoop::run_one() {
  if (Task task; pop_task(task)) {
    task();
    return true;
  }
  if (timers_.empty() || timers_.begin()->first.first > clock_->steady()) return false;
  auto timer = timers_.extract(timers_.begin());
  times_.erase(timer.key().second);
  timer.mapped()();
  return true;
}

std::size_t ManualLoop::run_ready() {
  std::size_t ran = 0;
  while (run_one()) FLEETHOOK_ASSERT(++ran < kTasksWithoutRestMax);
  return ran;
}

std::size_t ManualLoop::advance(Duration span) {
  const Steady end = clock_->steady() + span;
  std::size_t ran = run_ready();
  while (const auto next = next_timer()) {
    if (*next > end) break;
    clock_->advance(std::max(*next - clock_->steady(), Duration::zero()));
    ran += run_ready();
  }
  clock_->advance(std::max(end - clock_->steady(), Duration::zero()));
  return ran + run_ready();
}

std::optional<Steady> ManualLoop::next_timer() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first.first;
}

}  // namespace fleethook::testing
