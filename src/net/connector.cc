#include "net/connector.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unordered_set>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "net/errno_name.h"
#include "net/loop_impl.h"
#include "net/tcp_stream.h"
#include "net/tls_client_impl.h"

namespace fleethook::net {
namespace {

using boost::asio::ip::tcp;
using http::ConnectFault;
using http::ConnectResult;

constexpr Duration kAttemptDelay = std::chrono::milliseconds(250);  // RFC 8305, 5
constexpr std::size_t kAddressesMax = 16;                           // of one answer; more would be no help

tcp::endpoint endpoint_of(const Address& address, std::uint16_t port) {
  if (address.v6) {
    boost::asio::ip::address_v6::bytes_type bytes;
    std::ranges::copy(address.bytes, bytes.begin());
    return {boost::asio::ip::address_v6(bytes), port};
  }
  boost::asio::ip::address_v4::bytes_type bytes;
  std::copy_n(address.bytes.begin(), bytes.size(), bytes.begin());
  return {boost::asio::ip::address_v4(bytes), port};
}

// The families in turn, beginning with that of the first address (RFC 8305, 4).
std::vector<Address> interleaved(const std::vector<Address>& addresses) {
  std::vector<Address> mixed;
  std::array<std::size_t, 2> at{};  // where to go on looking for each family
  bool v6 = !addresses.empty() && addresses.front().v6;
  for (int missing = 0; missing < 2 && mixed.size() < kAddressesMax; v6 = !v6) {
    std::size_t& i = at[v6 ? 1 : 0];
    while (i < addresses.size() && addresses[i].v6 != v6) ++i;
    missing = i < addresses.size() ? 0 : missing + 1;
    if (missing == 0) mixed.push_back(addresses[i++]);
  }
  return mixed;
}

// "This machine has no way there" says less than any answer from another address.
bool is_weak(int error) {
  return error == ENETUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

}  // namespace

struct Connector::Impl {
  struct Dial;

  AsioLoop& loop;
  Resolver& resolver;
  std::shared_ptr<TlsClient> tls;
  const EgressPolicy& policy;
  std::unordered_set<std::shared_ptr<Dial>> dials;
};

// One connect(): name, then addresses in a race, then TLS. Kept by the connector until it is finished, and beyond that
// by the handlers that Asio still holds; `connector` is nullptr once finished, and then all they do is go away.
struct Connector::Impl::Dial : std::enable_shared_from_this<Dial> {
  struct Try {
    TcpSocket socket;
    Address address;
    bool over = false;
  };
  void start();
  void on_resolved(const Result<std::vector<Address>>& answer);
  void try_next();
  void on_tried(Try& attempt, int error);
  void on_connected(Try& attempt);
  void on_deadline();
  void fail_all_tried();
  void finish(ConnectResult result);
  void abandon();
  std::string where(const Address& address) const { return address.str() + ":" + std::to_string(destination.port); }

  Impl* connector = nullptr;
  http::Destination destination;
  Deadline deadline = Deadline::never();
  http::Transport::OnConnected done;

