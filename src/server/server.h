// The composition root: builds every object in dependency order, runs the loops, and takes everything down in reverse.
// Here the whole system can be read.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "server/config.h"

namespace fleethook::server {

// start() returns once connections are accepted; stop() once everything accepted is answered and every delivery under
// way has ended or is safely on disk.
class Server {
 public:
  // kUnavailable and friends with a sentence for the operator.
  static Result<std::unique_ptr<Server>> start(const Config& config);
  ~Server();                    // stops if still running
  std::string address() const;  // "127.0.0.1:8080", with the real port
  // kUnavailable, with a sentence for the operator: not all that deliveries came to could be recorded. Those are sent
  // again after the next start.
  Result<void> stop();
  // Takes the files of the certificate again; what cannot be used is logged, and the one before stays.
  void reload();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::server
