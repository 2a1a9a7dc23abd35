#include "http/server_connection.h"

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "http/parser.h"
#include "testing/base/manual_loop.h"
#include "testing/base/memory_stream.h"

namespace fleethook::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ManualLoop;
using testing::MemoryStream;
using testing::RawPeer;

// Answers at once with "<method> <target> <body>", or keeps the responder when told to.
class FakeHandler final : public Handler {
 public:
  void handle(Request request, std::shared_ptr<Responder> responder) override {
    requests.push_back(request);
    if (on_request) return on_request(std::move(request), std::move(responder));
    if (hold) {
      held.push_back(std::move(responder));
    } else {
      responder->respond(answer_to(request));
    }
  }
  static Response answer_to(const Request& request) {
    return Response::json(200, request.method + " " + request.target + " " + request.body);
  }
  Ruling judge(Request& head) override {
    heads.push_back(head);
    if (on_head) return on_head(head);
    return {.body_bytes_max = head.path() == "/batch" ? 100'000U : 1000U};
  }
  Response protocol_error(int status, std::string_view) const override {
    return Response::json(status, "error " + std::to_string(status));
  }
  void complete(Response& response) const override { response.headers.add("X-On-All", "yes"); }

  bool hold = false;
  std::vector<Request> heads;  // that were judged
  std::function<Ruling(const Request&)> on_head;
  std::vector<Request> requests;
  std::vector<std::shared_ptr<Responder>> held;
  std::function<void(Request, std::shared_ptr<Responder>)> on_request;
};

class ServerConnectionTest : public ::testing::Test {
 protected:
  ~ServerConnectionTest() override {
    if (connection) connection->abort();
    handler.held.clear();
    loop.run_ready();
  }

  void start(bool encrypted = false) {
    auto [ours, theirs] = MemoryStream::pair(loop);
    if (encrypted) ours->pretend_encrypted();
    control = ours->control();
    peer = std::make_unique<RawPeer>(std::move(theirs));
    connection = ServerConnection::start(std::move(ours), loop, handler, limits, [this] { ++closed; });
    loop.run_ready();
  }
  void send(std::string_view bytes) {
    peer->send(bytes);
    loop.run_ready();
  }
  // The answers received so far, as "<status>[ close] <body>", taken from what came.
  std::vector<std::string> answers(bool to_head = false) {
    ResponseParser parser(limits);
    parser.expect_no_body(to_head);
    std::vector<std::string> list;
    std::string_view rest = peer->received;
    while (!rest.empty()) {
      const auto eaten = parser.feed(rest);
      if (!eaten.ok()) {
        list.push_back("bad: " + eaten.error().message);
        return list;
      }
      rest.remove_prefix(*eaten);
      if (!parser.done()) break;
      const Response response = parser.take();
      list.push_back(std::to_string(response.status) + (response.close ? " close " : " ") + response.body);
    }
    return list;
  }

