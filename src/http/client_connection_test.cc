#include "http/client_connection.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/base/manual_loop.h"
#include "testing/base/memory_stream.h"

namespace fleethook::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ManualLoop;
using testing::MemoryStream;
using testing::RawPeer;

const std::string kRequest = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Insists on not being destroyed inside its own callbacks, and can fail to write while it can still read.
class StrictStream final : public Stream {
 public:
  StrictStream(std::unique_ptr<Stream> inner, Loop& loop, const bool& write_fails)
      : loop_(loop), write_fails_(write_fails), inner_(std::move(inner)) {}
  ~StrictStream() override { EXPECT_FALSE(inside_); }
  void read_some(std::span<char> into, OnRead done) override {
    inner_->read_some(into, [this, done = std::move(done)](std::error_code error, std::size_t size) {
      inside_ = true;
      done(error, size);
      inside_ = false;
    });
  }
  void write_all(std::span<const char> first, std::span<const char> second, OnWrite done) override {
    if (!write_fails_) return inner_->write_all(first, second, std::move(done));
    loop_.post([done = std::move(done)] { done(std::make_error_code(std::errc::broken_pipe)); });
  }
  std::string peer() const override { return inner_->peer(); }
  bool ended() const override { return inner_->ended(); }
  bool all_taken() const override { return inner_->all_taken(); }

 private:
  Loop& loop_;
  const bool& write_fails_;
  bool inside_ = false;
  std::unique_ptr<Stream> inner_;
};

class ClientConnectionTest : public ::testing::Test {
 protected:
  void connect() {
    auto [ours, theirs] = MemoryStream::pair(loop);
    control = ours->control();
    peer = std::make_unique<RawPeer>(std::move(theirs));
    connection = std::make_unique<ClientConnection>(std::make_unique<StrictStream>(std::move(ours), loop, write_fails),
                                                    loop, limits);
    result.reset();
    calls = 0;
  }
  void exchange(bool head = false, Duration time = seconds(20)) {
    result.reset();
    connection->exchange(kRequest, head, Deadline::after(loop.clock(), time), [this](ExchangeResult done) {
      ++calls;
      result = std::move(done);
    });
    EXPECT_FALSE(result) << "never inside the call";
    loop.run_ready();
  }
  void answer(std::string_view bytes) {
    peer->send(bytes);
    loop.run_ready();
  }
  ExchangeFault fault() const { return result ? result->fault : ExchangeFault::kNone; }

  ManualLoop loop;
  Limits limits;
  bool write_fails = false;
  std::shared_ptr<testing::StreamControl> control;
  std::unique_ptr<RawPeer> peer;
  std::unique_ptr<ClientConnection> connection;
  std::optional<ExchangeResult> result;
  int calls = 0;
};

struct Room final : AnswerRoom {
  std::size_t most = 0;
  std::vector<std::size_t> asked;
  bool has_room_for(std::size_t bytes) override {
    asked.push_back(bytes);
    return bytes <= most;
  }
};

