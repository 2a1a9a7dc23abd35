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

namespace fleethook::net {

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, AsioLoop::Impl::Executor>;

// Lives on its loop, which outlives it.
class TcpStream final : public http::Stream {
 public:
  TcpStream(AsioLoop& loop, TcpSocket socket, const Address& peer);
  ~TcpStream() override;
  void read_some(std::span<char> into, OnRead done) override;
  void write_all(std::span<const char> first, std::span<const char> second, OnWrite done) override;
  std::string peer() const override { return peer_.str(); }

 private:
  struct Shared;  // with the handlers that Asio still holds when the stream dies
  void send();
  void wait_to_send();
  void on_received(const boost::system::error_code& problem, std::size_t bytes);

  AsioLoop::Impl& loop_;
  std::shared_ptr<Shared> shared_;
  const Address peer_;
  Pending<std::error_code, std::size_t> read_;
  Pending<std::error_code> write_;
  std::array<std::span<const char>, 2> rest_;  // of the write under way
};

// The address of an endpoint; IPv4-mapped ones as IPv4.
Address address_of(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace fleethook::net
