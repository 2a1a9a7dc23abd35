#include "net/listener.h"

#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/loop_fixture.h"

namespace fleethook::net {
namespace {

using StreamPtr = std::unique_ptr<http::Stream>;
using ListenerTest = LoopbackTest;

// A socket as another program has it.
class Foreign {
 public:
  Foreign(std::uint16_t port, bool reuse_port) {
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (reuse_port) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    here.sin_family = AF_INET;
    here.sin_port = htons(port);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  ~Foreign() { ::close(fd); }
  Foreign(const Foreign&) = delete;
  Foreign& operator=(const Foreign&) = delete;
  bool listen() {
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 || ::listen(fd, 8) != 0) return false;
    socklen_t size = sizeof here;
    return ::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size) == 0;
  }
  bool connect() { return ::connect(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0; }
  std::string address() const { return "127.0.0.1:" + std::to_string(ntohs(here.sin_port)); }

  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
};

TEST_F(ListenerTest, ListensOnAllFormsOfAddresses) {
  struct Row {
    const char* address;
    const char* host;
  };
  for (const Row& row : {Row{"127.0.0.1:0", "127.0.0.1"}, Row{"localhost:0", "127.0.0.1"}, Row{"[::1]:0", "::1"},
                         Row{"0.0.0.0:0", "0.0.0.0"}, Row{"[::]:0", "::"}}) {
    const auto listener = listen([](StreamPtr) {}, row.address);
    EXPECT_EQ(listener->host(), row.host);
    EXPECT_NE(listener->port(), 0);
  }
}

TEST_F(ListenerTest, SaysWhatIsWrongWithAnAddress) {
  struct Row {
    const char* address;
    const char* message;
  };
  for (const Row& row : {
           Row{"", "cannot listen on : expected HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080"},
           Row{"8080", "cannot listen on 8080: expected HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080"},
           Row{"127.0.0.1:", "cannot listen on 127.0.0.1:: the port is not a number from 0 to 65535"},
           Row{"127.0.0.1:65536", "cannot listen on 127.0.0.1:65536: the port is not a number from 0 to 65535"},
           Row{"127.0.0.1:-1", "cannot listen on 127.0.0.1:-1: the port is not a number from 0 to 65535"},
           Row{"127.0.0.1:80x", "cannot listen on 127.0.0.1:80x: the port is not a number from 0 to 65535"},
           Row{"::1:8080", "cannot listen on ::1:8080: an IPv6 address stands in brackets, as in [::1]:8080"},
           Row{":8080", "cannot listen on :8080: there is no address \"\""},
           Row{"192.0.2.1:0", "cannot listen on 192.0.2.1:0: no network interface has this address"},
       }) {
    const auto listener = Listener::open(loop, row.address, false, [](StreamPtr) {});
    ASSERT_FALSE(listener.ok()) << row.address;
    EXPECT_EQ(listener.error().fault, Fault::kUnavailable);
    EXPECT_EQ(listener.error().message, row.message);
  }
}

TEST_F(ListenerTest, APortInUseIsFoundOut) {
  for (const bool foreign_shares : {false, true}) {
    Foreign foreign(0, foreign_shares);
    ASSERT_TRUE(foreign.listen());
    for (const bool share_port : {false, true}) {
      const auto listener = Listener::open(loop, foreign.address(), share_port, [](StreamPtr) {});
      ASSERT_FALSE(listener.ok()) << foreign_shares << share_port;
      EXPECT_EQ(listener.error().message, foreign.address() + " is in use by another program");
    }
  }
}

TEST_F(ListenerTest, AnUnsharedPortIsNobodyElses) {
  const auto listener = listen([](StreamPtr) {});
  const std::string address = "127.0.0.1:" + std::to_string(listener->port());
  EXPECT_FALSE(Listener::open(loop, address, true, [](StreamPtr) {}).ok());
  EXPECT_FALSE(Listener::open(loop, address, false, [](StreamPtr) {}).ok());
  EXPECT_FALSE(Foreign(listener->port(), true).listen());
}

TEST_F(ListenerTest, APortIsFreeAgainAfterClose) {
  auto listener = listen([](StreamPtr) {});
  const std::string address = "127.0.0.1:" + std::to_string(listener->port());
  listener.reset();
  for (const bool share_port : {true, false, true}) {
    EXPECT_TRUE(Listener::open(loop, address, share_port, [](StreamPtr) {}).ok());
  }
}

TEST_F(ListenerTest, ListenersOfOneProcessShareTheConnections) {
  std::vector<StreamPtr> accepted;
  std::vector<int> count(2);
  std::vector<std::unique_ptr<Listener>> listeners;
  std::string address = "127.0.0.1:0";
  constexpr int kConnections = 64;
  for (std::size_t i = 0; i < count.size(); ++i) {
    auto listener = Listener::open(loop, address, true, [&, i](StreamPtr stream) {
      ++count[i];
      accepted.push_back(std::move(stream));
      if (accepted.size() == kConnections) done();
    });
    ASSERT_TRUE(listener.ok()) << listener.error().message;
    listeners.push_back(std::move(*listener));
    address = "127.0.0.1:" + std::to_string(listeners[0]->port());
  }
  // A third program is not let in by the sharing of the two.
  EXPECT_FALSE(Foreign(listeners[0]->port(), false).listen());

  std::vector<std::unique_ptr<Foreign>> clients;
  for (int i = 0; i < kConnections; ++i) {
    clients.push_back(std::make_unique<Foreign>(listeners[0]->port(), false));
    ASSERT_TRUE(clients.back()->connect());
  }
  run();
  EXPECT_GT(count[0], 0);
  EXPECT_GT(count[1], 0);
}

TEST_F(ListenerTest, StreamsLiveOnAfterClose) {
  StreamPtr accepted;
  auto listener = listen([&](StreamPtr stream) {
    accepted = std::move(stream);
    done();
  });
  Foreign client(listener->port(), false);
  ASSERT_TRUE(client.connect());
  run();
  listener.reset();
  std::array<char, 8> buffer{};
  std::size_t got = 0;
  ASSERT_EQ(::send(client.fd, "hello", 5, 0), 5);
  accepted->read_some(buffer, [&](std::error_code, std::size_t bytes) {
    got = bytes;
    done();
  });
  run();
  EXPECT_EQ(got, 5U);
  EXPECT_FALSE(Foreign(ntohs(client.here.sin_port), false).connect());
}

TEST_F(ListenerTest, MayBeClosedInItsOwnCallbackAndAcceptsNothingMore) {
  int accepted = 0;
  std::unique_ptr<Listener> listener;
  listener = listen([&](StreamPtr) {
    ++accepted;
    listener.reset();
    loop.schedule_after(std::chrono::milliseconds(10), [this] { done(); });
  });
  Foreign first(listener->port(), false);
  Foreign second(listener->port(), false);
  ASSERT_TRUE(first.connect() && second.connect());
  run();
  EXPECT_EQ(accepted, 1);
}

// While it lives, this process can open no further descriptor.
class NoDescriptors {
 public:
  NoDescriptors() {
    const int next_free = ::dup(0);
    ::close(next_free);
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(next_free);
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~NoDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

#ifndef __SANITIZE_ADDRESS__  // comes with UBSan here, which needs descriptors itself to look at objects
TEST_F(ListenerTest, PausesWhenDescriptorsRunOutAndGoesOnAfterwards) {
  StreamPtr accepted;
  const auto listener = listen([&](StreamPtr stream) {
    accepted = std::move(stream);
    done();
  });
  Foreign client(listener->port(), false);
  ASSERT_TRUE(client.connect());
  auto none = std::make_unique<NoDescriptors>();
  loop.schedule_after(std::chrono::milliseconds(20), [&] {
    EXPECT_FALSE(accepted);
    none.reset();
  });
  run();
  EXPECT_TRUE(accepted);
}

TEST_F(ListenerTest, IsDestroyedWhilePaused) {
  auto listener = listen([&](StreamPtr) { FAIL(); });
  Foreign client(listener->port(), false);
  ASSERT_TRUE(client.connect());
  auto none = std::make_unique<NoDescriptors>();
  loop.schedule_after(std::chrono::milliseconds(20), [&] {
    none.reset();
    listener.reset();
    loop.schedule_after(std::chrono::milliseconds(150), [this] { done(); });
  });
  run();
}
#endif

}  // namespace
}  // namespace fleethook::net
