#include <algorithm>
#include <climits>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "net/connector.h"

namespace fleethook::net {
namespace {

using Answer = Result<std::vector<Address>>;
using OnResolved = std::function<void(Answer)>;

constexpr int kQueryTries = 3;

// WHATWG URL, "ends in a number": "127.1", "0x7f.1" and "2130706433" are IPv4 addresses to browsers and to libc's
// inet_aton. They are no names in DNS, and inet_pton did not take them for addresses, so they lead nowhere here.
bool ends_in_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);  // npos + 1 == 0
  if (last.empty()) return false;
  const auto all = [](std::string_view text, std::string_view of) {
    return text.find_first_not_of(of) == std::string_view::npos;
  };
  if (all(last, "0123456789")) return true;
  return last.size() >= 2 && last[0] == '0' && (last[1] == 'x' || last[1] == 'X') &&
         all(last.substr(2), "0123456789abcdefABCDEF");
}

bool is_localhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

Answer not_found(const std::string& host) {
  return Error{Fault::kNotFound, "getaddrinfo ENOTFOUND " + host};
}

// Without asking anybody; nullopt if somebody must be asked.
std::optional<Answer> answer_at_once(const std::string& host) {
  std::string_view name = host;
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
  if (name.ends_with('.')) name.remove_suffix(1);
  if (const auto literal = Address::parse(name)) return Answer(std::vector{*literal});
  if (is_localhost(name)) {  // RFC 6761, 6.3: never asked for; most local receivers listen on IPv4
    return Answer(std::vector{*Address::parse("127.0.0.1"), *Address::parse("::1")});
  }
  if (name.empty() || name.find('\0') != std::string_view::npos || ends_in_number(name)) return not_found(host);
  return std::nullopt;
}

}  // namespace

// The channel and everything of c-ares is touched by the thread only; cache and waiters are shared under the mutex.
struct Resolver::Impl {
  struct Waiter {
    Loop* loop;
    OnResolved done;
  };
  struct Entry {
    Answer answer;
    Steady expires;
    std::list<std::string>::iterator age;
  };
  struct Query {
    Impl* resolver;
    std::string host;
  };

  Impl(const Clock& the_clock, ResolverOptions the_options);
  ~Impl();
  void run();
  void open_channel();
  bool take_requests(std::vector<std::string>& hosts);
  void ask(const std::string& host);
  void wait_for_sockets();
  static void on_socket(void* self, ares_socket_t socket, int readable, int writable);
  static void on_answer(void* query, int status, int timeouts, ares_addrinfo* found);
  void settle(const std::string& host, Answer answer, Duration ttl);
  void wake() const;

  const Clock& clock;
  const ResolverOptions options;
  ares_channel channel = nullptr;
  int channel_status = ARES_SUCCESS;
  std::size_t queries = 0;      // that c-ares is working on
  bool reopen = true;           // the channel, before the next query
  std::vector<pollfd> sockets;  // the first is wake_fd
  int wake_fd = -1;

  std::mutex mutex;
  std::unordered_map<std::string, Entry> cache;                  // under mutex
  std::list<std::string> ages;                                   // under mutex: hosts in `cache`, oldest first
  std::unordered_map<std::string, std::vector<Waiter>> waiting;  // under mutex
  std::vector<std::string> requests;                             // under mutex: hosts to ask for
  bool stopping = false;                                         // under mutex

  std::thread thread;
};

Resolver::Impl::Impl(const Clock& the_clock, ResolverOptions the_options)
    : clock(the_clock), options(std::move(the_options)) {
  wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  FLEETHOOK_ASSERT(wake_fd >= 0);
  sockets.push_back({wake_fd, POLLIN, 0});
  thread = std::thread([this] { run(); });
}

Resolver::Impl::~Impl() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
    waiting.clear();
  }
  wake();
  thread.join();
  ::close(wake_fd);
}

void Resolver::Impl::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd, &one, sizeof one);  // full means it is awake anyway
}

// c-ares reads resolv.conf once per channel, so the channel is made anew after a failure: the network may be another by
// now.
void Resolver::Impl::open_channel() {
  if (channel != nullptr) ares_destroy(std::exchange(channel, nullptr));
  reopen = false;
  ares_options settings{};
  settings.timeout = static_cast<int>(options.query_time / std::chrono::milliseconds(1));
  settings.tries = kQueryTries;
  settings.sock_state_cb = on_socket;
  settings.sock_state_cb_data = this;
  channel_status = ares_init_options(&channel, &settings, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (channel_status != ARES_SUCCESS || options.servers.empty()) return;
  std::string list;
  for (const std::string& server : options.servers) list += (list.empty() ? "" : ",") + server;
  channel_status = ares_set_servers_ports_csv(channel, list.c_str());
}

void Resolver::Impl::run() {
  std::vector<std::string> hosts;
  while (take_requests(hosts)) {
    for (const std::string& host : hosts) ask(host);
    wait_for_sockets();
  }
  if (channel != nullptr) ares_destroy(channel);  // ends pending queries with ARES_EDESTRUCTION
}

// False to stop.
bool Resolver::Impl::take_requests(std::vector<std::string>& hosts) {
  const std::lock_guard lock(mutex);
  hosts.clear();
  hosts.swap(requests);
  return !stopping;
}

void Resolver::Impl::ask(const std::string& host) {
  if (reopen && queries == 0) open_channel();
  if (channel_status != ARES_SUCCESS) {
    reopen = true;
    const std::string message = std::string("DNS cannot be used: ") + ares_strerror(channel_status);
    return settle(host, Error{Fault::kUnavailable, message}, options.failure_ttl);
  }
  ++queries;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel, host.c_str(), nullptr, &hints, on_answer, new Query{this, host});
}