  using Strings = std::vector<std::string>;
  ManualLoop loop;
  Limits limits;
  FakeHandler handler;
  std::shared_ptr<testing::StreamControl> control;
  std::unique_ptr<RawPeer> peer;
  std::shared_ptr<ServerConnection> connection;
  int closed = 0;
};

const std::string kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
std::string post(std::string_view body, std::string_view path = "/p", std::string_view extra = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(extra) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TEST_F(ServerConnectionTest, AnswersAndStaysOpen) {
  start();
  send(post("hello"));
  EXPECT_EQ(answers(), Strings{"200 POST /p hello"});
  EXPECT_NE(peer->received.find("\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"), std::string::npos);
  EXPECT_EQ(control->writes, 1U) << "head and body go in one write";
  EXPECT_EQ(handler.requests.at(0).peer, "127.0.0.1");
  EXPECT_FALSE(handler.requests.at(0).secure);
  send(kGet);
  EXPECT_EQ(answers(), (Strings{"200 POST /p hello", "200 GET /a "}));
  EXPECT_EQ(closed, 0);
  peer->close();
  loop.run_ready();
  EXPECT_EQ(closed, 1);
}

TEST_F(ServerConnectionTest, TellsTheHandlerThatARequestCameOverTls) {
  start(/*encrypted=*/true);
  send(kGet + kGet);
  ASSERT_EQ(handler.requests.size(), 2U);
  EXPECT_TRUE(handler.requests[0].secure && handler.requests[1].secure);
}

TEST_F(ServerConnectionTest, LetsTheHandlerCompleteEveryAnswerAndTheHeadOfEveryStream) {
  const std::string line = "\r\nX-On-All: yes\r\n";
  const auto times = [&] {
    int found = 0;
    for (std::size_t at = 0; (at = peer->received.find(line, at)) != std::string::npos; at += line.size()) ++found;
    return found;
  };
  start();
  send(kGet + kGet);
  EXPECT_EQ(times(), 2);
  send("nonsense\r\n\r\n");
  EXPECT_EQ(answers().back(), "400 close error 400");
  EXPECT_EQ(times(), 3);
  start();
  handler.on_request = [](const Request&, const std::shared_ptr<Responder>& responder) { responder->stream({}); };
  send(kGet);
  EXPECT_EQ(times(), 1);
}

TEST_F(ServerConnectionTest, TakesARequestInAnyPortions) {
  for (const std::size_t step : {1, 2, 5, 30}) {
    start();
    const std::string text = post(std::string(50, 'x'));
    for (std::size_t at = 0; at < text.size(); at += step) send(std::string_view(text).substr(at, step));
    EXPECT_EQ(answers(), Strings{"200 POST /p " + std::string(50, 'x')}) << step;
    connection->abort();
    loop.run_ready();
  }
}

TEST_F(ServerConnectionTest, AnswersPipelinedRequestsInOrder) {
  start();
  std::string text;
  Strings expected;
  for (int i = 0; i < 3000; ++i) {
    text += post(std::to_string(i));
    expected.push_back("200 POST /p " + std::to_string(i));
  }
  send(text);
  EXPECT_EQ(answers(), expected);
}

TEST_F(ServerConnectionTest, HandsOverOneRequestAtATime) {
  handler.hold = true;
  start();
  send(post("1") + post("2"));
  ASSERT_EQ(handler.held.size(), 1U);
  handler.held[0]->respond(Response::json(200, "one"));
  loop.run_ready();
  ASSERT_EQ(handler.held.size(), 2U);
  EXPECT_EQ(handler.requests[1].body, "2");
  EXPECT_EQ(answers(), Strings{"200 one"});
  handler.held[1]->respond(Response::json(201, "two"));
  loop.run_ready();
  EXPECT_EQ(answers(), (Strings{"200 one", "201 two"}));
}

TEST_F(ServerConnectionTest, ADroppedResponderAnswers500) {
  handler.hold = true;
  start();
  send(kGet);
  handler.held.clear();
  loop.run_ready();
  EXPECT_EQ(answers(), Strings{"500 error 500"});
  EXPECT_EQ(closed, 0);
}

TEST_F(ServerConnectionTest, AResponderMayBeDroppedOnAnotherThread) {
  handler.hold = true;
  start();
  send(kGet);
  std::thread([this] { handler.held.clear(); }).join();
  EXPECT_EQ(peer->received, "");
  loop.run_ready();
  EXPECT_EQ(answers(), Strings{"500 error 500"});
}

TEST_F(ServerConnectionTest, AnsweringAClientThatHasGoneDoesNothing) {
  handler.hold = true;
  start();
  send(kGet);
  peer->close();
  loop.run_ready();
  handler.held[0]->respond(Response::json(200, "late"));
  loop.run_ready();
  EXPECT_EQ(closed, 1) << "the write told it";

  start();
  send(kGet);
  connection->abort();
  loop.run_ready();
  EXPECT_EQ(closed, 2);
  handler.held[1]->respond(Response::json(200, "late"));
  loop.run_ready();
  EXPECT_EQ(closed, 2);
}

TEST_F(ServerConnectionTest, AbortInsideTheHandlerIsSafe) {
  handler.on_request = [this](Request, std::shared_ptr<Responder> responder) {
    connection->abort();
    responder->respond(Response::json(200, "x"));
  };
  start();
  send(kGet + kGet);
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(handler.requests.size(), 1U);
  EXPECT_TRUE(peer->ended());
}

TEST_F(ServerConnectionTest, HeadIsAnsweredWithoutABody) {
  start();
  send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(peer->received.find("Content-Length: 8\r\n"), std::string::npos) << peer->received;
  EXPECT_TRUE(peer->received.ends_with("\r\n\r\n"));
  EXPECT_EQ(answers(true).size(), 1U);
}

TEST_F(ServerConnectionTest, ClosesWhenAskedTo) {
  start();
  send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answers(), Strings{"200 close GET /a "});
  EXPECT_TRUE(peer->ended());
  EXPECT_EQ(closed, 1);
}

TEST_F(ServerConnectionTest, SpeaksHttp10) {
  start();
  send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(peer->received.find("\r\nConnection: keep-alive\r\n"), std::string::npos);
  EXPECT_FALSE(peer->ended());
  send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answers(), (Strings{"200 GET /a ", "200 close GET /b "}));
  EXPECT_TRUE(peer->ended());
}

