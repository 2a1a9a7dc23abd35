#include "net/loop.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "net/loop_impl.h"
#include "net/readiness.h"

namespace fleethook::net {
namespace asio = boost::asio;

// How much a turn runs of what was left behind before sockets and timers get their chance again.
constexpr int kRunPerTurnMax = 256;

AsioLoop::Impl::Impl(const Clock& the_clock)
    : clock(the_clock),
      keep_running(asio::make_work_guard(io)),
      sockets(std::make_unique<Readiness>(*this)),
      wheel(the_clock.steady()),
      alarm(io) {}

AsioLoop::Impl::~Impl() {
  // Tasks may own objects that post, schedule or cancel when they go; that is ignored from here on.
  closing = true;
  local.clear();
  running.clear();
  batch.clear();
  posted.clear();
}

void AsioLoop::Impl::complete(Completion& completion) {
  completions.push(completion);
  ensure_turn();
}

void AsioLoop::Impl::post(Task task) {
  if (in_loop()) {
    if (closing) return;
    local.push_back(std::move(task));
    return ensure_turn();
  }
  {
    const std::lock_guard lock(mutex);
    if (closing) return;
    posted.push_back(std::move(task));
    if (std::exchange(waking, true)) return;
  }
  asio::post(io, [this] { turn([this] { take_posted(); }); });
}

void AsioLoop::Impl::take_posted() {
  {
    const std::lock_guard lock(mutex);
    batch.swap(posted);
    waking = false;
  }
  for (Task& task : batch) std::exchange(task, nullptr)();
  batch.clear();
}

TimerId AsioLoop::Impl::schedule(Steady when, Task callback) {
  if (closing) return 0;
  const TimerId id = wheel.schedule(when, std::move(callback));
  if (when < alarm_at) {
    alarm_stale = true;
    ensure_turn();
  }
  return id;
}

// Outside a turn (before run()) nobody would look at what was left; inside one, its end does.
void AsioLoop::Impl::ensure_turn() {
  if (in_turn || std::exchange(resuming, true)) return;
  asio::post(io, [this] {
    resuming = false;
    turn([] {});
  });
}

void AsioLoop::Impl::run_left() {
  for (int n = 0; n < kRunPerTurnMax; ++n) {
    if (running_next == running.size()) {
      running.clear();
      running.swap(local);
      running_next = 0;
    }
    const bool has_task = running_next < running.size();
    if (completions.empty() && !has_task) return;
    if (!completions.empty()) completions.run_first();
    if (has_task) std::exchange(running[running_next++], nullptr)();
  }
}

void AsioLoop::Impl::end_turn() {
  run_left();
  if (stopping) {
    take_posted();
    io.stop();
  }
  if (alarm_stale) set_alarm();
  in_turn = false;
  if (!completions.empty() || !local.empty() || running_next < running.size()) ensure_turn();
}

void AsioLoop::Impl::set_alarm() {
  alarm_stale = false;
  const auto next = wheel.next();
  if (!next || *next >= alarm_at) return;
  alarm_at = *next;
  alarm.expires_after(alarm_at - clock.steady());  // cancels the wait before
  alarm.async_wait([this](const boost::system::error_code& problem) {
    if (problem) return;
    turn([this] {
      alarm_at = Steady::max();
      alarm_stale = true;
      wheel.advance(clock.steady());
    });
  });
}

AsioLoop::AsioLoop(const Clock& clock) : impl_(std::make_unique<Impl>(clock)) {}
AsioLoop::~AsioLoop() = default;

void AsioLoop::run() {
  impl_->owner = std::this_thread::get_id();
  impl_->io.restart();
  impl_->turn(
      [this] { impl_->take_posted(); });  // what this thread posted before comes before what it posts from now on
  impl_->io.run();
  impl_->stopping = false;
  impl_->owner = std::thread::id();
}

void AsioLoop::stop() {
  post([this] { impl_->stopping = true; });
}

void AsioLoop::post(Task task) {
  impl_->post(std::move(task));
}
TimerId AsioLoop::schedule(Steady when, Task callback) {
  return impl_->schedule(when, std::move(callback));
}
bool AsioLoop::cancel(TimerId id) {
  return !impl_->closing && impl_->wheel.cancel(id);
}
const Clock& AsioLoop::clock() const {
  return impl_->clock;
}
bool AsioLoop::in_loop() const {
  return impl_->in_loop();
}

}  // namespace fleethook::net
