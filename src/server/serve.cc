#include <csignal>
#include <cstdio>

#include "base/crypto.h"
#include "base/log.h"
#include "server/commands.h"
#include "server/server.h"

namespace fleethook::server {

int serve(const Config& config) {
  if (!crypto::init()) {
    std::fprintf(stderr, "fleethook: the cryptographic library does not start\n");
    return 1;
  }
  // Blocked before any thread starts, so that every thread inherits it and only sigwait sees them.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto server = Server::start(config);
  if (!server.ok()) {
    log::error("server.cannot_start", {{"reason", server.error().message}});
    return 1;
  }
  int received = 0;
  sigwait(&stop_signals, &received);
  log::info("server.stopping", {{"signal", received == SIGTERM ? "SIGTERM" : "SIGINT"}});
  (*server)->stop();
  log::info("server.stopped");
  return 0;
}

}  // namespace fleethook::server
