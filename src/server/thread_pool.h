// A few threads for work that may block: the API's handlers and reads of the history.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fleethook::server {

// Thread-safe. Tasks start in order.
class ThreadPool {
 public:
  explicit ThreadPool(std::size_t threads);
  ~ThreadPool();  // stops
  ThreadPool(const ThreadPool&) = delete;
  // Once it is stopped, a task is destroyed instead of run.
  void post(std::function<void()> task);
  // Runs what was posted, then ends the threads.
  void stop();

 private:
  void work();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fleethook::server
