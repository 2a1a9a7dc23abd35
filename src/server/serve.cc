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
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto server = Server::start(config);
  if (!server.ok()) {
    log::error("server.cannot_start", {{"reason", server.error().message}});
    return 1;
  }
  int received = SIGHUP;
  while (received == SIGHUP) {
    sigwait(&signals, &received);
    if (received == SIGHUP) (*server)->reload();
  }
  log::info("server.stopping", {{"signal", received == SIGTERM ? "SIGTERM" : "SIGINT"}});
  (*server)->stop();
  log::info("server.stopped");
  return 0;
}

}  // namespace fleethook::server