TEST_F(ServerConnectionTest, HonoursExpectContinue) {
  start();
  send("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(peer->received, "HTTP/1.1 100 Continue\r\n\r\n");
  send("hi");
  EXPECT_EQ(answers(), Strings{"200 POST /p hi"});
  peer->received.clear();
  send(post("no", "/p", "Expect: 100-continue\r\n"));
  EXPECT_EQ(peer->received.find("100 Continue"), std::string::npos) << "the body is already here";
  EXPECT_EQ(answers(), Strings{"200 POST /p no"});
}

TEST_F(ServerConnectionTest, RefusesATooLargeBodyBeforeItIsSent) {
  start();
  send("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(answers(), Strings{"413 close error 413"});
  EXPECT_EQ(handler.requests.size(), 0U);
}

TEST_F(ServerConnectionTest, ARouteDecidesHowLargeABodyMayBe) {
  start();
  send(post(std::string(100'000, 'b'), "/batch"));
  ASSERT_EQ(handler.requests.size(), 1U);
  EXPECT_EQ(handler.requests[0].body.size(), 100'000U);
  send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
  send(std::string(1001, 'b'));
  EXPECT_EQ(answers().at(1), "413 close error 413");
}

// What a request holds while it is read, and how often it was asked for room.
class CountingKeep final : public Keep {
 public:
  explicit CountingKeep(std::size_t room, bool& gone) : room_(room), gone_(gone) {}
  ~CountingKeep() override { gone_ = true; }
  std::optional<Response> body_takes(std::size_t bytes) override {
    if (bytes <= room_) return std::nullopt;
    return Response::json(503, "no room");
  }

 private:
  const std::size_t room_;
  bool& gone_;
};

TEST_F(ServerConnectionTest, RefusesOnTheHeadAndKeepsNothingOfTheBody) {
  handler.on_head = [](const Request& head) -> Ruling {
    EXPECT_EQ(head.peer, "127.0.0.1");
    return {.refusal = Response::json(401, "who are you")};
  };
  start();
  send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nbbb");
  EXPECT_EQ(answers(), Strings{"401 close who are you"}) << "before the body has come";
  for (int i = 0; i < 10; ++i) send(std::string(10'000, 'b'));
  EXPECT_EQ(answers().size(), 1U) << "the rest is read and means nothing";
  EXPECT_EQ(handler.requests.size(), 0U);
  EXPECT_EQ(closed, 0);
  loop.advance(limits.linger_time_max);
  EXPECT_EQ(closed, 1);
}

TEST_F(ServerConnectionTest, ARefusalTakesThePlaceOfContinue) {
  handler.on_head = [](const Request&) -> Ruling { return {.refusal = Response::json(403, "no")}; };
  start();
  send("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(answers(), Strings{"403 close no"});
}

TEST_F(ServerConnectionTest, ARequestWithItsSmallBodyAtHandIsNotJudgedApart) {
  start();
  send(post("hello") + kGet + post(std::string(4096, 'x'), "/batch"));
  EXPECT_EQ(handler.requests.size(), 3U);
  EXPECT_EQ(handler.heads.size(), 1U) << "the large one";
  send("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
  EXPECT_EQ(handler.heads.size(), 2U) << "nobody knows how much is to come";
  EXPECT_EQ(answers().back(), "200 POST /p a");
}

TEST_F(ServerConnectionTest, WhatIsKeptOfAHeadGoesWithTheRequestAndIsLetGoWithIt) {
  bool gone = false;
  handler.on_head = [&](const Request&) -> Ruling {
    return {.body_bytes_max = 100'000, .keep = std::make_shared<CountingKeep>(100'000, gone)};
  };
  bool there = false;
  handler.on_request = [&](const Request& request, const std::shared_ptr<Responder>& responder) {
    there = request.keep != nullptr;
    responder->respond(Response::json(200, std::to_string(request.body.size())));
  };
  start();
  send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n");
  send(std::string(50'000, 'b'));
  EXPECT_EQ(answers(), Strings{"200 50000"});
  EXPECT_TRUE(there);
  handler.requests.clear();
  EXPECT_TRUE(gone);
}

TEST_F(ServerConnectionTest, ABodyForWhichThereIsNoRoomIsRefusedAndLetGoAtOnce) {
  bool gone = false;
  handler.on_head = [&](const Request&) -> Ruling {
    return {.body_bytes_max = 1'000'000, .keep = std::make_shared<CountingKeep>(150'000, gone)};
  };
  start();
  send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  for (int i = 0; i < 40 && answers().empty(); ++i) {
    EXPECT_FALSE(gone);
    send(std::string(10'000, 'b'));
  }
  EXPECT_EQ(answers(), Strings{"503 close no room"});
  EXPECT_TRUE(gone);
  EXPECT_EQ(handler.requests.size(), 0U);
}

TEST_F(ServerConnectionTest, HoldsWhatAnAnswerHoldsUntilItIsTaken) {
  auto held = std::make_shared<int>(1);
  handler.on_request = [&](const Request&, const std::shared_ptr<Responder>& responder) {
    Response response = Response::json(200, std::string(100'000, 'a'));
    response.held = held;
    responder->respond(std::move(response));
  };
  start();
  control->unread_bytes_max = 1000;
  peer->stop_reading();
  send(kGet);
  EXPECT_EQ(held.use_count(), 2);
  peer->resume_reading();
  loop.run_ready();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(answers().size(), 1U);
  peer->stop_reading();
  send(kGet);
  EXPECT_EQ(held.use_count(), 2);
  connection->abort();
  loop.run_ready();
  EXPECT_EQ(held.use_count(), 1) << "or until the client is gone";
}

TEST_F(ServerConnectionTest, TellsWhatIsWrongAndCloses) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"nonsense\r\n\r\n", "400 close error 400"},
      {"GET / HTTP/1.1\r\n\r\n", "400 close error 400"},
      {"\x16\x03\x01", "400 close error 400"},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", "414 close error 414"},
      {"GET / HTTP/1.1\r\nA: " + std::string(20'000, 'a') + "\r\nHost: h\r\n\r\n", "431 close error 431"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400 close error 400"},
  };
  for (const auto& [text, answer] : cases) {
    closed = 0;
    start();
    send(kGet + text);
    EXPECT_EQ(answers(), (Strings{"200 GET /a ", answer})) << text.substr(0, 40);
    EXPECT_EQ(closed, 0) << "lingers for the client to read";
    loop.advance(seconds(2));
    EXPECT_EQ(closed, 1);
    EXPECT_TRUE(peer->ended());
  }
}

TEST_F(ServerConnectionTest, LingersUntilTheClientHasReadTheAnswer) {
  start();
  peer->stop_reading();
  send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n");
  for (int i = 0; i < 5; ++i) send(std::string(1000, 'x'));  // unread bytes would turn the close into a reset
  loop.advance(milliseconds(500));
  EXPECT_EQ(closed, 0);
  peer->resume_reading();
  loop.run_ready();
  EXPECT_EQ(answers().size(), 1U);
  EXPECT_FALSE(peer->error());
  peer->close();
  loop.run_ready();
  EXPECT_EQ(closed, 1) << "at once when the client closes";
}

TEST_F(ServerConnectionTest, CutsSlowHeadersOffWith408) {
  start();
  loop.advance(seconds(30));  // idle
  send("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 19; ++i) {
    loop.advance(seconds(1));
    send("A: b\r\n");
  }
  EXPECT_EQ(peer->received, "");
  loop.advance(seconds(1));
  EXPECT_EQ(answers(), Strings{"408 close error 408"});
  send("A: b\r\n");
  loop.advance(seconds(2));
  EXPECT_EQ(closed, 1);
  EXPECT_FALSE(peer->error());
}

TEST_F(ServerConnectionTest, IgnoresWhatComesWhileItWrites408) {
  start();
  send("GET / HTTP/1.1\r\n");
  control->unread_bytes_max = 1;
  peer->stop_reading();
  loop.advance(seconds(20));
  send("Host: h\r\n\r\n");
  peer->resume_reading();
  loop.run_ready();
  EXPECT_EQ(answers(), Strings{"408 close error 408"});
  EXPECT_EQ(handler.requests.size(), 0U);
  loop.advance(seconds(2));
  EXPECT_EQ(closed, 1);
}

TEST_F(ServerConnectionTest, AnswersAlsoAClientThatHasDoneWithSending) {
  start();
  send("GET / HTTP/1.1\r\n");
  control->unread_bytes_max = 1;
  peer->stop_reading();
  loop.advance(seconds(20));
  peer->stream()->shutdown_write();
  loop.run_ready();
  peer->resume_reading();
  loop.run_ready();
  EXPECT_EQ(answers(), Strings{"408 close error 408"});
  EXPECT_EQ(closed, 1);
}

TEST_F(ServerConnectionTest, CutsASlowBodyOffWith408) {
  start();
  send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n");
  for (int i = 0; i < 59; ++i) {
    loop.advance(seconds(1));
    send("x");
  }
  EXPECT_EQ(peer->received, "");
  loop.advance(seconds(1));
  EXPECT_EQ(answers(), Strings{"408 close error 408"});
  loop.advance(seconds(2));
  EXPECT_EQ(closed, 1);
}

TEST_F(ServerConnectionTest, ClosesAnIdleConnectionSilently) {
  start();
  send(kGet);
  peer->received.clear();
  loop.advance(seconds(74));
  EXPECT_EQ(closed, 0);
  send(kGet);
  peer->received.clear();
  loop.advance(seconds(74));
  EXPECT_EQ(closed, 0) << "counted from the last answer";
  loop.advance(seconds(2));
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(peer->received, "");
}

TEST_F(ServerConnectionTest, AnEmptyLineDoesNotStartARequest) {
  start();
  send("\r\n");
  loop.advance(seconds(80));
  EXPECT_EQ(peer->received, "");
  EXPECT_EQ(closed, 1);
}

TEST_F(ServerConnectionTest, TheHandlerMayTakeItsTime) {
  handler.hold = true;
  start();
  send(kGet);
  loop.advance(std::chrono::hours(1));
  EXPECT_EQ(closed, 0);
  handler.held[0]->respond(Response::json(200, "done"));
  loop.run_ready();
  EXPECT_EQ(answers(), Strings{"200 done"});
}

TEST_F(ServerConnectionTest, AClientThatDoesNotReadItsAnswerIsCutOff) {
  start();
  control->unread_bytes_max = 10;
  peer->stop_reading();
  send(kGet);
  loop.advance(seconds(59));
  EXPECT_EQ(closed, 0);
  loop.advance(seconds(2));
  EXPECT_EQ(closed, 1);
}

TEST_F(ServerConnectionTest, HardlyTouchesTheLoopsTimers) {
  start();
  for (int i = 0; i < 100; ++i) {
    send(kGet);
    EXPECT_EQ(loop.timers(), 1U);
    loop.manual_clock().advance(milliseconds(10));
  }
}

TEST_F(ServerConnectionTest, EndsGracefully) {
  start();
  connection->close_idle();
  loop.run_ready();
  EXPECT_EQ(closed, 1) << "an idle one at once";

  handler.hold = true;
  start();
  send(kGet + kGet);
  connection->close_idle();
  loop.run_ready();
  EXPECT_EQ(closed, 1) << "not while a request is being handled";
  handler.held[0]->respond(Response::json(200, "last"));
  loop.run_ready();
  EXPECT_EQ(answers(), Strings{"200 close last"});
  EXPECT_EQ(handler.held.size(), 1U) << "the next is not begun";
  loop.advance(seconds(2));
  EXPECT_EQ(closed, 2);
}

// --- streams ---------------------------------------------------------------------------------------------------------

class StreamingTest : public ServerConnectionTest {
 protected:
  void start_streaming(std::string_view request = kGet) {
    handler.on_request = [this](Request, std::shared_ptr<Responder> responder) {
      Response head;
      head.headers.add("Content-Type", "text/event-stream");
      writer = responder->stream(std::move(head));
      writer->on_closed([this] { ++gone; });
    };
    start();
    send(request);
  }
  std::string body() const {
    return peer->received.substr(std::min(peer->received.find("\r\n\r\n") + 4, peer->received.size()));
  }
  std::shared_ptr<BodyWriter> writer;
  int gone = 0;
};

TEST_F(StreamingTest, WritesEveryEventAtOnce) {
  start_streaming();
  EXPECT_TRUE(peer->received.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"));
  EXPECT_EQ(peer->received.find("Content-Length"), std::string::npos);
  const auto writes = control->writes;
  for (const char* event : {"one", "two"}) {
    EXPECT_TRUE(writer->write(event));
    loop.run_ready();
  }
  EXPECT_EQ(body(), "onetwo");
  EXPECT_EQ(control->writes, writes + 2);
  loop.advance(std::chrono::hours(1));
  EXPECT_EQ(closed, 0) << "silence is no reason to close";
}

TEST_F(StreamingTest, QueuesBehindAWriteAndSendsThatTogether) {
  start_streaming();
  const auto writes = control->writes;
  for (const char* event : {"a", "b", "c", "d"}) EXPECT_TRUE(writer->write(event));
  loop.run_ready();
  EXPECT_EQ(body(), "abcd");
  EXPECT_EQ(control->writes, writes + 2);
}

TEST_F(StreamingTest, TellsWhenAllIsTaken) {
  start_streaming();
  int taken = 0;
  writer->on_taken([&] { ++taken; });
  writer->write("a");
  EXPECT_EQ(taken, 0) << "never inside the call";
  loop.run_ready();
  EXPECT_EQ(taken, 1);
  control->unread_bytes_max = 10;
  peer->stop_reading();
  writer->write(std::string(50, 'x'));
  loop.run_ready();
  EXPECT_EQ(taken, 1);
}

TEST_F(StreamingTest, CutEndsAtOnceWithoutWhatIsNotTaken) {
  start_streaming();
  control->unread_bytes_max = 10;
  peer->stop_reading();
  writer->write(std::string(50, 'x'));
  writer->cut();
  EXPECT_FALSE(writer->write("x"));
  loop.run_ready();
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(gone, 0) << "its owner did it";
}

TEST_F(StreamingTest, NoticesThatThePeerHasGone) {
  start_streaming();
  peer->close();
  loop.run_ready();
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(closed, 1);
  EXPECT_FALSE(writer->write("x"));
  int later = 0;
  writer->on_closed([&] { ++later; });
  EXPECT_EQ(later, 0);
  loop.run_ready();
  EXPECT_EQ(later, 1) << "told also when it asks afterwards";
}

TEST_F(StreamingTest, CutsASlowReaderOff) {
  limits.stream_buffer_bytes_max = 1000;
  start_streaming();
  control->unread_bytes_max = 10;
  peer->stop_reading();
  EXPECT_TRUE(writer->write(std::string(50, 'x')));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(writer->write(std::string(100, 'x')));
  EXPECT_FALSE(writer->write("x"));
  EXPECT_EQ(gone, 0) << "never inside the call";
  loop.run_ready();
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(closed, 1);
}

TEST_F(StreamingTest, CutsAReaderOffThatTakesNothing) {
  start_streaming();
  control->unread_bytes_max = 10;
  peer->stop_reading();
  EXPECT_TRUE(writer->write(std::string(50, 'x')));
  loop.advance(seconds(61));
  EXPECT_EQ(gone, 1);
}

TEST_F(StreamingTest, CloseSendsWhatIsQueued) {
  start_streaming();
  writer->write("a");
  writer->write("b");
  writer->close();
  EXPECT_FALSE(writer->write("c"));
  loop.run_ready();
  EXPECT_EQ(body(), "ab");
  EXPECT_TRUE(peer->ended());
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(gone, 0) << "its owner closed it";
}

TEST_F(StreamingTest, DroppingTheWriterCloses) {
  start_streaming();
  writer.reset();
  loop.run_ready();
  EXPECT_TRUE(peer->ended());
  EXPECT_EQ(closed, 1);
}

TEST_F(StreamingTest, AGracefulEndCutsStreams) {
  start_streaming();
  connection->close_idle();
  loop.run_ready();
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(closed, 1);
}

TEST_F(StreamingTest, HeadGetsTheHeadersOnly) {
  start_streaming("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(writer->write("x"));
  EXPECT_TRUE(peer->received.ends_with("\r\n\r\n"));
  EXPECT_EQ(closed, 1);
}

TEST_F(StreamingTest, StreamingToAClientThatHasGoneDoesNothing) {
  handler.hold = true;
  start();
  send(kGet);
  connection->abort();
  loop.run_ready();
  const auto late = handler.held[0]->stream(Response());
  EXPECT_FALSE(late->write("x"));
  int told = 0;
  late->on_closed([&] { ++told; });
  loop.run_ready();
  EXPECT_EQ(told, 1);
}

// --- faults ----------------------------------------------------------------------------------------------------------

// Whatever operation fails, the connection ends once, tells it once, and what came out before was right.
TEST_F(StreamingTest, EndsCleanlyWhicheverOperationFails) {
  for (std::uint64_t n = 0;; ++n) {
    ASSERT_LT(n, 100U);
    closed = gone = 0;
    handler.on_request = [this](Request request, std::shared_ptr<Responder> responder) {
      if (request.path() != "/stream") return responder->respond(FakeHandler::answer_to(request));
      writer = responder->stream(Response());
      writer->on_closed([this] { ++gone; });
    };
    auto [ours, theirs] = MemoryStream::pair(loop);
    const auto faults = ours->control();
    faults->fail_operation = n;
    peer = std::make_unique<RawPeer>(std::move(theirs));
    connection = ServerConnection::start(std::move(ours), loop, handler, limits, [this] { ++closed; });
    for (const std::string& part :
         {post("first"),
          std::string("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
          std::string("hi"), kGet + kGet, std::string("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")}) {
      send(part);
    }
    const bool streaming = writer != nullptr;
    if (streaming) {
      for (const char* event : {"a", "b", "c"}) writer->write(event);
      loop.run_ready();
    }
    EXPECT_EQ(closed, faults->fired ? 1 : 0) << n;
    EXPECT_EQ(gone, streaming && faults->fired ? 1 : 0) << n;
    EXPECT_EQ(loop.timers(), faults->fired ? 0U : 1U) << n;
    const bool fired = faults->fired;
    writer.reset();
    loop.run_ready();
    EXPECT_EQ(closed, 1) << n;
    if (!fired) {
      EXPECT_GT(n, 10U) << "the sequence has that many operations";
      break;
    }
  }
}

TEST_F(ServerConnectionTest, EndsCleanlyWhereverTheConnectionIsCut) {
  for (std::uint64_t bytes = 0;; ++bytes) {
    ASSERT_LT(bytes, 5000U);
    closed = 0;
    auto [ours, theirs] = MemoryStream::pair(loop);
    const auto faults = theirs->control();
    faults->cut_after_bytes = bytes;
    peer = std::make_unique<RawPeer>(std::move(theirs));
    connection = ServerConnection::start(std::move(ours), loop, handler, limits, [this] { ++closed; });
    send(post("first") + kGet);
    EXPECT_EQ(closed, faults->fired ? 1 : 0) << bytes;
    connection->abort();
    loop.run_ready();
    if (!faults->fired) break;
  }
}

}  // namespace
}  // namespace fleethook::http
