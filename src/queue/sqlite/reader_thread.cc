#include "queue/sqlite/reader_thread.h"

#include <utility>

namespace fleethook::queue {
namespace {

constexpr std::chrono::seconds kRest{1};

}  // namespace

ReaderThread::ReaderThread(std::unique_ptr<sqlite::Database> database)
    : database_(std::move(database)), thread_([this] { loop(); }) {}

ReaderThread::~ReaderThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ReaderThread::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void ReaderThread::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto has_work = [this] { return stopping_ || !tasks_.empty(); };
    // What a backlog has left in memory is not kept through a rest.
    if (!changed_.wait_for(lock, kRest, has_work)) {
      database_->release_memory();
      changed_.wait(lock, has_work);
    }
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task(*database_);
    task = nullptr;  // what it holds is released outside the lock
    lock.lock();
  }
}

}  // namespace fleethook::queue
