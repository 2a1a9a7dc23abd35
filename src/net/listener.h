// Accepts TCP connections on an address and hands them out as streams.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/stream.h"
#include "net/loop.h"

namespace fleethook::net {

// One per loop; several loops may listen on the same address (SO_REUSEPORT spreads connections over them).
class Listener {
 public:
  using OnAccept = std::function<void(std::unique_ptr<http::Stream>)>;
  // `address` is "127.0.0.1:8080", "[::1]:8080" or "localhost:0"; port 0 picks a free one. kUnavailable with a message
  // that names the address and the reason ("127.0.0.1:8080 is in use by another program").
  static Result<std::unique_ptr<Listener>> open(AsioLoop& loop,
                                                const std::string& address,
                                                bool share_port,
                                                OnAccept on_accept);
  ~Listener();
  std::string host() const;
  std::uint16_t port() const;
  // Stops accepting (on the loop). Streams handed out live on.
  void close();

 private:
  struct Impl;
  explicit Listener(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace fleethook::net
