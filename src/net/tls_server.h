// The server's end of TLS: turns accepted streams into encrypted ones.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/stream.h"
#include "net/loop.h"
#include "net/tls_identity.h"

namespace fleethook::net {

// One per loop; lives on it.
class TlsServer {
 public:
  // nullptr if the handshake failed or took more than Limits::header_time_max; the log says why at level debug.
  using OnAccept = std::function<void(std::unique_ptr<http::Stream>)>;
  TlsServer(AsioLoop& loop, std::shared_ptr<TlsIdentity> identity);
  // With an identity of its own; fails as TlsIdentity::load() does.
  static Result<std::unique_ptr<TlsServer>> make(AsioLoop& loop,
                                                 const std::string& cert_file,
                                                 const std::string& key_file);
  ~TlsServer();
  // With the identity as it is now. `done` runs later on the loop, once; never after the server is destroyed. The
  // stream handed out may outlive the server.
  void accept(std::unique_ptr<http::Stream> tcp, OnAccept done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::net
