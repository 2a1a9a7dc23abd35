#include "queue/sqlite/reader_thread.h"

#include <utility>

namespace fleethook::queue {

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
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
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
