// A thread with a connection of its own that only reads, so backlogs are loaded while the writer writes.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "sqlite/database.h"

namespace fleethook::queue {

// post() from any thread; tasks run in order. The destructor runs what was posted, then ends the thread.
class ReaderThread {
 public:
  using Task = std::function<void(sqlite::Database&)>;
  explicit ReaderThread(std::unique_ptr<sqlite::Database> database);
  ~ReaderThread();
  ReaderThread(const ReaderThread&) = delete;
  void post(Task task);
  bool is_current() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void loop();

  std::unique_ptr<sqlite::Database> database_;  // the thread's own
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // guarded by mutex_, as stopping_
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace fleethook::queue