TEST_F(ClientConnectionTest, KeepsOfALongAnswerWhatThereIsRoomForAndReadsItAll) {
  constexpr std::size_t kFree = AnswerRoom::kFreeBytes;
  connect();
  Room room;
  const auto get = [&](std::size_t body, std::size_t most) {
    room = {};
    room.most = most;
    connection->exchange(
        kRequest, false, Deadline::after(loop.clock(), seconds(20)),
        [this](ExchangeResult done) { result = std::move(done); }, &room);
    loop.run_ready();
    answer("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body) + "\r\n\r\n" + std::string(body, 'x'));
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->reusable);
  };
  get(kFree / 2, 0);
  EXPECT_EQ(result->response.body.size(), kFree / 2);
  EXPECT_TRUE(room.asked.empty()) << "a short one asks nobody";
  get(100'000, 0);
  EXPECT_EQ(result->response.body.size(), kFree);
  EXPECT_TRUE(result->truncated);
  EXPECT_EQ(room.asked, std::vector{2 * kFree});
  get(100'000, 4 * kFree);
  EXPECT_EQ(result->response.body.size(), 4 * kFree);
  EXPECT_TRUE(result->truncated);
  get(100'000, 1 << 20);
  EXPECT_EQ(result->response.body.size(), 100'000U);
  EXPECT_FALSE(result->truncated);
  connection->exchange(kRequest, false, Deadline::after(loop.clock(), seconds(20)),
                       [this](ExchangeResult done) { result = std::move(done); });
  loop.run_ready();
  answer("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + std::string(60'000, 'x'));
  EXPECT_EQ(result->response.body.size(), 60'000U) << "without a room there is room";
}

TEST_F(ClientConnectionTest, SendsARequestAndBringsTheAnswer) {
  connect();
  exchange();
  EXPECT_EQ(peer->received, kRequest);
  EXPECT_FALSE(result);
  answer(kOk);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->fault, ExchangeFault::kNone);
  EXPECT_EQ(result->response.status, 200);
  EXPECT_EQ(result->response.body, "ok");
  EXPECT_TRUE(result->reusable);
  EXPECT_EQ(control->writes, 1U);
}

TEST_F(ClientConnectionTest, IsUsedAgain) {
  connect();
  for (int i = 1; i <= 100; ++i) {
    exchange();
    answer(kOk);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->reusable);
    EXPECT_EQ(connection->exchanges(), static_cast<std::uint64_t>(i));
    EXPECT_LE(loop.timers(), 1U);
  }
}

TEST_F(ClientConnectionTest, TakesTheAnswerInAnyPortionsAfterInterimOnes) {
  connect();
  exchange();
  const std::string text = "HTTP/1.1 100 Continue\r\n\r\n" + kOk;
  for (const char c : text) answer({&c, 1});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->response.body, "ok");
}

TEST_F(ClientConnectionTest, ReadsABodyToTheEndOfTheStream) {
  connect();
  exchange();
  answer("HTTP/1.1 200 OK\r\n\r\nhello");
  EXPECT_FALSE(result);
  peer->close();
  loop.run_ready();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->fault, ExchangeFault::kNone);
  EXPECT_EQ(result->response.body, "hello");
  EXPECT_FALSE(result->reusable);
}

TEST_F(ClientConnectionTest, ReadsALargeAnswerAndCutsIt) {
  limits.response_body_bytes_max = 100'000;
  connect();
  exchange();
  answer("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'));
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->truncated);
  EXPECT_EQ(result->response.body.size(), 100'000U);
  EXPECT_TRUE(result->reusable);
}

TEST_F(ClientConnectionTest, DecodesAnAnswerThatComesCompressed) {
  // {"v":42} in gzip
  const std::string packed(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56\x2a\x53\xb2\x32\x31\xaa\x05\x00\xdb\xe4\x70\xd5\x08\x00\x00"
      "\x00",
      28);
  connect();
  exchange();
  answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 28\r\n\r\n" + packed);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->response.body, "{\"v\":42}");
  EXPECT_EQ(result->response.headers.get("Content-Encoding"), "gzip") << "as it came";
  EXPECT_TRUE(result->reusable);
  exchange();
  answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->response.body, "ok");
  EXPECT_EQ(result->remark, "the answer cannot be decoded: as gzip it is broken");
}

TEST_F(ClientConnectionTest, AnAnswerToHeadHasNoBody) {
  connect();
  exchange(true);
  answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->reusable);
  exchange(false);
  answer(kOk);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->response.body, "ok") << "the next one has";
}

