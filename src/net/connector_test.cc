#include "net/connector.h"

#include <cerrno>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/certificates_for_tests.h"
#include "net/dns_server_for_tests.h"
#include "net/loop_fixture.h"
#include "net/tls_server.h"
#include "net/tls_stream.h"

namespace fleethook::net {
namespace {

using http::ConnectFault;
using std::chrono::milliseconds;
using StreamPtr = std::unique_ptr<http::Stream>;
using Kind = DnsServer::Kind;

// A socket that is bound, so that nobody else has the port, and maybe listens without ever accepting.
class Bound {
 public:
  explicit Bound(bool v6 = false) : fd(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    here.sin6_family = v6 ? AF_INET6 : AF_INET;
    socklen_t size = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    if (v6) here.sin6_addr = in6addr_loopback;
    if (!v6) reinterpret_cast<sockaddr_in*>(&here)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&here), size), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size), 0);
  }
  ~Bound() { ::close(fd); }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;
  std::uint16_t port() const { return ntohs(here.sin6_port); }
  std::string port_text() const { return std::to_string(port()); }

  const int fd;
  sockaddr_in6 here{};  // its first fields are those of sockaddr_in
};

class ConnectorTest : public LoopbackTest {
 protected:
  // A connector that asks the test's DNS server.
  http::ConnectResult dial_by_name(const http::Destination& destination, Duration within = std::chrono::seconds(10)) {
    Connector by_name(loop, names, tls, policy);
    http::ConnectResult outcome;
    by_name.connect(destination, Deadline::after(clock, within), [&](http::ConnectResult result) {
      outcome = std::move(result);
      done();
    });
    run();
    return outcome;
  }

  DnsServer dns;
  ResolverOptions options = [this] {
    ResolverOptions chosen;
    chosen.servers = {dns.address()};
    return chosen;
  }();
  Resolver names{clock, options};
};

TEST_F(ConnectorTest, ConnectsOverBothFamilies) {
  for (const char* host : {"127.0.0.1", "::1"}) {
    const auto listener = listen([](StreamPtr) {}, std::string(host) == "::1" ? "[::1]:0" : "127.0.0.1:0");
    const auto result = dial({host, listener->port()});
    EXPECT_EQ(result.fault, ConnectFault::kNone) << result.message;
    ASSERT_TRUE(result.stream);
    EXPECT_EQ(result.stream->peer(), host);
  }
}

TEST_F(ConnectorTest, TellsWhyItWasRefused) {
  const Bound nobody;
  const auto result = dial({"127.0.0.1", nobody.port()});
  EXPECT_EQ(result.fault, ConnectFault::kRefused);
  EXPECT_EQ(result.message, "connect ECONNREFUSED 127.0.0.1:" + nobody.port_text());
  EXPECT_FALSE(result.stream);
  EXPECT_EQ(dial({"localhost", nobody.port()}).message, result.message);

  const Bound nobody6(true);
  EXPECT_EQ(dial({"::1", nobody6.port()}).message, "connect ECONNREFUSED ::1:" + nobody6.port_text());
}

TEST_F(ConnectorTest, TellsThatANameDoesNotExist) {
  const auto result = dial_by_name({"nobody.test", 80});
  EXPECT_EQ(result.fault, ConnectFault::kUnknownHost);
  EXPECT_EQ(result.message, "getaddrinfo ENOTFOUND nobody.test");

  const auto odd = dial_by_name({"127.1", 80});
  EXPECT_EQ(odd.fault, ConnectFault::kUnknownHost);
  EXPECT_EQ(odd.message, "getaddrinfo ENOTFOUND 127.1");
}

