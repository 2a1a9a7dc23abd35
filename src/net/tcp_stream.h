// http::Stream over a connected TCP socket. Private to net/.
//
// A write is sent in the call, in one sendmsg of both parts; only what does not fit into the socket's buffer waits for
// the reactor. Its callback still runs later, at the end of the turn.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include <boost/asio/ip/tcp.hpp>

#include "http/stream.h"
#include "net/egress.h"
#include "net/loop_impl.h"
#include "net/readiness.h"

namespace fleethook::net {

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, AsioLoop::Impl::Executor>;

// Lives on its loop, which outlives it.
class TcpStream final : public http::Stream, private Watched {
 public:
  // `held`: whatever is to be given back when it is closed.
  TcpStream(AsioLoop& loop, TcpSocket socket, const Address& peer, std::shared_ptr<void> held = nullptr);
  ~TcpStream() override;
  void read_some(std::span<char> into, OnRead done) override;
  void write_all(std::span<const char> first, std::span<const char> second, OnWrite done) override;
  std::string peer() const override { return peer_.str(); }
  bool ended() const override { return ended_; }
  bool all_taken() const override;

 private:
  void on_ready(std::uint32_t events) override;
  void receive();
  void send();

  const std::shared_ptr<void> held_;  // first: the socket is closed by then
  AsioLoop::Impl& loop_;
  const int socket_;
  int failed_ = 0;  // errno: the socket cannot be watched
  const Address peer_;
  Pending<std::error_code, std::size_t> read_;
  Pending<std::error_code> write_;
  std::span<char> into_;                       // of the read under way
  std::array<std::span<const char>, 2> rest_;  // of the write under way
  bool readable_ = true;                       // something may be there; false: an event will tell
  bool ended_ = false;                         // the peer has closed or the connection broke: nothing will tell again
};

// The address of an endpoint; IPv4-mapped ones as IPv4.
Address address_of(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace fleethook::net
