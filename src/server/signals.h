// What an operator tells a running server by signals.
#pragma once
#include <condition_variable>
#include <csignal>
#include <mutex>

namespace fleethook::server {

// Makes SIGTERM and SIGINT stop the server, the second one at once, and SIGHUP a word to reload; SIGPIPE and SIGXFSZ
// are ignored.
// One in a process. Make it before any other thread, for each inherits what is blocked. It lasts until the process
// ends, so that a second signal works until then.
class Signals {
 public:
  static Signals& take();
  Signals(const Signals&) = delete;

  // Waits for the next one: SIGHUP, or the one that stops the server (again and again, once it came). What came before
  // the call counts.
  int next();

 private:
  Signals();
  void listen();

  sigset_t signals_{};
  std::mutex mutex_;
  std::condition_variable came_;
  bool reload_ = false;  // guarded by mutex_
  int stop_ = 0;         // guarded by mutex_; 0: none yet
};

}  // namespace fleethook::server
