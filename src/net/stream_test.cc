// What http::Stream promises, held by TCP and by TLS over TCP.
#include "http/stream.h"

#include <string>

#include <sys/socket.h>

#include "net/certificates_for_tests.h"
#include "net/loop_fixture.h"
#include "net/tls_server.h"

namespace fleethook::net {
namespace {

using StreamPtr = std::unique_ptr<http::Stream>;

// Both ends of a connection over loopback, on one loop.
class StreamTest : public LoopbackTest, public testing::WithParamInterface<bool> {
 protected:
  bool over_tls() const { return GetParam(); }

  void SetUp() override {
    const TestCertificate certificate = maker.make({});
    tls_server = TlsServer::make(loop, certificate.cert_file, certificate.key_file).value();
    listener = listen([this](StreamPtr accepted) {
      if (!over_tls()) return on_accepted(std::move(accepted));
      tls_server->accept(std::move(accepted), [this](StreamPtr stream) { on_accepted(std::move(stream)); });
    });
    connect();
  }
  void connect() {
    loop.post([this] {
      connector.connect({"127.0.0.1", listener->port(), over_tls(), false}, Deadline::never(),
                        [this](http::ConnectResult result) {
                          EXPECT_EQ(result.message, "");
                          client = std::move(result.stream);
                          if (server) done();
                        });
    });
    run();
    ASSERT_TRUE(client && server);
  }
  void on_accepted(StreamPtr stream) {
    ASSERT_TRUE(stream);
    server = std::move(stream);
    if (client) done();
  }

  // Reads into `got` until `bytes` are there or the stream ends; then `then`.
  void read_until(http::Stream& stream,
                  std::string& got,
                  std::size_t bytes,
                  std::function<void(std::error_code)> then) {
    auto buffer = std::make_shared<std::array<char, 8192>>();
    stream.read_some(
        *buffer, [this, &stream, &got, bytes, buffer, then = std::move(then)](std::error_code problem, std::size_t n) {
          got.append(buffer->data(), n);
          if (problem || n == 0 || got.size() >= bytes) return then(problem);
          read_until(stream, got, bytes, then);
        });
  }

