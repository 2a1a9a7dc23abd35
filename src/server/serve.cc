#include <cstdio>

#include "base/crypto.h"
#include "base/log.h"
#include "server/commands.h"
#include "server/server.h"
#include "server/signals.h"

namespace fleethook::server {

int serve(const Config& config) {
  if (!crypto::init()) {
    std::fprintf(stderr, "fleethook: the cryptographic library does not start\n");
    return 1;
  }
  Signals& signals = Signals::take();
  auto server = Server::start(config);
  if (!server.ok()) {
    log::error("server.cannot_start", {{"reason", server.error().message}});
    return 1;
  }
  int signal = signals.next();
  for (; signal == SIGHUP; signal = signals.next()) (*server)->reload();
  log::info("server.stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  const auto stopped = (*server)->stop();
  server->reset();  // closes the data folder
  if (!stopped.ok()) {
    log::error("server.stopped_unrecorded", {{"reason", stopped.error().message}});
    return 1;
  }
  log::info("server.stopped");
  return 0;
}

}  // namespace fleethook::server