TEST_F(ConnectorTest, GivesUpAtTheDeadlineAtEveryStage) {
  dns.set("silent.test", {Kind::kSilence});
  const Steady start = clock.steady();
  const auto in_dns = dial_by_name({"silent.test", 80}, milliseconds(30));
  EXPECT_EQ(in_dns.fault, ConnectFault::kTimedOut);
  EXPECT_EQ(in_dns.message, "getaddrinfo ETIMEDOUT silent.test");

  // A full backlog leaves the next connection without an answer.
  const Bound full;
  ASSERT_EQ(::listen(full.fd, 0), 0);
  const auto first = dial({"127.0.0.1", full.port()});
  ASSERT_TRUE(first.stream);
  const auto in_connect = dial({"127.0.0.1", full.port()}, milliseconds(30));
  EXPECT_EQ(in_connect.fault, ConnectFault::kTimedOut);
  EXPECT_EQ(in_connect.message, "connect ETIMEDOUT 127.0.0.1:" + full.port_text());

  const Bound mute;
  ASSERT_EQ(::listen(mute.fd, 8), 0);
  const auto in_handshake = dial({"127.0.0.1", mute.port(), true}, milliseconds(300));
  EXPECT_EQ(in_handshake.fault, ConnectFault::kTimedOut);
  EXPECT_EQ(in_handshake.message, "TLS handshake ETIMEDOUT 127.0.0.1:" + mute.port_text());

  const auto at_once = dial({"127.0.0.1", full.port()}, Duration(-1));
  EXPECT_EQ(at_once.fault, ConnectFault::kTimedOut);
  EXPECT_GE(clock.steady() - start, milliseconds(360));
}

TEST_F(ConnectorTest, WithoutAFileItWaitsItsTurnAndAsksForWhatCanBeDoneWithout) {
  const auto listener = listen([](StreamPtr) {});
  Shares sockets(1, 1);
  std::size_t asked = 0;
  http::ConnectResult first, second;
  Connector bounded(loop, resolver, tls, policy, {&sockets, [&](std::size_t waiting) {
                                                    EXPECT_EQ(waiting, 1U);
                                                    if (++asked == 2) first.stream.reset();
                                                  }});
  const http::Destination there{"127.0.0.1", listener->port()};
  bounded.connect(there, Deadline::after(clock, std::chrono::seconds(10)), [&](http::ConnectResult result) {
    first = std::move(result);
    bounded.connect(there, Deadline::after(clock, std::chrono::seconds(10)), [&](http::ConnectResult later) {
      second = std::move(later);
      done();
    });
  });
  run();
  EXPECT_EQ(asked, 2U);
  EXPECT_EQ(second.fault, ConnectFault::kNone) << second.message;
  EXPECT_EQ(sockets.taken(), 1U);
  second.stream.reset();
  EXPECT_EQ(sockets.taken(), 0U);
}

TEST_F(ConnectorTest, ADestinationThatHasItsShareOfTheFilesKeepsNobodyElseWaiting) {
  const auto one = listen([](StreamPtr) {}), other = listen([](StreamPtr) {});
  Shares sockets(10, 1);
  Connector bounded(loop, resolver, tls, policy, {&sockets, [](std::size_t) { FAIL() << "there are files"; }});
  http::ConnectResult first, elsewhere;
  const auto connect = [&](std::uint16_t port, http::Transport::OnConnected then) {
    bounded.connect({"127.0.0.1", port}, Deadline::after(clock, std::chrono::seconds(10)), std::move(then));
  };
  bool waits = true;
  connect(one->port(), [&](http::ConnectResult result) {
    first = std::move(result);
    connect(one->port(), [&](http::ConnectResult) { waits = false; });
    loop.schedule_after(milliseconds(120), [&] {
      connect(other->port(), [&](http::ConnectResult got) {
        elsewhere = std::move(got);
        done();
      });
    });
  });
  run();
  EXPECT_EQ(elsewhere.fault, ConnectFault::kNone) << elsewhere.message;
  EXPECT_TRUE(waits);
}

TEST_F(ConnectorTest, WithoutAFileForLongItSaysThatItIsOurs) {
  Shares sockets(0, 0);
  Connector bounded(loop, resolver, tls, policy, {&sockets, {}});
  for (const Duration within : {Duration(std::chrono::seconds(20)), Duration(milliseconds(100))}) {
    const Steady start = clock.steady();
    bounded.connect({"127.0.0.1", 1}, Deadline::after(clock, within), [&](http::ConnectResult result) {
      EXPECT_EQ(result.fault, ConnectFault::kNoFile) << result.message;
      done();
    });
    run();
    EXPECT_LT(clock.steady() - start, std::chrono::seconds(5));
  }
}

