#include "server/signals.h"

#include <thread>

#include <unistd.h>

#include "base/log.h"

namespace fleethook::server {

Signals& Signals::take() {
  static Signals* const instance = new Signals();  // its thread outlives main()
  return *instance;
}

// Blocked in every thread, so that only the one that waits for them gets them.
Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow (ulimit -f) is an error like a full disk, and no end
  sigemptyset(&signals_);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, one);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  std::thread([this] { listen(); }).detach();
}

void Signals::listen() {
  while (true) {
    int signal = 0;
    sigwait(&signals_, &signal);
    {
      const std::lock_guard lock(mutex_);
      if (signal == SIGHUP) {
        reload_ = true;
      } else if (stop_ == 0) {
        stop_ = signal;
      } else {
        // What is committed is on disk, as after a crash; destructors would wait for what the operator will not.
        log::warn("server.ended_at_once", {{"reason", "a second signal came while the server was stopping"}});
        _exit(128 + signal);
      }
    }
    came_.notify_one();
  }
}

int Signals::next() {
  std::unique_lock lock(mutex_);
  came_.wait(lock, [this] { return reload_ || stop_ != 0; });
  if (stop_ != 0) return stop_;
  reload_ = false;
  return SIGHUP;
}

}  // namespace fleethook::server
