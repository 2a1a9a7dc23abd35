#include "net/connector.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>
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
constexpr Duration kFilesAskedEvery = std::chrono::milliseconds(50);
constexpr Duration kFileWaitMax = std::chrono::seconds(2);

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

// Nothing that the other side has to do with.
bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

struct Connector::Impl {
  struct Dial;

  // A file for one more socket; nullopt: there is none, or none for this destination.
  std::optional<std::shared_ptr<void>> take_file(const http::Destination& destination) {
    if (files.sockets == nullptr) return std::shared_ptr<void>();
    auto hold =
        std::make_shared<Shares::Hold>(files.sockets->hold(destination.host + ":" + std::to_string(destination.port)));
    const Shares::Taken taken = hold->grow_to(1);
    if (taken == Shares::Taken::kAllTaken) all_taken = true;
    if (taken != Shares::Taken::kYes) return std::nullopt;
    return std::shared_ptr<void>(std::move(hold));
  }
  void wait_for_file(const std::shared_ptr<Dial>& dial);
  void ask_for_files();

  AsioLoop& loop;
  Resolver& resolver;
  std::shared_ptr<TlsClient> tls;
  const EgressPolicy& policy;
  ConnectorFiles files{};
  std::unordered_set<std::shared_ptr<Dial>> dials;
  // Without a file, in turn; with those that have ended meanwhile.
  std::deque<std::weak_ptr<Dial>> waiting{};
  // Some of them wait for any file, not only for a share of their destination: nobody overtakes them.
  bool all_taken = false;
  TimerId asking = 0;
};

// One connect(): name, then addresses in a race, then TLS. Kept by the connector until it is finished, and beyond that
// by the handlers that Asio still holds; `connector` is nullptr once finished, and then all they do is go away.
struct Connector::Impl::Dial : std::enable_shared_from_this<Dial> {
  struct Try {
    TcpSocket socket;
    Address address;
    std::shared_ptr<void> file{};
    bool over = false;

    void close() {
      boost::system::error_code ignored;
      socket.close(ignored);
      file.reset();
    }
  };
  void start();
  void on_resolved(const Result<std::vector<Address>>& answer);
  void try_next() { try_next(false); }
  void try_next(bool in_turn);
  void go_on();
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
  std::optional<Steady> waits_since;  // for a file
  int error = 0;                      // the most telling so far
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

// `in_turn`: it has waited for a file, and is the first to be served.
void Connector::Impl::Dial::try_next(bool in_turn) {
  next_timer = 0;
  while (next < addresses.size()) {
    const Address& address = addresses[next];
    if (const auto range = connector->policy.refused_by(address)) {
      if (forbidden.empty()) forbidden = refusal(address, *range);
      ++next;
      continue;
    }
    auto file = in_turn || !connector->all_taken ? connector->take_file(destination) : std::nullopt;
    if (!file) {
      // The race can do without one more.
      if (tries_open > 0) return;
      return connector->wait_for_file(shared_from_this());
    }
    waits_since.reset();
    ++next;
    Try& attempt =
        *tries.emplace_back(std::make_unique<Try>(TcpSocket(connector->loop.impl().io), address, *std::move(file)));
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

void Connector::Impl::wait_for_file(const std::shared_ptr<Dial>& dial) {
  if (!dial->waits_since) dial->waits_since = loop.clock().steady();
  waiting.push_back(dial);
  if (asking == 0) asking = loop.schedule_after(Duration::zero(), [this] { ask_for_files(); });
}

void Connector::Impl::ask_for_files() {
  asking = 0;
  std::erase_if(waiting, [](const std::weak_ptr<Dial>& one) {
    const auto dial = one.lock();
    return dial == nullptr || dial->connector == nullptr;
  });
  if (all_taken && !waiting.empty() && files.short_of) files.short_of(waiting.size());
  all_taken = false;
  // As many as wait now: who is put back waits for the next time.
  for (std::size_t left = waiting.size(); left > 0; --left) {
    const auto dial = waiting.front().lock();
    waiting.pop_front();
    if (dial == nullptr || dial->connector == nullptr) continue;
    if (loop.clock().steady() - *dial->waits_since >= kFileWaitMax) {
      dial->finish({ConnectFault::kNoFile, "no file for a socket: the process may open no more", nullptr});
    } else {
      dial->try_next(/*in_turn=*/true);
    }
  }
  if (!waiting.empty() && asking == 0) asking = loop.schedule_after(kFilesAskedEvery, [this] { ask_for_files(); });
}

void Connector::Impl::Dial::on_tried(Try& attempt, int problem) {
  attempt.over = true;
  --tries_open;
  if (problem == 0) return on_connected(attempt);
  attempt.close();
  if (is_shortage(problem)) {
    // The process has less than was reckoned with. The address comes again.
    connector->all_taken = true;
    addresses.insert(addresses.begin() + static_cast<std::ptrdiff_t>(next), attempt.address);
    if (tries_open == 0 && next_timer == 0) connector->wait_for_file(shared_from_this());
    return;
  }
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
  std::unique_ptr<http::Stream> stream =
      std::make_unique<TcpStream>(loop, std::move(attempt.socket), attempt.address, std::move(attempt.file));
  for (const auto& other : tries) {
    if (!std::exchange(other->over, true)) other->close();
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
  if (waits_since)
    return finish({ConnectFault::kNoFile, "no file for a socket: the process may open no more", nullptr});
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
  for (const auto& attempt : tries) attempt->close();
}

Connector::Connector(AsioLoop& loop,
                     Resolver& resolver,
                     std::shared_ptr<TlsClient> tls,
                     const EgressPolicy& policy,
                     ConnectorFiles files)
    : impl_(std::make_shared<Impl>(loop, resolver, std::move(tls), policy, std::move(files))) {}

Connector::~Connector() {
  if (impl_->asking != 0) impl_->loop.cancel(impl_->asking);
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