TEST_F(ConnectorTest, AProcessThatMayOpenNoMoreIsNoFaultOfTheReceiver) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizers open a pipe to look at an object, and take one that has none for a broken object";
#endif
  const auto listener = listen([](StreamPtr) {});
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<int> fill;
  Connector plain(loop, resolver, tls, policy);
  http::ConnectResult got;
  plain.connect({"127.0.0.1", listener->port()}, Deadline::after(clock, std::chrono::seconds(10)),
                [&](http::ConnectResult result) {
                  got = std::move(result);
                  done();
                });
  const rlimit few{64, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) fill.push_back(fd);
  ASSERT_EQ(errno, EMFILE);
  loop.schedule_after(milliseconds(150), [&] {
    for (const int fd : fill) ::close(fd);
  });
  run();
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(got.fault, ConnectFault::kNone) << got.message;
}

TEST_F(ConnectorTest, TheGuardRefusesAndSaysHowToAllow) {
  const auto listener = listen([](StreamPtr) { FAIL(); });
  const EgressPolicy nothing;
  Connector guarded(loop, resolver, tls, nothing);
  struct Row {
    const char* host;
    const char* message;
  };
  for (const Row& row : {
           Row{"127.0.0.1",
               "address 127.0.0.1 is refused by the egress guard; an administrator can allow it with --allow-egress "
               "127.0.0.0/8"},
           Row{"localhost",
               "address 127.0.0.1 is refused by the egress guard; an administrator can allow it with --allow-egress "
               "127.0.0.0/8"},
           Row{"::1",
               "address ::1 is refused by the egress guard; an administrator can allow it with --allow-egress ::1/128"},
           Row{"::ffff:127.0.0.1",
               "address ::ffff:127.0.0.1 is refused by the egress guard; an administrator can allow it with "
               "--allow-egress 127.0.0.0/8"},
           Row{"0.0.0.0",
               "address 0.0.0.0 is refused by the egress guard; an administrator can allow it with --allow-egress "
               "0.0.0.0/8"},
       }) {
    http::ConnectResult outcome;
    guarded.connect({row.host, listener->port()}, Deadline::never(), [&](http::ConnectResult result) {
      outcome = std::move(result);
      done();
    });
    run();
    EXPECT_EQ(outcome.fault, ConnectFault::kForbidden) << row.host;
    EXPECT_EQ(outcome.message, row.message);
  }
}

TEST_F(ConnectorTest, TheGuardLooksAtWhatANameResolvesTo) {
  const auto listener = listen([](StreamPtr) {});
  dns.set("inside.test", {Kind::kAnswer, {"10.0.0.1", "169.254.169.254"}, {"fd00::1"}});
  const auto refused = dial_by_name({"inside.test", listener->port()});
  EXPECT_EQ(refused.fault, ConnectFault::kForbidden);

  // An allowed address among refused ones is used.
  dns.set("mixed.test", {Kind::kAnswer, {"10.0.0.1", "127.0.0.1"}, {"fd00::1"}});
  const auto allowed = dial_by_name({"mixed.test", listener->port()});
  EXPECT_EQ(allowed.fault, ConnectFault::kNone) << allowed.message;
  EXPECT_EQ(allowed.stream->peer(), "127.0.0.1");

  // If it cannot be reached, that is the reason given.
  const Bound nobody;
  const auto unreachable = dial_by_name({"mixed.test", nobody.port()});
  EXPECT_EQ(unreachable.fault, ConnectFault::kRefused);
  EXPECT_EQ(unreachable.message, "connect ECONNREFUSED 127.0.0.1:" + nobody.port_text());
}

TEST_F(ConnectorTest, FallsBackToTheOtherFamilyAtOnceWhenTheFirstFails) {
  const Steady start = clock.steady();
  constexpr int kRounds = 20;
  dns.set("both.test", {Kind::kAnswer, {"127.0.0.1"}, {"::1"}});
  for (int round = 0; round < kRounds; ++round) {
    for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
      const auto listener = listen([](StreamPtr) {}, address);
      const auto result = dial_by_name({"both.test", listener->port()});
      EXPECT_EQ(result.fault, ConnectFault::kNone) << result.message;
    }
  }
  // One of the two families is in vain each round; waiting for it would cost 250 ms.
  EXPECT_LT(clock.steady() - start, kRounds * milliseconds(250));
}

