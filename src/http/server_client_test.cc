// Both ends of the protocol against each other: what one writes the other reads, whatever the stream does to the bytes.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "http/client_connection.h"
#include "http/serialize.h"
#include "http/server_connection.h"
#include "testing/base/manual_loop.h"
#include "testing/base/memory_stream.h"

namespace fleethook::http {
namespace {

using testing::ManualLoop;
using testing::MemoryStream;

std::string random_bytes(SeededRandom& random, std::size_t size_max) {
  std::string text(random.next() % (size_max + 1), '\0');
  for (char& c : text) c = static_cast<char>(random.next());
  return text;
}

// Answers with what it got: the body doubled, the status and a header as the request says. Some answers come later.
class EchoHandler final : public Handler {
 public:
  explicit EchoHandler(Loop& loop) : loop_(loop) {}
  void handle(Request request, std::shared_ptr<Responder> responder) override {
    Response response;
    response.status = std::stoi(std::string(request.path().substr(1)));
    response.headers.add("Echo", request.headers.get("Mark"));
    response.body = request.body + request.body;
    if (request.query() != "later") return responder->respond(std::move(response));
    loop_.post([responder, response] { responder->respond(response); });
  }
  Ruling judge(Request&) override { return {.body_bytes_max = 1'000'000}; }
  Response protocol_error(int status, std::string_view message) const override {
    return Response::json(status, std::string(message));
  }

 private:
  Loop& loop_;
};

class ServerAndClient : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(ServerAndClient, UnderstandEachOtherOverAnyStream) {
  SeededRandom random(GetParam());
  ManualLoop loop;
  const Limits limits;
  EchoHandler handler(loop);
  auto [server_end, client_end] = MemoryStream::pair(loop);
  for (const auto& control : {server_end->control(), client_end->control()}) {
    control->read_bytes_max = 1 + random.next() % 3000;
    control->unread_bytes_max = 1 + random.next() % 5000;
  }
  const auto server = ServerConnection::start(std::move(server_end), loop, handler, limits, [] {});
  ClientConnection client(std::move(client_end), loop, limits);

  const int exchanges = 20;
  for (int i = 0; i < exchanges; ++i) {
    const int status = std::array{200, 201, 204, 304, 400, 503}[random.next() % 6];
    const bool head = random.next() % 8 == 0;
    const std::string body = head ? "" : random_bytes(random, random.next() % 4 == 0 ? 50'000 : 100);
    Headers headers;
    headers.add("Mark", std::to_string(i));
    std::string bytes;
    append_request(head ? "HEAD" : "POST", "/" + std::to_string(status) + (random.next() % 2 == 0 ? "?later" : ""), "h",
                   headers, body, bytes);
    int calls = 0;
    client.exchange(std::move(bytes), head, Deadline::never(), [&](ExchangeResult result) {
      ++calls;
      ASSERT_EQ(result.fault, ExchangeFault::kNone) << result.message;
      EXPECT_EQ(result.response.status, status);
      EXPECT_EQ(result.response.headers.get("Echo"), std::to_string(i));
      const bool empty = head || status == 204 || status == 304;
      EXPECT_EQ(result.response.body, empty ? "" : body + body);
      EXPECT_TRUE(result.reusable);
    });
    loop.run_ready();
    ASSERT_EQ(calls, 1) << "exchange " << i;
  }
  EXPECT_EQ(client.exchanges(), static_cast<std::uint64_t>(exchanges));
  server->abort();
  loop.run_ready();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ServerAndClient, ::testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace fleethook::http