  std::vector<Address> addresses;  // empty until resolved
  std::size_t next = 0;
  std::vector<std::unique_ptr<Try>> tries;
  std::size_t tries_open = 0;
  TimerId deadline_timer = 0;
  TimerId next_timer = 0;
  int error = 0;  // the most telling so far
  Address error_address;
  std::string forbidden;           // why the guard refused the first one it did
  std::unique_ptr<TlsStream> tls;  // while its handshake is under way
};

void Connector::Impl::Dial::start() {
  AsioLoop& loop = connector->loop;
  if (const auto when = deadline.when()) {
    deadline_timer = loop.schedule(*when, [this] { on_deadline(); });  // cancelled before this goes
  }
  connector->resolver.resolve(destination.host, loop,
                              [weak = weak_from_this()](const Result<std::vector<Address>>& answer) {
                                if (const auto self = weak.lock(); self && self->connector != nullptr)
                                  self->on_resolved(answer);
                              });
}

void Connector::Impl::Dial::on_resolved(const Result<std::vector<Address>>& answer) {
  if (!answer) return finish({ConnectFault::kUnknownHost, answer.error().message, nullptr});
  addresses = interleaved(*answer);
  try_next();
}

void Connector::Impl::Dial::try_next() {
  next_timer = 0;
  while (next < addresses.size()) {
    const Address& address = addresses[next++];
    if (const auto range = connector->policy.refused_by(address)) {
      if (forbidden.empty()) forbidden = refusal(address, *range);
      continue;
    }
    Try& attempt = *tries.emplace_back(std::make_unique<Try>(TcpSocket(connector->loop.impl().io), address));
    ++tries_open;
    attempt.socket.async_connect(endpoint_of(address, destination.port),
                                 [self = shared_from_this(), &attempt,
                                  loop = &connector->loop.impl()](const boost::system::error_code& problem) {
                                   loop->turn([&] {
                                     if (self->connector != nullptr && !attempt.over)
                                       self->on_tried(attempt, problem.value());
                                   });
                                 });
    if (next < addresses.size()) next_timer = connector->loop.schedule_after(kAttemptDelay, [this] { try_next(); });
    return;
  }
  if (tries_open == 0) fail_all_tried();
}

void Connector::Impl::Dial::on_tried(Try& attempt, int problem) {
  attempt.over = true;
  --tries_open;
  if (problem == 0) return on_connected(attempt);
  boost::system::error_code ignored;
  attempt.socket.close(ignored);
  if (error == 0 || (is_weak(error) && !is_weak(problem))) {
    error = problem;
    error_address = attempt.address;
  }
  if (next_timer != 0) connector->loop.cancel(next_timer);
  try_next();
}

void Connector::Impl::Dial::on_connected(Try& attempt) {
  AsioLoop& loop = connector->loop;
  if (next_timer != 0) loop.cancel(std::exchange(next_timer, 0));
  boost::system::error_code ignored;
  attempt.socket.set_option(tcp::no_delay(true), ignored);
  std::unique_ptr<http::Stream> stream = std::make_unique<TcpStream>(loop, std::move(attempt.socket), attempt.address);
  for (const auto& other : tries) {
    if (!std::exchange(other->over, true)) other->socket.close(ignored);
  }
  if (!destination.tls) return finish({ConnectFault::kNone, "", std::move(stream)});
  tls = TlsClient::Impl::wrap(connector->tls, loop, std::move(stream), destination);
  tls->handshake([this](std::string problem) {  // never runs once `tls` is gone, and that goes with this
    if (problem.empty()) return finish({ConnectFault::kNone, "", std::move(tls)});
    finish({ConnectFault::kTls, std::move(problem), nullptr});
  });
}

void Connector::Impl::Dial::on_deadline() {
  deadline_timer = 0;
  if (tls) {
    return finish({ConnectFault::kTimedOut,
                   "TLS handshake ETIMEDOUT " + tls->peer() + ":" + std::to_string(destination.port), nullptr});
  }
  if (!tries.empty())
    return finish({ConnectFault::kTimedOut, "connect ETIMEDOUT " + where(tries.front()->address), nullptr});
  finish({ConnectFault::kTimedOut, "getaddrinfo ETIMEDOUT " + destination.host, nullptr});
}

void Connector::Impl::Dial::fail_all_tried() {
  if (error == 0) return finish({ConnectFault::kForbidden, forbidden, nullptr});
  finish({error == ETIMEDOUT ? ConnectFault::kTimedOut : ConnectFault::kRefused,
          "connect " + errno_name(error) + " " + where(error_address), nullptr});
}

void Connector::Impl::Dial::finish(ConnectResult result) {
  const auto self = shared_from_this();
  const auto callback = std::move(done);
  connector->dials.erase(self);
  abandon();
  callback(std::move(result));
}

void Connector::Impl::Dial::abandon() {
  AsioLoop& loop = connector->loop;
  if (deadline_timer != 0) loop.cancel(deadline_timer);
  if (next_timer != 0) loop.cancel(next_timer);
  connector = nullptr;
  done = nullptr;
  tls.reset();
  boost::system::error_code ignored;
  for (const auto& attempt : tries) attempt->socket.close(ignored);
}

Connector::Connector(AsioLoop& loop, Resolver& resolver, std::shared_ptr<TlsClient> tls, const EgressPolicy& policy)
    : impl_(std::make_shared<Impl>(loop, resolver, std::move(tls), policy)) {}

Connector::~Connector() {
  impl_->resolver.forget(impl_->loop);
  for (const auto& dial : std::exchange(impl_->dials, {})) dial->abandon();
}

void Connector::connect(const http::Destination& destination, Deadline deadline, OnConnected done) {
  auto dial = std::make_shared<Impl::Dial>();
  dial->connector = impl_.get();
  dial->destination = destination;
  dial->deadline = deadline;
  dial->done = std::move(done);
  impl_->dials.insert(dial);
  dial->start();
}

}  // namespace fleethook::net
