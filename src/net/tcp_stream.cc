#include "net/tcp_stream.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <sys/socket.h>
#include <sys/uio.h>

namespace fleethook::net {
using boost::asio::ip::tcp;

struct TcpStream::Shared {
  Shared(TcpSocket the_socket, TcpStream* the_stream) : socket(std::move(the_socket)), stream(the_stream) {}
  TcpSocket socket;
  TcpStream* stream;  // nullptr once it is gone
};

TcpStream::TcpStream(AsioLoop& loop, TcpSocket socket, const Address& peer)
    : loop_(loop.impl()), shared_(std::make_shared<Shared>(std::move(socket), this)), peer_(peer) {}

TcpStream::~TcpStream() {
  shared_->stream = nullptr;
  boost::system::error_code ignored;
  shared_->socket.close(ignored);
}

void TcpStream::read_some(std::span<char> into, OnRead done) {
  FLEETHOOK_ASSERT(!into.empty());
  read_.start(std::move(done));
  shared_->socket.async_read_some(
      boost::asio::mutable_buffer(into.data(), into.size()),
      [shared = shared_, loop = &loop_](const boost::system::error_code& problem, std::size_t bytes) {
        loop->turn([&] {
          if (shared->stream != nullptr) shared->stream->on_received(problem, bytes);
        });
      });
}

void TcpStream::on_received(const boost::system::error_code& problem, std::size_t bytes) {
  if (!problem || problem == boost::asio::error::eof) return read_.finish(loop_, {}, bytes);
  read_.finish(loop_, std::error_code(problem.value(), std::system_category()), 0);
}

void TcpStream::write_all(std::span<const char> first, std::span<const char> second, OnWrite done) {
  write_.start(std::move(done));
  rest_ = {first, second};
  send();
}

void TcpStream::send() {
  while (!rest_[0].empty() || !rest_[1].empty()) {
    std::array<iovec, 2> parts{};
    std::size_t count = 0;
    for (const std::span<const char> part : rest_) {
      if (!part.empty()) parts[count++] = {const_cast<char*>(part.data()), part.size()};  // NOLINT: iovec is not const
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(shared_->socket.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return wait_to_send();
      return write_.finish(loop_, std::error_code(errno, std::system_category()));
    }
    auto left = static_cast<std::size_t>(sent);
    for (std::span<const char>& part : rest_) {
      const std::size_t taken = std::min(left, part.size());
      part = part.subspan(taken);
      left -= taken;
    }
  }
  write_.finish(loop_, {});
}

void TcpStream::wait_to_send() {
  shared_->socket.async_wait(
      TcpSocket::wait_write, [shared = shared_, loop = &loop_](const boost::system::error_code& problem) {
        loop->turn([&] {
          if (shared->stream == nullptr) return;
          if (!problem) return shared->stream->send();
          shared->stream->write_.finish(*loop, std::error_code(problem.value(), std::system_category()));
        });
      });
}

Address address_of(const tcp::endpoint& endpoint) {
  Address address;
  if (endpoint.address().is_v4()) {
    std::ranges::copy(endpoint.address().to_v4().to_bytes(), address.bytes.begin());
    return address;
  }
  const auto v6 = endpoint.address().to_v6();
  const auto bytes = v6.to_bytes();
  if (v6.is_v4_mapped()) {
    std::copy(bytes.begin() + 12, bytes.end(), address.bytes.begin());
  } else {
    std::ranges::copy(bytes, address.bytes.begin());
    address.v6 = true;
  }
  return address;
}

}  // namespace fleethook::net