TEST_F(ClientConnectionTest, IsNotReusableWhenTheServerSaysOrDoesSo) {
  for (const std::string& text : {std::string("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
                                  std::string("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), kOk + "more"}) {
    connect();
    exchange();
    answer(text);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->fault, ExchangeFault::kNone);
    EXPECT_FALSE(result->reusable) << text;
    const auto writes = control->writes;
    exchange();
    EXPECT_EQ(fault(), ExchangeFault::kStale);
    EXPECT_EQ(control->writes, writes) << "nothing is sent on it any more";
  }
}

TEST_F(ClientConnectionTest, AnEarlyAnswerIsTakenButEndsTheConnection) {
  connect();
  control->unread_bytes_max = 10;
  peer->stop_reading();
  exchange();
  answer("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->response.status, 413);
  EXPECT_FALSE(result->reusable) << "the request is not out yet";
}

TEST_F(ClientConnectionTest, AnAnswerIsTakenAlsoWhenTheRequestCouldNotBeWritten) {
  write_fails = true;
  connect();
  exchange();
  answer("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->response.status, 413);
  EXPECT_FALSE(result->reusable);

  connect();
  exchange();
  loop.advance(milliseconds(900));
  EXPECT_FALSE(result);
  loop.advance(milliseconds(200));
  EXPECT_EQ(fault(), ExchangeFault::kReset) << "but it is not waited for until the deadline";

  connect();
  exchange(false, milliseconds(500));
  loop.advance(milliseconds(500));
  EXPECT_EQ(fault(), ExchangeFault::kTimedOut) << "nor longer than that";
}

TEST_F(ClientConnectionTest, AKeptAliveConnectionThatWasClosedIsStale) {
  connect();
  exchange();
  answer(kOk);
  peer->close();
  exchange();  // the close and the request cross
  EXPECT_EQ(fault(), ExchangeFault::kStale);

  connect();
  exchange();
  answer(kOk);
  peer->stream()->reset();
  exchange();
  EXPECT_EQ(fault(), ExchangeFault::kStale);

  connect();
  exchange();
  answer(kOk);
  peer->close();
  loop.run_ready();  // known before the request
  exchange();
  EXPECT_EQ(fault(), ExchangeFault::kStale);
}

TEST_F(ClientConnectionTest, AKeptAliveConnectionThatWasClosedAfterTheRequestWasReadIsNot) {
  connect();
  exchange();
  answer(kOk);
  peer->received.clear();
  exchange();
  EXPECT_EQ(peer->received, kRequest);
  peer->close();
  loop.run_ready();
  EXPECT_EQ(fault(), ExchangeFault::kReset) << "it has had the request: repeating it unseen would be a second one";
  EXPECT_EQ(result->message, "socket hang up");
}

TEST_F(ClientConnectionTest, AKeptAliveConnectionThatEndsWithTheRequestUnreadIsStale) {
  connect();
  exchange();
  answer(kOk);
  peer->stop_reading();
  loop.run_ready();
  control->unread_bytes_max = 0;  // nothing of it arrives
  exchange();
  peer->stream()->shutdown_write();
  loop.run_ready();
  EXPECT_EQ(fault(), ExchangeFault::kStale);
}

TEST_F(ClientConnectionTest, AFarewellThatCrossesTheRequestIsNoAnswer) {
  const std::string farewell = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  connect();
  exchange();
  answer(kOk);
  exchange();
  answer(farewell);
  EXPECT_EQ(fault(), ExchangeFault::kStale);

  connect();
  exchange();
  answer(farewell);
  EXPECT_EQ(fault(), ExchangeFault::kNone) << "on a fresh connection it is one";
  EXPECT_EQ(result->response.status, 408);
}

TEST_F(ClientConnectionTest, NothingIsSentOnAConnectionThatWasClosedWhileIdle) {
  connect();
  exchange();
  answer(kOk);
  const auto writes = control->writes;
  peer->stream()->shutdown_write();  // not told yet
  exchange();
  EXPECT_EQ(fault(), ExchangeFault::kStale);
  EXPECT_EQ(control->writes, writes);
}

TEST_F(ClientConnectionTest, AFreshConnectionThatWasClosedIsNot) {
  connect();
  exchange();
  peer->close();
  loop.run_ready();
  EXPECT_EQ(fault(), ExchangeFault::kReset);
  EXPECT_EQ(result->message, "socket hang up");

  connect();
  exchange();
  peer->stream()->reset();
  loop.run_ready();
  EXPECT_EQ(fault(), ExchangeFault::kReset);
  EXPECT_EQ(result->message, "read ECONNRESET");
}

TEST_F(ClientConnectionTest, ABreakInTheAnswerIsNeverStale) {
  connect();
  exchange();
  answer(kOk);
  exchange();
  answer("H");
  peer->stream()->reset();
  loop.run_ready();
  EXPECT_EQ(fault(), ExchangeFault::kReset);

  connect();
  exchange();
  answer(kOk);
  exchange();
  answer("HTTP/1.1 100 Continue\r\n\r\n");
  peer->close();
  loop.run_ready();
  EXPECT_EQ(fault(), ExchangeFault::kBadResponse);
}

TEST_F(ClientConnectionTest, AStatusLineIsTheAnswerHoweverTheExchangeEnds) {
  const std::string begun = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab";
  const auto expect_answer = [this](std::string_view what) {
    ASSERT_TRUE(result) << what;
    EXPECT_EQ(result->fault, ExchangeFault::kNone) << what;
    EXPECT_EQ(result->response.status, 200) << what;
    EXPECT_EQ(result->response.body, "ab") << what;
    EXPECT_FALSE(result->reusable) << what;
    EXPECT_TRUE(result->remark.starts_with("the answer is incomplete: ")) << what << ": " << result->remark;
  };
  connect();
  exchange();
  answer(begun);
  peer->close();
  loop.run_ready();
  expect_answer("closed");

  connect();
  exchange();
  answer(begun);
  peer->stream()->reset();
  loop.run_ready();
  expect_answer("reset");

  connect();
  exchange();
  answer(begun);
  loop.advance(seconds(20));
  expect_answer("silent");

  connect();
  exchange();
  answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc");
  expect_answer("broken");
}

TEST_F(ClientConnectionTest, WhenTheEndOfABodyIsInDoubtASilentPeerHasSaidAll) {
  connect();
  exchange();
  answer("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\no");
  loop.advance(milliseconds(900));
  answer("k");
  loop.advance(milliseconds(900));
  EXPECT_FALSE(result) << "silent for less than a second";
  loop.advance(milliseconds(100));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->response.body, "ok");
  EXPECT_FALSE(result->reusable);

  connect();
  exchange(false, seconds(2));
  for (int i = 0; i < 4; ++i) {
    answer(i == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n" : "x");
    loop.advance(milliseconds(400));
  }
  EXPECT_FALSE(result);
  answer("x");
  loop.advance(milliseconds(400));
  ASSERT_TRUE(result) << "the deadline holds";
  EXPECT_EQ(result->response.body, "xxxx");
}

TEST_F(ClientConnectionTest, WhatIsNotHttpIsABadResponse) {
  limits.response_header_bytes_max = 100;
  for (const std::string& text : {std::string("SSH-2.0\r\n"), "HTTP/1.1 200 " + std::string(200, 'a') + "\r\n\r\n",
                                  std::string("HTTP/1.1 2 OK\r\n\r\n")}) {
    connect();
    exchange();
    answer(text);
    EXPECT_EQ(fault(), ExchangeFault::kBadResponse) << text;
    EXPECT_FALSE(result->message.empty());
  }
}

TEST_F(ClientConnectionTest, TheDeadlineHolds) {
  connect();
  exchange();
  for (int i = 0; i < 19; ++i) {
    loop.advance(seconds(1));
    answer(std::string(1, "HTTP/1.1 100 Go on\r\n\r\n"[i]));
  }
  EXPECT_FALSE(result);
  loop.advance(seconds(1));
  EXPECT_EQ(fault(), ExchangeFault::kTimedOut);
  EXPECT_FALSE(result->reusable);
  EXPECT_EQ(calls, 1);
}

TEST_F(ClientConnectionTest, ADeadlineBelongsToItsExchange) {
  connect();
  exchange(false, seconds(20));
  answer(kOk);
  loop.advance(seconds(15));
  exchange(false, seconds(20));
  loop.advance(seconds(19));
  EXPECT_FALSE(result) << "the first one's timer is not this one's";
  loop.advance(seconds(1));
  EXPECT_EQ(fault(), ExchangeFault::kTimedOut);

  connect();
  exchange(false, seconds(20));
  answer(kOk);
  exchange(false, seconds(1));
  loop.advance(seconds(1));
  EXPECT_EQ(fault(), ExchangeFault::kTimedOut) << "an earlier one is kept too";

  connect();
  exchange(false, -seconds(1));
  EXPECT_EQ(fault(), ExchangeFault::kTimedOut) << "passed before it began";
}

TEST_F(ClientConnectionTest, NeverIsADeadlineToo) {
  connect();
  connection->exchange(kRequest, false, Deadline::never(), [this](ExchangeResult done) { result = std::move(done); });
  loop.advance(std::chrono::hours(100));
  EXPECT_FALSE(result);
  EXPECT_EQ(loop.timers(), 0U);
  answer(kOk);
  EXPECT_TRUE(result);
}

TEST_F(ClientConnectionTest, WatchesWhileIdle) {
  int gone = 0;
  connect();
  connection->watch_idle([&] { ++gone; });
  exchange();
  answer(kOk);
  EXPECT_EQ(gone, 0);
  peer->close();
  loop.run_ready();
  EXPECT_EQ(gone, 1);

  connect();
  exchange();
  answer(kOk);
  connection->watch_idle([&] { ++gone; });
  answer("unasked");
  EXPECT_EQ(gone, 2);
  exchange();
  EXPECT_EQ(fault(), ExchangeFault::kStale) << "what was unasked must not be taken for the answer";

  connect();
  exchange();
  answer(kOk);
  peer->close();
  loop.run_ready();
  connection->watch_idle([&] { ++gone; });
  EXPECT_EQ(gone, 2) << "never inside the call";
  loop.run_ready();
  EXPECT_EQ(gone, 3);
}

TEST_F(ClientConnectionTest, MayBeDestroyedInItsCallbacks) {
  connect();
  connection->exchange(kRequest, false, Deadline::never(), [this](ExchangeResult) { connection.reset(); });
  loop.run_ready();
  answer(kOk);
  EXPECT_FALSE(connection);
  EXPECT_TRUE(peer->ended());

  connect();
  connection->exchange(kRequest, false, Deadline::after(loop.clock(), seconds(1)),
                       [this](ExchangeResult) { connection.reset(); });
  loop.advance(seconds(2));
  EXPECT_FALSE(connection);

  connect();
  connection->watch_idle([this] { connection.reset(); });
  peer->close();
  loop.run_ready();
  EXPECT_FALSE(connection);

  connect();
  exchange();
  answer(kOk);
  peer->close();
  loop.run_ready();
  connection->exchange(kRequest, false, Deadline::never(), [this](ExchangeResult) { connection.reset(); });
  loop.run_ready();
  EXPECT_FALSE(connection);
}

TEST_F(ClientConnectionTest, DestroyingItDropsTheCallback) {
  connect();
  exchange();
  connection.reset();
  answer(kOk);
  loop.advance(seconds(60));
  EXPECT_FALSE(result);
  EXPECT_EQ(loop.timers(), 0U);

  connect();
  exchange();
  answer(kOk);
  peer->close();
  loop.run_ready();
  result.reset();
  connection->exchange(kRequest, false, Deadline::never(), [this](ExchangeResult done) { result = std::move(done); });
  connection.reset();
  loop.run_ready();
  EXPECT_FALSE(result);
}

TEST_F(ClientConnectionTest, TheNextExchangeMayStartInTheCallback) {
  connect();
  int done = 0;
  std::function<void(ExchangeResult)> again = [&](ExchangeResult outcome) {
    EXPECT_EQ(outcome.fault, ExchangeFault::kNone);
    if (++done < 3) connection->exchange(kRequest, false, Deadline::never(), again);
  };
  connection->exchange(kRequest, false, Deadline::never(), again);
  for (int i = 0; i < 3; ++i) {
    loop.run_ready();
    answer(kOk);
  }
  EXPECT_EQ(done, 3);
}

TEST_F(ClientConnectionTest, EndsCleanlyWhicheverOperationFails) {
  for (std::uint64_t n = 0;; ++n) {
    ASSERT_LT(n, 50U);
    connect();
    control->fail_operation = n;
    std::vector<ExchangeFault> faults;
    for (int i = 0; i < 3; ++i) {
      const int before = calls;
      exchange();
      answer("HTTP/1.1 200 OK\r\n");
      answer("Content-Length: 2\r\n\r\no");
      answer("k");
      loop.advance(seconds(21));
      ASSERT_EQ(calls, before + 1) << "exactly one outcome, operation " << n;
      faults.push_back(fault());
      if (fault() != ExchangeFault::kNone) break;
    }
    if (!control->fired) {
      EXPECT_GT(n, 9U) << "the sequence has that many operations";
      EXPECT_EQ(faults, std::vector<ExchangeFault>(3, ExchangeFault::kNone));
      break;
    }
    EXPECT_TRUE(faults.size() == 3 || faults.back() != ExchangeFault::kNone) << n;
    EXPECT_NE(faults.back(), ExchangeFault::kTimedOut) << "a broken connection is not waited for, operation " << n;
    if (faults.size() == 1) {
      EXPECT_NE(faults.back(), ExchangeFault::kStale) << "nothing to be stale, operation " << n;
    }
  }
}

TEST_F(ClientConnectionTest, EndsCleanlyWhereverTheAnswerIsCut) {
  const std::size_t status_line = kOk.find("200") + 3;
  for (std::uint64_t bytes = 0; bytes <= kOk.size(); ++bytes) {
    connect();
    peer->stream()->control()->cut_after_bytes = bytes;
    exchange();
    answer(kOk);
    ASSERT_EQ(calls, 1) << bytes;
    EXPECT_EQ(fault(), bytes >= status_line ? ExchangeFault::kNone : ExchangeFault::kReset) << bytes;
    EXPECT_EQ(result->reusable, bytes == kOk.size()) << bytes;
  }
}

}  // namespace
}  // namespace fleethook::http
