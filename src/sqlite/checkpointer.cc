#include "sqlite/checkpointer.h"

#include <algorithm>
#include <utility>

namespace fleethook::sqlite {
namespace {

constexpr std::int64_t kRestPagesMax = 256;  // that the writer copies itself: about a millisecond
constexpr int kRoundsMax = 4;                // of the thread, should the writer be so fast that the rest stays large

}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<Database> connection, std::int64_t pages)
    : pages_(pages), connection_(std::move(connection)), begin_at_(pages), thread_([this] { loop(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Checkpointer::committed(Database& writer) {
  const std::int64_t logged = writer.log_pages();
  if (logged < last_logged_) begin_at_ = pages_;  // the log began anew
  last_logged_ = logged;
  switch (state_.load(std::memory_order_acquire)) {
    case State::kRunning:
      return;
    case State::kIdle:
      if (logged >= begin_at_) start();
      return;
    case State::kCopied:
      if (logged - copied_ > kRestPagesMax && rounds_ < kRoundsMax) return start();
      return finish(writer, logged);
  }
}

void Checkpointer::start() {
  ++rounds_;
  {
    const std::lock_guard lock(mutex_);
    state_.store(State::kRunning, std::memory_order_release);
  }
  changed_.notify_one();
}

void Checkpointer::finish(Database& writer, std::int64_t logged) {
  (void)writer.checkpoint().ok();
  rounds_ = 0;
  // Somebody who reads for long keeps the log from beginning anew: do not try at each commit.
  begin_at_ = std::max(pages_, logged + pages_ / 4);
  state_.store(State::kIdle, std::memory_order_release);
}

void Checkpointer::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || state_.load(std::memory_order_acquire) == State::kRunning; });
    if (stopping_) return;
    lock.unlock();
    const auto copied = connection_->checkpoint();
    copied_ = copied.ok() ? *copied : 0;
    state_.store(State::kCopied, std::memory_order_release);
    lock.lock();
  }
}

}  // namespace fleethook::sqlite
