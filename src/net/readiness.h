// Tells connected sockets when they may be read or written again, with one epoll set of the loop's own, edge-triggered,
// that Asio watches as a single descriptor. Asio tries every read at once when it is started, which on kept-alive
// connections nearly always finds nothing (one wasted system call for each request), and wakes a handler for each
// socket; here all that is ready is handled in one turn. Private to net/.
#pragma once
#include <array>
#include <cstdint>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/epoll.h>

#include "net/loop_impl.h"

namespace fleethook::net {

// A socket in the set. Loop thread only.
class Watched {
 public:
  // EPOLLIN and so on. Must not destroy any of them: completions run later in the turn.
  virtual void on_ready(std::uint32_t events) = 0;

 protected:
  ~Watched() = default;
};

// Lives in its loop.
class Readiness {
 public:
  explicit Readiness(AsioLoop::Impl& loop);
  Readiness(const Readiness&) = delete;

  // 0 or an errno. From now on `watched` hears of every change of the socket, until it is closed.
  int add(int socket, Watched& watched);

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<AsioLoop::Impl::Executor>;
  void wait();
  void collect();

  AsioLoop::Impl& loop_;
  Descriptor set_;
  std::array<epoll_event, 128> events_;
};

}  // namespace fleethook::net