  CertificateMaker maker;
  std::unique_ptr<TlsServer> tls_server;
  std::unique_ptr<Listener> listener;
  StreamPtr client;
  StreamPtr server;
};

// Waits for the end of the stream at `client`; true if an error came instead.
TEST_P(StreamTest, TellsWhetherTheOtherEndHadTakenAllWhenItCloses) {
  std::string got, rest;
  bool reset = false;
  const auto end_of_client = [&] {
    read_until(*client, rest, 1, [&](std::error_code problem) {
      reset = static_cast<bool>(problem);
      done();
    });
  };
  EXPECT_FALSE(client->ended());
  client->write_all(std::string_view("request"), {}, [](std::error_code problem) { EXPECT_FALSE(problem); });
  read_until(*server, got, 7, [&](std::error_code) {
    loop.post([&] {
      server.reset();
      end_of_client();
    });
  });
  run();
  EXPECT_EQ(got, "request");
  EXPECT_FALSE(reset);
  EXPECT_TRUE(client->ended());
  EXPECT_TRUE(client->all_taken()) << "it has read the request";

  client.reset();
  connect();
  loop.post([&] {
    server.reset();  // closed before the request comes
    client->write_all(std::string_view("request"), {}, [](std::error_code) {});
    end_of_client();
  });
  run();
  EXPECT_FALSE(client->all_taken());

  client.reset();
  connect();
  loop.post([&] {
    client->write_all(std::string_view("request"), {}, [](std::error_code) {});
    server.reset();  // it came, and was not read
    end_of_client();
  });
  run();
  EXPECT_FALSE(client->all_taken());
}

TEST_P(StreamTest, CarriesBothPartsOfAMessageBothWays) {
  std::string got;
  std::string answered;
  client->write_all(std::string_view("head "), std::string_view("body"),
                    [](std::error_code problem) { EXPECT_FALSE(problem); });
  read_until(*server, got, 9, [&](std::error_code) {
    server->write_all(std::string_view("answer"), {}, [](std::error_code problem) { EXPECT_FALSE(problem); });
  });
  read_until(*client, answered, 6, [&](std::error_code) { done(); });
  run();
  EXPECT_EQ(got, "head body");
  EXPECT_EQ(answered, "answer");
}

TEST_P(StreamTest, KnowsItsPeer) {
  EXPECT_EQ(client->peer(), "127.0.0.1");
  EXPECT_EQ(server->peer(), "127.0.0.1");
}

TEST_P(StreamTest, NeverRunsACallbackInsideTheCall) {
  bool inside = true;
  int called = 0;
  std::array<char, 16> buffer{};
  loop.post([&] {
    inside = true;
    server->write_all(std::string_view("x"), {}, [&](std::error_code) {
      EXPECT_FALSE(inside);
      ++called;
      inside = true;
      client->read_some(buffer, [&](std::error_code, std::size_t) {
        EXPECT_FALSE(inside);
        ++called;
        done();
      });
      inside = false;
    });
    inside = false;
  });
  run();
  EXPECT_EQ(called, 2);
}

TEST_P(StreamTest, ACallbackDoesNotOvertakeWhatItsThreadPostedBefore) {
  std::string order;
  client->write_all(std::string_view("x"), {},
                    [&](std::error_code) {  // not running yet, but about to be this thread's loop
                      loop.post([&] {
                        order += 'b';
                        done();
                      });
                    });
  loop.post([&] { order += 'a'; });
  run();
  EXPECT_EQ(order, "ab");
}

TEST_P(StreamTest, WritesOfNothingComplete) {
  int completed = 0;
  client->write_all({}, {}, [&](std::error_code problem) {
    EXPECT_FALSE(problem);
    ++completed;
    client->write_all(std::string_view(""), std::string_view("x"), [&](std::error_code) {
      ++completed;
      done();
    });
  });
  run();
  EXPECT_EQ(completed, 2);
}

TEST_P(StreamTest, ManySmallWritesInARowArriveInOrder) {
  constexpr int kWrites = 2000;  // far more than run at the end of one turn
  std::string sent;
  std::string got;
  std::string one;
  int left = kWrites;
  const std::function<void(std::error_code)> next = [&](std::error_code problem) {
    ASSERT_FALSE(problem);
    if (left-- == 0) return;
    one = std::to_string(left) + " ";
    sent += one;
    client->write_all(one, {}, next);
  };
  next({});
  read_until(*server, got, 8890, [&](std::error_code) { done(); });  // 2000 numbers of 0-1999 with a space each
  run();
  EXPECT_EQ(got, sent);
}

std::string noise(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

TEST_P(StreamTest, LargeMessagesCrossEachOtherThroughFullBuffers) {
  const std::string head = noise(300'000);
  const std::string body = noise(7'000'001);
  std::string at_server;
  std::string at_client;
  int open = 4;
  const auto one_done = [&](std::error_code problem) {
    EXPECT_FALSE(problem);
    if (--open == 0) done();
  };
  client->write_all(head, body, one_done);
  server->write_all(body, head, one_done);
  read_until(*server, at_server, head.size() + body.size(), one_done);
  read_until(*client, at_client, head.size() + body.size(), one_done);
  run();
  EXPECT_TRUE(at_server == head + body);
  EXPECT_TRUE(at_client == body + head);
}

TEST_P(StreamTest, EndsWithZeroBytesAndNoError) {
  std::string got;
  std::error_code at_end = std::make_error_code(std::errc::io_error);
  client->write_all(std::string_view("last words"), {}, [&](std::error_code) { client.reset(); });
  read_until(*server, got, 1000, [&](std::error_code problem) {
    at_end = problem;
    done();
  });
  run();
  EXPECT_EQ(got, "last words");
  EXPECT_FALSE(at_end);
}

TEST_P(StreamTest, WritingToAPeerThatHasGoneFails) {
  std::error_code problem;
  const std::string much = noise(1'000'000);
  server.reset();
  const std::function<void(std::error_code)> again = [&](std::error_code outcome) {
    problem = outcome;
    if (problem) return done();
    client->write_all(much, {}, again);
  };
  again({});
  run();
  EXPECT_TRUE(problem == std::errc::broken_pipe || problem == std::errc::connection_reset) << problem.message();
}

TEST_P(StreamTest, DestroyingDropsAPendingReadAndWrite) {
  const auto witness = std::make_shared<int>();
  auto buffer = std::make_unique<std::array<char, 64>>();
  auto much = std::make_unique<std::string>(noise(20'000'000));  // does not fit into the socket's buffers
  loop.post([&] {
    client->read_some(*buffer, [witness](std::error_code, std::size_t) { FAIL(); });
    client->write_all(*much, {}, [witness](std::error_code) { FAIL(); });
    loop.post([&] {
      client.reset();
      buffer.reset();  // they need to be valid no longer
      much.reset();
      EXPECT_EQ(witness.use_count(), 1);
      loop.schedule_after(std::chrono::milliseconds(10), [this] { done(); });
    });
  });
  run();
}

TEST_P(StreamTest, DestroyingInTheTurnOfTheWriteDropsItsCallback) {
  const auto witness = std::make_shared<int>();
  loop.post([&] {
    client->write_all(std::string_view("sent in the call"), {}, [witness](std::error_code) { FAIL(); });
    client.reset();
    EXPECT_EQ(witness.use_count(), 1);
  });
  std::string got;
  read_until(*server, got, 1000, [&](std::error_code) { done(); });
  run();
  EXPECT_EQ(got, "sent in the call");
}

TEST_P(StreamTest, AReadThatIsReadyIsDroppedWithTheStream) {
  std::array<char, 64> buffer{};
  const auto witness = std::make_shared<int>();
  loop.post([&] {
    server->read_some(buffer, [witness](std::error_code, std::size_t) { FAIL(); });
    client->write_all(std::string_view("x"), {}, [&](std::error_code) {
      // The bytes are in the server's socket; its read is about to complete.
      server.reset();
      EXPECT_EQ(witness.use_count(), 1);
      loop.schedule_after(std::chrono::milliseconds(5), [this] { done(); });
    });
  });
  run();
}

TEST_P(StreamTest, MayBeDestroyedInItsOwnCallback) {
  std::array<char, 64> buffer{};
  std::array<char, 64> other{};
  int called = 0;
  loop.post([&] {
    client->read_some(other, [&](std::error_code, std::size_t) { FAIL(); });
    client->write_all(std::string_view("x"), {}, [&, watch = std::make_shared<int>()](std::error_code) {
      client.reset();
      EXPECT_EQ(watch.use_count(), 1);  // what the callback captured outlives the stream
      ++called;
    });
    server->read_some(buffer, [&](std::error_code, std::size_t) {
      server.reset();
      ++called;
      done();
    });
  });
  run();
  EXPECT_EQ(called, 2);
}

TEST_P(StreamTest, IsDestroyedWithTheTasksThatOwnIt) {
  std::array<char, 64> buffer{};
  client->read_some(buffer, [](std::error_code, std::size_t) {});
  const std::shared_ptr<http::Stream> shared = std::move(client);
  loop.post([shared] {});  // never runs
}

INSTANTIATE_TEST_SUITE_P(Over, StreamTest, testing::Bool(), [](const auto& row) { return row.param ? "Tls" : "Tcp"; });

}  // namespace
}  // namespace fleethook::net
