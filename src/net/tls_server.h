// The server's end of TLS, for the demo receiver and for tests: turns accepted streams into encrypted ones.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/stream.h"
#include "net/loop.h"

namespace fleethook::net {

// One per loop; lives on it.
class TlsServer {
 public:
  // nullptr if the handshake failed or took more than 20 s.
  using OnAccept = std::function<void(std::unique_ptr<http::Stream>)>;
  // PEM files: the certificate followed by its chain, and its private key. kUnavailable if one cannot be read or they
  // do not match.
  static Result<std::unique_ptr<TlsServer>> make(AsioLoop& loop,
                                                 const std::string& cert_file,
                                                 const std::string& key_file);
  ~TlsServer();
  // `done` runs later on the loop, once; never after the server is destroyed. The stream handed out may outlive the
  // server.
  void accept(std::unique_ptr<http::Stream> tcp, OnAccept done);

 private:
  struct Impl;
  explicit TlsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::net
