// The inside of AsioLoop for the .cc files of net/: what sockets and timers hang on, and how their callbacks are run.
//
// A *turn* is one handler called by Asio. Everything the turn leaves behind (completions of writes that succeeded at
// once, tasks posted on this thread) runs at its end, without going through Asio's queue or another epoll_wait.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "base/assert.h"
#include "net/loop.h"

namespace fleethook::net {

class Readiness;

// Something that is finished and whose callback is to run at the end of the turn. It sits inside the object it
// completes; destroying that object takes it out of the list, which is how a dead stream's callback never runs. Loop
// thread only.
class Completion {
 public:
  Completion() = default;
  virtual ~Completion() { unlink(); }
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;
  bool linked() const { return next_ != nullptr; }
  void unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  friend class CompletionList;
  virtual void run() {}
  Completion* previous_ = nullptr;
  Completion* next_ = nullptr;
};

// First in, first out.
class CompletionList {
 public:
  CompletionList() { head_.next_ = head_.previous_ = &head_; }
  ~CompletionList() {
    while (!empty()) head_.next_->unlink();
  }
  bool empty() const { return head_.next_ == &head_; }
  void push(Completion& completion) {
    completion.previous_ = head_.previous_;
    completion.next_ = &head_;
    head_.previous_->next_ = &completion;
    head_.previous_ = &completion;
  }
  void run_first() {
    Completion* first = head_.next_;
    first->unlink();
    first->run();
  }

 private:
  Completion head_;
};

struct AsioLoop::Impl {
  // Said to sockets and timers by name: Asio's default is a type-erased executor, which costs at every operation.
  using Executor = boost::asio::io_context::executor_type;

  explicit Impl(const Clock& the_clock);
  ~Impl();

  // Every handler given to Asio does its work through this.
  template <class Body>
  void turn(Body&& body) {
    in_turn = true;
    body();
    end_turn();
  }
  // `completion` runs later on the loop, unless its object is gone by then. Loop thread only.
  void complete(Completion& completion);
  void post(Task task);
  TimerId schedule(Steady when, Task callback);
  bool in_loop() const { return owner.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

  void end_turn();
  void ensure_turn();
  void run_left();
  void take_posted();
  void set_alarm();

  const Clock& clock;
  boost::asio::io_context io{1};  // one thread runs it: no locks on the descriptors, but post() from others works
  boost::asio::executor_work_guard<Executor> keep_running;
  std::atomic<std::thread::id> owner{};

  // Loop thread only.
  std::unique_ptr<Readiness> sockets;
  CompletionList completions;
  std::vector<Task> local;    // posted on this thread
  std::vector<Task> running;  // of them, those being run, from `running_next` on
  std::size_t running_next = 0;
  std::vector<Task> batch;  // taken from `posted`; a member to keep its capacity
  bool in_turn = false;
  bool resuming = false;  // a turn to go on with what the last one left is under way
  bool stopping = false;
  bool closing = false;  // in the destructor
  TimerWheel wheel;
  boost::asio::
      basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
          alarm;
  Steady alarm_at = Steady::max();
  bool alarm_stale = false;  // a timer earlier than alarm_at may have been added in this turn

  std::mutex mutex;
  std::vector<Task> posted;  // under mutex: from other threads
  bool waking = false;       // under mutex: a wake-up for `posted` is under way
};

// The callback of an operation: kept from its start, run with the results at the end of the turn that finishes it.
template <class... Results>
class Pending final : public Completion {
 public:
  using Callback = std::function<void(Results...)>;
  void start(Callback callback) {
    FLEETHOOK_ASSERT(!callback_);  // one at a time
    callback_ = std::move(callback);
  }
  bool unfinished() const { return callback_ && !linked(); }
  void finish(AsioLoop::Impl& loop, Results... results) {
    results_ = std::make_tuple(std::move(results)...);
    loop.complete(*this);
  }

 private:
  void run() override {
    // Moved out first: the callback may destroy this, or start the next operation.
    const Callback callback = std::exchange(callback_, nullptr);
    std::tuple<Results...> results = std::move(results_);
    std::apply(callback, std::move(results));
  }
  Callback callback_;
  std::tuple<Results...> results_;
};

}  // namespace fleethook::net
