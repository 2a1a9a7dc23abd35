#include "net/listener.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <netdb.h>
#include <sys/socket.h>

#include "base/log.h"
#include "net/loop_impl.h"
#include "net/tcp_stream.h"

namespace fleethook::net {
namespace {
namespace asio = boost::asio;
using asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, AsioLoop::Impl::Executor>;

constexpr int kBacklog = 4096;  // the kernel caps it at net.core.somaxconn
constexpr Duration kPauseWithoutDescriptors = std::chrono::milliseconds(100);

Error unavailable(const std::string& address, std::string_view reason) {
  return Error{Fault::kUnavailable, "cannot listen on " + address + ": " + std::string(reason)};
}

std::string in_words(const std::string& address, const boost::system::error_code& problem) {
  if (problem == asio::error::address_in_use) return address + " is in use by another program";
  if (problem == asio::error::access_denied) {
    return "no permission to listen on " + address + " (ports below 1024 need CAP_NET_BIND_SERVICE)";
  }
  if (problem.value() == EADDRNOTAVAIL)
    return "cannot listen on " + address + ": no network interface has this address";
  return "cannot listen on " + address + ": " + problem.message();
}

// "host:port", "[v6]:port".
Result<tcp::endpoint> parse_endpoint(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return unavailable(text, "expected HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080");
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return unavailable(text, "an IPv6 address stands in brackets, as in [::1]:8080");
  }
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, wrong] = std::from_chars(text.data() + colon + 1, end, port);
  if (wrong != std::errc() || stop != end) return unavailable(text, "the port is not a number from 0 to 65535");
  if (host == "localhost") host = "127.0.0.1";

  boost::system::error_code problem;
  if (const auto literal = asio::ip::make_address(host, problem); !problem) return tcp::endpoint(literal, port);
  // A name: done once at start, so blocking is fine.
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (host.empty() || ::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) {
    return unavailable(text, "there is no address \"" + host + "\"");
  }
  tcp::endpoint endpoint;
  endpoint.resize(found->ai_addrlen);
  std::memcpy(endpoint.data(), found->ai_addr, found->ai_addrlen);
  ::freeaddrinfo(found);
  endpoint.port(port);
  return endpoint;
}

void reuse_port(Acceptor& acceptor, boost::system::error_code& problem) {
  const int on = 1;
  if (::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    problem.assign(errno, boost::system::system_category());
  }
}

// How many listeners this process has on a shared endpoint. SO_REUSEPORT asks the kernel to share with any program of
// the same user; this tells "another loop of ours" from "another program", which must be an error.
class SharedEndpoints {
 public:
  // True if one of ours is there already.
  bool join(const tcp::endpoint& endpoint) {
    const std::lock_guard lock(mutex_);
    const auto found = count_.find(endpoint);
    if (found == count_.end()) return false;
    ++found->second;
    return true;
  }
  void add(const tcp::endpoint& endpoint) {
    const std::lock_guard lock(mutex_);
    ++count_[endpoint];
  }
  void leave(const tcp::endpoint& endpoint) {
    const std::lock_guard lock(mutex_);
    if (const auto found = count_.find(endpoint); found != count_.end() && --found->second == 0) count_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::map<tcp::endpoint, int> count_;
};

SharedEndpoints& shared_endpoints() {
  static SharedEndpoints endpoints;  // mirrors state that the kernel keeps per process
  return endpoints;
}

}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Impl> {
  Impl(AsioLoop& the_loop, OnAccept callback)
      : loop(the_loop), acceptor(the_loop.impl().io), on_accept(std::move(callback)) {}
  ~Impl() { leave(); }

  boost::system::error_code open(const tcp::endpoint& endpoint, bool share_port);
  void accept();
  void on_accepted(const boost::system::error_code& problem, TcpSocket socket);
  void close();
  void leave() {
    if (std::exchange(shared, false)) shared_endpoints().leave(local);
  }

  AsioLoop& loop;
  Acceptor acceptor;
  OnAccept on_accept;
  tcp::endpoint local;
  tcp::endpoint from;  // of the connection being accepted
  TimerId pause = 0;
  bool exhausted = false;  // out of descriptors, and that was logged
  bool shared = false;
  bool closed = false;
};

// The first shared listener binds and listens without SO_REUSEPORT, so that any other program there is found out, and
// only then opens the door to later ones of ours. (Linux looks at the option of both sockets when the later one binds.)
boost::system::error_code Listener::Impl::open(const tcp::endpoint& endpoint, bool share_port) {
  const bool joins = share_port && shared_endpoints().join(endpoint);
  if (joins) {
    shared = true;
    local = endpoint;
  }
  boost::system::error_code problem;
  const auto step = [&](auto&& action) {
    if (!problem) action();
  };
  step([&] { acceptor.open(endpoint.protocol(), problem); });
  step([&] { acceptor.set_option(Acceptor::reuse_address(true), problem); });
  step([&] { acceptor.set_option(tcp::no_delay(true), problem); });  // accepted sockets inherit it
  if (joins) step([&] { reuse_port(acceptor, problem); });
  step([&] { acceptor.bind(endpoint, problem); });
  step([&] { acceptor.listen(kBacklog, problem); });
  step([&] { local = acceptor.local_endpoint(problem); });
  if (share_port && !joins) {
    step([&] { reuse_port(acceptor, problem); });
    if (!problem) {
      shared_endpoints().add(local);
      shared = true;
    }
  }
  return problem;
}

void Listener::Impl::accept() {
  if (closed) return;
  acceptor.async_accept(from, [self = shared_from_this()](const boost::system::error_code& problem, TcpSocket socket) {
    self->loop.impl().turn([&] { self->on_accepted(problem, std::move(socket)); });
  });
}

void Listener::Impl::on_accepted(const boost::system::error_code& problem, TcpSocket socket) {
  if (closed) return;
  const int error = problem.value();
  if (problem && (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM)) {
    // The connection stays in the backlog, so accepting again at once would only spin until somebody closes one.
    if (!std::exchange(exhausted, true))
      log::warn("accept_paused", {{"reason", problem.message()}, {"port", local.port()}});
    pause = loop.schedule_after(kPauseWithoutDescriptors, [self = shared_from_this()] {
      self->pause = 0;
      self->accept();
    });
    return;
  }
  const Address peer = address_of(from);
  accept();
  if (problem) return;  // the peer left before we came: ECONNABORTED
  exhausted = false;
  on_accept(std::make_unique<TcpStream>(loop, std::move(socket), peer));
}

void Listener::Impl::close() {
  if (std::exchange(closed, true)) return;
  leave();
  if (pause != 0) loop.cancel(std::exchange(pause, 0));
  boost::system::error_code ignored;
  acceptor.close(ignored);
}

Result<std::unique_ptr<Listener>> Listener::open(AsioLoop& loop,
                                                 const std::string& address,
                                                 bool share_port,
                                                 OnAccept on_accept) {
  FLEETHOOK_TRY(const tcp::endpoint endpoint, parse_endpoint(address));
  auto impl = std::make_shared<Impl>(loop, std::move(on_accept));
  if (const auto problem = impl->open(endpoint, share_port)) {
    return Error{Fault::kUnavailable, in_words(address, problem)};
  }
  loop.post([impl] { impl->accept(); });
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Listener::Listener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() {
  impl_->close();
}
std::string Listener::host() const {
  return impl_->local.address().to_string();
}
std::uint16_t Listener::port() const {
  return impl_->local.port();
}
void Listener::close() {
  impl_->close();
}

}  // namespace fleethook::net
