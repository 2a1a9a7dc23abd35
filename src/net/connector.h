// Connects to receivers for real: DNS with a cache bounded by TTL, the egress guard, TCP over IPv4 and IPv6 (the second
// family starts 250 ms after the first: happy eyeballs, RFC 8305), then TLS with verification of chain and host name.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/shares.h"
#include "http/transport.h"
#include "net/egress.h"
#include "net/loop.h"

namespace fleethook::net {

// Client TLS for all loops: system trust store plus optional extra CA file; sessions are resumed. Thread-safe once
// made.
class TlsClient {
 public:
  // `ca_file` "" = the system's store only. kUnavailable if the file cannot be read.
  static Result<std::shared_ptr<TlsClient>> make(const std::string& ca_file);
  ~TlsClient();
  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  explicit TlsClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Names to addresses, asynchronously by c-ares on a thread of its own, /etc/hosts included. Answers are kept for their
// TTL, but at least ttl_min and at most ttl_max; failures for failure_ttl. Thread-safe; shared by all loops.
struct ResolverOptions {
  Duration ttl_min = std::chrono::seconds(5);
  Duration ttl_max = std::chrono::minutes(5);
  Duration failure_ttl = std::chrono::seconds(5);
  std::size_t entries_max = 10'000;
  Duration query_time =
      std::chrono::seconds(2);         // until a query is sent again; twice that until the third and last time
  std::vector<std::string> servers{};  // "192.0.2.53" or "192.0.2.53:5353"; empty = the system's (resolv.conf)
};
class Resolver {
 public:
  Resolver(const Clock& clock, ResolverOptions options);
  ~Resolver();
  // `done` is posted to `loop`; addresses in the order to be tried. kNotFound: no such name; kUnavailable: no answer.
  // Address literals and localhost are answered without DNS. Other ways to write an address ("127.1", "0x7f.1") are not
  // found.
  void resolve(const std::string& host, Loop& loop, std::function<void(Result<std::vector<Address>>)> done);
  // Drops the callbacks waiting for an answer on `loop`; none is posted to it from now on. A loop that goes before the
  // resolver needs this (Connector does it).
  void forget(Loop& loop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What connections may take of the files that a process may open. They outlive the connectors.
struct ConnectorFiles {
  Shares* sockets = nullptr;  // nullptr: as many as the process gets
  // On the loop, now and then while `waiting` connects of it wait for a file: time to close what can be done without.
  std::function<void(std::size_t waiting)> short_of;
};

// One per loop; lives on it. Resolver and policy outlive it. Without a file for a socket a connect waits its turn for
// at most 2 s, then it ends with kNoFile.
class Connector final : public http::Transport {
 public:
  Connector(AsioLoop& loop,
            Resolver& resolver,
            std::shared_ptr<TlsClient> tls,
            const EgressPolicy& policy,
            ConnectorFiles files = {});
  ~Connector() override;
  void connect(const http::Destination& destination, Deadline deadline, OnConnected done) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fleethook::net