void Resolver::Impl::wait_for_sockets() {
  timeval buffer{};
  const timeval* limit = channel != nullptr ? ares_timeout(channel, nullptr, &buffer) : nullptr;
  const int timeout = limit == nullptr ? -1 : static_cast<int>(limit->tv_sec * 1000 + (limit->tv_usec + 999) / 1000);
  ::poll(sockets.data(), sockets.size(), timeout);
  if (sockets[0].revents != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_fd, &count, sizeof count);
  }
  if (channel == nullptr) return;
  const std::vector<pollfd> ready = sockets;  // processing adds and removes sockets
  for (std::size_t i = 1; i < ready.size(); ++i) {
    if (ready[i].revents == 0) continue;
    const bool readable = (ready[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
    const bool writable = (ready[i].revents & (POLLOUT | POLLERR | POLLHUP)) != 0;
    ares_process_fd(channel, readable ? ready[i].fd : ARES_SOCKET_BAD, writable ? ready[i].fd : ARES_SOCKET_BAD);
  }
  ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // time-outs
}

void Resolver::Impl::on_socket(void* self, ares_socket_t socket, int readable, int writable) {
  auto& sockets = static_cast<Impl*>(self)->sockets;
  std::erase_if(sockets, [socket](const pollfd& entry) { return entry.fd == socket; });
  const auto events = static_cast<short>((readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0));
  if (events != 0) sockets.push_back({socket, events, 0});
}

void Resolver::Impl::on_answer(void* argument, int status, int /*timeouts*/, ares_addrinfo* found) {
  const std::unique_ptr<Query> query(static_cast<Query*>(argument));
  const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owner(found, ares_freeaddrinfo);
  Impl& self = *query->resolver;
  --self.queries;
  if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED) return;
  if (status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_ENONAME || status == ARES_EBADNAME) {
    return self.settle(query->host, not_found(query->host), self.options.failure_ttl);
  }
  if (status != ARES_SUCCESS) {
    self.reopen = true;
    return self.settle(
        query->host,
        Error{Fault::kUnavailable, "getaddrinfo EAI_AGAIN " + query->host + " (" + ares_strerror(status) + ")"},
        self.options.failure_ttl);
  }
  std::vector<Address> addresses;
  int ttl_s = INT_MAX;
  for (const ares_addrinfo_node* node = found->nodes; node != nullptr; node = node->ai_next) {
    Address address;
    address.v6 = node->ai_family == AF_INET6;
    if (address.v6) {
      std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr, 16);
    } else {
      std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr, 4);
    }
    addresses.push_back(address);
    ttl_s = std::min(ttl_s, node->ai_ttl);
  }
  for (const ares_addrinfo_cname* name = found->cnames; name != nullptr; name = name->next) {
    ttl_s = std::min(ttl_s, name->ttl);
  }
  if (addresses.empty()) return self.settle(query->host, not_found(query->host), self.options.failure_ttl);
  const Duration ttl = std::clamp<Duration>(std::chrono::seconds(ttl_s), self.options.ttl_min, self.options.ttl_max);
  self.settle(query->host, std::move(addresses), ttl);
}

void Resolver::Impl::settle(const std::string& host, Answer answer, Duration ttl) {
  const std::lock_guard lock(mutex);
  if (const auto old = cache.find(host); old != cache.end()) {
    ages.erase(old->second.age);
    cache.erase(old);
  } else if (cache.size() >= options.entries_max && !ages.empty()) {
    cache.erase(ages.front());
    ages.pop_front();
  }
  ages.push_back(host);
  cache.emplace(host, Entry{answer, clock.steady() + ttl, std::prev(ages.end())});
  const auto waiters = waiting.extract(host);
  if (waiters.empty()) return;
  // Under the mutex, so that no loop is posted to once the destructor has cleared the waiters.
  for (Waiter& waiter : waiters.mapped()) {
    waiter.loop->post([done = std::move(waiter.done), answer] { done(answer); });
  }
}

void Resolver::forget(Loop& loop) {
  const std::lock_guard lock(impl_->mutex);
  for (auto& [host, waiters] : impl_->waiting) {
    std::erase_if(waiters, [&loop](const Impl::Waiter& waiter) { return waiter.loop == &loop; });
  }
}

Resolver::Resolver(const Clock& clock, ResolverOptions options)
    : impl_(std::make_unique<Impl>(clock, std::move(options))) {}
Resolver::~Resolver() = default;

void Resolver::resolve(const std::string& host, Loop& loop, std::function<void(Result<std::vector<Address>>)> done) {
  if (auto answer = answer_at_once(host)) {
    loop.post([done = std::move(done), answer = *std::move(answer)] { done(answer); });
    return;
  }
  {
    const std::lock_guard lock(impl_->mutex);
    const auto cached = impl_->cache.find(host);
    if (cached != impl_->cache.end() && impl_->clock.steady() < cached->second.expires) {
      loop.post([done = std::move(done), answer = cached->second.answer] { done(answer); });
      return;
    }
    const auto [waiters, is_new] = impl_->waiting.try_emplace(host);
    waiters->second.push_back({&loop, std::move(done)});
    if (!is_new) return;  // asked for already
    impl_->requests.push_back(host);
  }
  impl_->wake();
}

}  // namespace fleethook::net
