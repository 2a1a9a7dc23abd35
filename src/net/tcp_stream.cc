#include "net/tcp_stream.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace fleethook::net {
using boost::asio::ip::tcp;

namespace {

// The descriptor leaves Asio, which does not know of it any more.
int take(TcpSocket& socket) {
  boost::system::error_code ignored;
  return socket.release(ignored);
}

std::error_code system_error(int error) {
  return {error, std::system_category()};
}

}  // namespace

TcpStream::TcpStream(AsioLoop& loop, TcpSocket socket, const Address& peer, std::shared_ptr<void> held)
    : held_(std::move(held)), loop_(loop.impl()), socket_(take(socket)), peer_(peer) {
  failed_ = loop_.sockets->add(socket_, *this);
}

TcpStream::~TcpStream() {
  ::close(socket_);
}

namespace {
// As in tcp(7); -1 when it cannot be told.
int state_of(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_state : -1;
}
}  // namespace

bool TcpStream::all_taken() const {
  if (!rest_[0].empty() || !rest_[1].empty()) return false;
  const int state = state_of(socket_);
  int waiting = 0;  // written by us, and not acknowledged by the peer's machine
  return (state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT) && ::ioctl(socket_, SIOCOUTQ, &waiting) == 0 &&
         waiting == 0;
}

void TcpStream::on_ready(std::uint32_t events) {
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) ended_ = true;
  if (ended_ || (events & EPOLLIN) != 0) {
    readable_ = true;
    if (read_.unfinished()) receive();
  }
  if (write_.unfinished()) send();
}

void TcpStream::read_some(std::span<char> into, OnRead done) {
  FLEETHOOK_ASSERT(!into.empty());
  read_.start(std::move(done));
  into_ = into;
  if (failed_ != 0) return read_.finish(loop_, system_error(failed_), 0);
  if (readable_) receive();
}

// Less than asked for means that the socket is empty, and what comes next will be told: see epoll(7). The end of the
// stream may have been told together with the bytes before it.
void TcpStream::receive() {
  ssize_t got = 0;
  do {
    got = ::recv(socket_, into_.data(), into_.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno != EAGAIN) return read_.finish(loop_, system_error(errno), 0);
  if (got == 0) ended_ = true;
  readable_ = ended_ || got == static_cast<ssize_t>(into_.size());
  if (got >= 0) read_.finish(loop_, {}, static_cast<std::size_t>(got));
}

void TcpStream::write_all(std::span<const char> first, std::span<const char> second, OnWrite done) {
  write_.start(std::move(done));
  rest_ = {first, second};
  if (failed_ != 0) return write_.finish(loop_, system_error(failed_));
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
    const ssize_t sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return;  // on_ready() goes on
      return write_.finish(loop_, system_error(errno));
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