TEST_F(ConnectorTest, StartsTheNextAddressWhileTheFirstKeepsSilent) {
  const Bound full;
  ASSERT_EQ(::listen(full.fd, 0), 0);
  ASSERT_TRUE(dial({"127.0.0.1", full.port()}).stream);
  // Whichever is tried first, ::1 on the same port answers.
  const auto listener = listen([](StreamPtr) {}, "[::1]:" + full.port_text());
  const auto result = dial({"localhost", full.port()});
  EXPECT_EQ(result.fault, ConnectFault::kNone) << result.message;
  ASSERT_TRUE(result.stream);
  EXPECT_EQ(result.stream->peer(), "::1");
}

TEST_F(ConnectorTest, NeverCallsBackOnceDestroyed) {
  const Bound mute;
  ASSERT_EQ(::listen(mute.fd, 8), 0);
  dns.set("silent.test", {Kind::kSilence});
  const auto witness = std::make_shared<int>();
  auto gone = std::make_unique<Connector>(loop, names, tls, policy);
  for (const http::Destination& destination : {http::Destination{"silent.test", 80},
                                               {"127.0.0.1", mute.port()},
                                               {"127.0.0.1", mute.port(), true},
                                               {"localhost", 1}}) {
    gone->connect(destination, Deadline::after(clock, milliseconds(5)), [witness](http::ConnectResult) { FAIL(); });
  }
  loop.post([&] {
    gone.reset();
    EXPECT_EQ(witness.use_count(), 1);
    loop.schedule_after(milliseconds(20), [this] { done(); });
  });
  run();
}

TEST_F(ConnectorTest, MayBeDestroyedInItsOwnCallback) {
  std::vector<StreamPtr> kept;  // silent: the handshake must not fail before the other connection is there
  const auto listener = listen([&kept](StreamPtr stream) { kept.push_back(std::move(stream)); });
  const auto witness = std::make_shared<int>();
  auto gone = std::make_unique<Connector>(loop, resolver, tls, policy);
  gone->connect({"127.0.0.1", listener->port(), true}, Deadline::never(), [witness](http::ConnectResult) { FAIL(); });
  gone->connect({"127.0.0.1", listener->port()}, Deadline::never(), [&](http::ConnectResult result) {
    EXPECT_TRUE(result.stream);
    gone.reset();
    EXPECT_EQ(witness.use_count(), 1);
    done();
  });
  run();
}

// Loops, a shared resolver and shared sessions on several threads; for the thread sanitizer.
TEST_F(ConnectorTest, LoopsOnSeveralThreadsShareResolverAndTls) {
  CertificateMaker maker;
  const TestCertificate own = maker.make({});
  const auto trusting = TlsClient::make(own.cert_file).value();
  constexpr int kLoops = 3;
  constexpr int kConnects = 30;
  dns.set("both.test", {Kind::kAnswer, {"127.0.0.1"}, {}, 0});
  std::vector<std::thread> threads;
  std::atomic<int> connected = 0;
  for (int t = 0; t < kLoops; ++t) {
    threads.emplace_back([&] {
      AsioLoop own_loop(clock);
      auto tls_server = TlsServer::make(own_loop, own.cert_file, own.key_file).value();
      std::vector<StreamPtr> kept;
      auto listener = Listener::open(own_loop, "127.0.0.1:0", false, [&](StreamPtr stream) {
        tls_server->accept(std::move(stream), [&](StreamPtr encrypted) { kept.push_back(std::move(encrypted)); });
      });
      auto own_connector = std::make_unique<Connector>(own_loop, names, trusting, policy);
      int left = kConnects;
      const std::function<void()> next = [&] {
        if (left-- == 0) return own_loop.stop();
        const char* host = left % 2 == 0 ? "both.test" : "127.0.0.1";
        own_connector->connect({host, (*listener)->port(), true, left % 2 != 0}, Deadline::never(),
                               [&](http::ConnectResult result) {
                                 EXPECT_EQ(result.message, "");
                                 ++connected;
                                 next();
                               });
      };
      own_loop.post(next);
      own_loop.run();
      kept.clear();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(connected, kLoops * kConnects);
}

}  // namespace
}  // namespace fleethook::net
