#include "http/parser.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fleethook::http {
namespace {

std::span<const char> bytes_of(std::string_view text) {
  return {text.data(), text.size()};
}

// What a parser made of some bytes, as text that two runs can be compared by.
struct Parsed {
  std::vector<std::string> messages;
  std::string error;  // "" = none; else fault and code
  std::string unfinished;
  bool operator==(const Parsed&) const = default;
};

std::string describe(const Headers& headers) {
  std::string text;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    text.append(headers.name_at(i)).append("=").append(headers.value_at(i)).append("|");
  }
  return text;
}

std::string describe(const Request& request) {
  return request.method + " " + request.target + (request.http_1_0 ? " 1.0" : "") +
         (request.keep_alive ? " keep" : " close") + "|" + describe(request.headers) + request.body;
}

std::string describe(const Response& response) {
  return std::to_string(response.status) + (response.close ? " close" : "") + "|" + describe(response.headers) +
         response.body;
}

std::string describe(const Error& error) {
  return std::to_string(static_cast<int>(error.fault)) + (error.code.empty() ? "" : " " + error.code);
}

// Portions of `step` bytes; 0 = all at once.
Parsed parse_requests(std::string_view input, std::size_t step, const Limits& limits = {}) {
  RequestParser parser(limits);
  Parsed parsed;
  while (!input.empty()) {
    auto portion = bytes_of(input.substr(0, step == 0 ? input.size() : step));
    input.remove_prefix(portion.size());
    while (!portion.empty()) {
      const auto eaten = parser.feed(portion);
      if (!eaten.ok()) {
        EXPECT_FALSE(parser.feed(portion).ok()) << "an error stays";
        parsed.error = describe(eaten.error());
        return parsed;
      }
      EXPECT_LE(*eaten, portion.size());
      portion = portion.subspan(*eaten);
      if (parser.done()) parsed.messages.push_back(describe(parser.take()));
    }
  }
  parsed.unfinished = parser.headers_done() ? "body" : parser.started() ? "head" : "";
  return parsed;
}

Parsed parse_responses(std::string_view input, std::size_t step, const Limits& limits = {}, bool head_request = false) {
  ResponseParser parser(limits);
  parser.expect_no_body(head_request);
  Parsed parsed;
  while (!input.empty()) {
    auto portion = bytes_of(input.substr(0, step == 0 ? input.size() : step));
    input.remove_prefix(portion.size());
    while (!portion.empty()) {
      const auto eaten = parser.feed(portion);
      if (!eaten.ok()) {
        parsed.error = describe(eaten.error());
        return parsed;
      }
      portion = portion.subspan(*eaten);
      const bool truncated = parser.truncated();
      if (parser.done()) parsed.messages.push_back(describe(parser.take()) + (truncated ? "|cut" : ""));
    }
  }
  if (!parser.started()) return parsed;
  const auto ended = parser.end();
  parsed.unfinished = ended.ok() ? describe(parser.take()) : describe(ended.error());
  return parsed;
}

struct Case {
  const char* what;
  std::string input;
  std::vector<std::string> messages;
  std::string error{};
  std::string unfinished{};
};

const std::string kHost = "Host: h\r\n";

std::vector<Case> good_requests() {
  return {
      {"the smallest", "GET / HTTP/1.1\r\n" + kHost + "\r\n", {"GET / keep|Host=h|"}},
      {"a body by length",
       "POST /v1?a=b HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\n\r\nhello",
       {"POST /v1?a=b keep|Host=h|Content-Length=5|hello"}},
      {"an empty body",
       "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 0\r\n\r\n",
       {"POST / keep|Host=h|Content-Length=0|"}},
      {"the same length twice",
       "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
       {"POST / keep|Host=h|Content-Length=2|Content-Length=2|hi"}},
      {"chunks",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
       {"POST / keep|Host=h|Transfer-Encoding=chunked|abc0123456789"}},
      {"chunk extensions, leading zeros and trailers are dropped",
       "POST / HTTP/1.1\r\n" + kHost +
           "Transfer-Encoding: Chunked\r\n\r\n0003;a=b;c=\"d e\"\r\nabc\r\n00\r\nContent-Length: 9\r\nX: y\r\n\r\n",
       {"POST / keep|Host=h|Transfer-Encoding=Chunked|abc"}},
      {"no chunk at all",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       {"POST / keep|Host=h|Transfer-Encoding=chunked|"}},
      {"close", "GET / HTTP/1.1\r\n" + kHost + "Connection: Close\r\n\r\n", {"GET / close|Host=h|Connection=Close|"}},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", {"GET / 1.0 close|"}},
      {"HTTP/1.0 kept alive",
       "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       {"GET / 1.0 keep|Connection=keep-alive|"}},
      {"white space around a value",
       "GET / HTTP/1.1\r\n" + kHost + "A: \t b c\t \r\nEmpty:\r\n\r\n",
       {"GET / keep|Host=h|A=b c|Empty=|"}},
      {"other bytes in a value",
       "GET / HTTP/1.1\r\n" + kHost + "A: \xc3\xa4\xff\r\n\r\n",
       {"GET / keep|Host=h|A=\xc3\xa4\xff|"}},
      {"absolute form", "GET http://example.com:80/a?b HTTP/1.1\r\n" + kHost + "\r\n", {"GET /a?b keep|Host=h|"}},
      {"absolute form without a path",
       "GET HTTPS://example.com?b HTTP/1.1\r\n" + kHost + "\r\n",
       {"GET /?b keep|Host=h|"}},
      {"asterisk form", "OPTIONS * HTTP/1.1\r\n" + kHost + "\r\n", {"OPTIONS * keep|Host=h|"}},
      {"an unknown method", "BREW /pot HTTP/1.1\r\n" + kHost + "\r\n", {"BREW /pot keep|Host=h|"}},
      {"empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n" + kHost + "\r\n", {"GET / keep|Host=h|"}},
      {"an empty line after", "GET / HTTP/1.1\r\n" + kHost + "\r\n\r\n", {"GET / keep|Host=h|"}},
      {"pipelined",
       "POST /1 HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\n\r\naGET /2 HTTP/1.1\r\n" + kHost +
           "\r\nPOST /3 HTTP/1.1\r\n" + kHost +
           "Transfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\nGET /4 HTTP/1.1\r\n" + kHost + "\r\nGET /5",
       {"POST /1 keep|Host=h|Content-Length=1|a", "GET /2 keep|Host=h|",
        "POST /3 keep|Host=h|Transfer-Encoding=chunked|b", "GET /4 keep|Host=h|"},
       "",
       "head"},
      {"an unfinished body", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\n\r\nhell", {}, "", "body"},
      {"an unfinished last chunk",
       "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n0\r\n",
       {},
       "",
       "body"},
      {"a binary body",
       "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 4\r\n\r\n" + std::string("\0\r\n\xff", 4),
       {"POST / keep|Host=h|Content-Length=4|" + std::string("\0\r\n\xff", 4)}},
      {"nothing", "", {}},
  };
}

const std::string kInvalid = "0", kHeaders = "5 headers", kTarget = "5 target", kBody = "5 body";

std::vector<Case> bad_requests() {
  const std::string post = "POST / HTTP/1.1\r\n" + kHost;
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string next = "0\r\n\r\nGET /smuggled HTTP/1.1\r\n" + kHost + "\r\n";
  std::vector<Case> cases = {
      {"length and chunked", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + next, {}, kInvalid},
      {"chunked and length", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + next, {}, kInvalid},
      {"two lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + next, {}, kInvalid},
      {"a list of lengths", post + "Content-Length: 5, 5\r\n\r\n" + next, {}, kInvalid},
      {"negative length", post + "Content-Length: -1\r\n\r\n" + next, {}, kInvalid},
      {"length with a plus", post + "Content-Length: +5\r\n\r\n" + next, {}, kInvalid},
      {"hexadecimal length", post + "Content-Length: 0x5\r\n\r\n" + next, {}, kInvalid},
      {"empty length", post + "Content-Length:\r\n\r\n" + next, {}, kInvalid},
      {"length out of range", post + "Content-Length: 18446744073709551616\r\n\r\n" + next, {}, kInvalid},
      {"length of many digits", post + "Content-Length: " + std::string(100, '9') + "\r\n\r\n" + next, {}, kInvalid},
      {"largest length", post + "Content-Length: 18446744073709551615\r\n\r\n" + next, {}, kBody},
      {"coding unknown", post + "Transfer-Encoding: gzip\r\n\r\n" + next, {}, kInvalid},
      {"coding identity", post + "Transfer-Encoding: identity\r\n\r\n" + next, {}, kInvalid},
      {"coding list", post + "Transfer-Encoding: gzip, chunked\r\n\r\n" + next, {}, kInvalid},
      {"coding after chunked", post + "Transfer-Encoding: chunked, identity\r\n\r\n" + next, {}, kInvalid},
      {"chunked twice in a list", post + "Transfer-Encoding: chunked, chunked\r\n\r\n" + next, {}, kInvalid},
      {"chunked twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + next, {}, kInvalid},
      {"chunked, then another",
       post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n" + next,
       {},
       kInvalid},
      {"empty coding", post + "Transfer-Encoding:\r\n\r\n" + next, {}, kInvalid},
      {"coding with a parameter", post + "Transfer-Encoding: chunked;a=b\r\n\r\n" + next, {}, kInvalid},
      {"coding with a vertical tab", post + "Transfer-Encoding: \vchunked\r\n\r\n" + next, {}, kInvalid},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + next, {}, kInvalid},
      {"folded header", post + "A: b\r\n c\r\n\r\n", {}, kInvalid},
      {"folded coding", post + "Transfer-Encoding:\r\n chunked\r\n\r\n" + next, {}, kInvalid},
      {"white space before the first header", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", {}, kInvalid},
      {"white space before the colon", post + "Content-Length : 5\r\n\r\n" + next, {}, kInvalid},
      {"tab before the colon", post + "Content-Length\t: 5\r\n\r\n" + next, {}, kInvalid},
      {"no colon", post + "Content-Length\r\n\r\n", {}, kInvalid},
      {"no name", post + ": x\r\n\r\n", {}, kInvalid},
      {"bare LF after the request line", "GET / HTTP/1.1\n" + kHost + "\r\n", {}, kInvalid},
      {"bare LF after a header", "GET / HTTP/1.1\r\nHost: h\n\r\n", {}, kInvalid},
      {"bare LF in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: b\nContent-Length: 5\r\n\r\n", {}, kInvalid},
      {"bare LF as the empty line", "GET / HTTP/1.1\r\nHost: h\r\n\n", {}, kInvalid},
      {"bare CR in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", {}, kInvalid},
      {"bare CR before", "\rGET / HTTP/1.1\r\nHost: h\r\n\r\n", {}, kInvalid},
      {"NUL in a value", post + std::string("A: b\0c\r\n\r\n", 10), {}, kInvalid},
      {"NUL in a name", post + std::string("A\0: b\r\n\r\n", 9), {}, kInvalid},
      {"NUL in the target", std::string("GET /\0 HTTP/1.1\r\n", 17) + kHost + "\r\n", {}, kInvalid},
      {"NUL first", std::string(1, '\0'), {}, kInvalid},
      {"TLS", "\x16\x03\x01\x02", {}, kInvalid},
      {"no version", "GET /\r\n" + kHost + "\r\n", {}, kInvalid},
      {"version 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {}, kInvalid},
      {"version 1.2", "GET / HTTP/1.2\r\n" + kHost + "\r\n", {}, kInvalid},
      {"lower-case version", "GET / http/1.1\r\n" + kHost + "\r\n", {}, kInvalid},
      {"two spaces", "GET  / HTTP/1.1\r\n" + kHost + "\r\n", {}, kInvalid},
      {"space at the end of the request line", "GET / HTTP/1.1 \r\n" + kHost + "\r\n", {}, kInvalid},
      {"space in the target", "GET /a b HTTP/1.1\r\n" + kHost + "\r\n", {}, kInvalid},
      {"authority form", "CONNECT example.com:443 HTTP/1.1\r\n" + kHost + "\r\n", {}, kInvalid},
      {"relative target", "GET a HTTP/1.1\r\n" + kHost + "\r\n", {}, kInvalid},
      {"absolute form without a host", "GET http:///a HTTP/1.1\r\n" + kHost + "\r\n", {}, kInvalid},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", {}, kInvalid},
      {"two Hosts", "GET / HTTP/1.1\r\n" + kHost + kHost + "\r\n", {}, kInvalid},
      {"a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", {}, kInvalid},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", {}, kInvalid},
      {"chunk without a size", chunked + "\r\n", {}, kInvalid},
      {"chunk size not hexadecimal", chunked + "g\r\n", {}, kInvalid},
      {"chunk size negative", chunked + "-1\r\n", {}, kInvalid},
      {"chunk size with 0x", chunked + "0x1\r\na\r\n", {}, kInvalid},
      {"chunk size out of range", chunked + "10000000000000000\r\n", {}, kInvalid},
      {"chunk size out of range, long", chunked + std::string(40, 'f') + "\r\n", {}, kInvalid},
      {"largest chunk size", chunked + "ffffffffffffffff\r\n", {}, kBody},
      {"space after a chunk size", chunked + "1 \r\na\r\n0\r\n\r\n", {}, kInvalid},
      {"space before a chunk size", chunked + " 1\r\na\r\n0\r\n\r\n", {}, kInvalid},
      {"bare LF after a chunk size", chunked + "1\na\r\n0\r\n\r\n", {}, kInvalid},
      {"bare LF in a chunk extension", chunked + "1;a\nb\r\na\r\n0\r\n\r\n", {}, kInvalid},
      {"bare CR in a chunk extension", chunked + "1;a\rb\r\na\r\n0\r\n\r\n", {}, kInvalid},
      {"chunk longer than its size", chunked + "1\r\nab\r\n0\r\n\r\n", {}, kInvalid},
      {"bare LF after a chunk", chunked + "1\r\na\n0\r\n\r\n", {}, kInvalid},
      {"bare LF after a trailer", chunked + "0\r\nA: b\n\r\n", {}, kInvalid},
      {"folded trailer", chunked + "0\r\nA: b\r\n c\r\n\r\n", {}, kInvalid},
      {"bare CR at the end", chunked + "0\r\n\rGET", {}, kInvalid},
  };
  return cases;
}

void expect_same_in_any_portions(const std::vector<Case>& cases,
                                 const std::function<Parsed(std::string_view, std::size_t)>& parse) {
  for (const Case& test : cases) {
    const Parsed expected{test.messages, test.error, test.unfinished};
    for (const std::size_t step : {0, 1, 2, 3, 7, 16, 64}) {
      const Parsed got = parse(test.input, step);
      EXPECT_EQ(got.messages, expected.messages) << test.what << ", portions of " << step;
      EXPECT_EQ(got.error, expected.error) << test.what << ", portions of " << step;
      EXPECT_EQ(got.unfinished, expected.unfinished) << test.what << ", portions of " << step;
    }
  }
}

Parsed requests(std::string_view input, std::size_t step) {
  return parse_requests(input, step);
}

TEST(RequestParser, ReadsWhatIsValidInAnyPortions) {
  expect_same_in_any_portions(good_requests(), requests);
}
TEST(RequestParser, RefusesWhatCouldBeReadInTwoWaysInAnyPortions) {
  expect_same_in_any_portions(bad_requests(), requests);
}

TEST(RequestParser, GivesTheSameForEveryCutInTwo) {
  for (const Case& test : good_requests()) {
    const Parsed whole = parse_requests(test.input, 0);
    for (std::size_t cut = 1; cut < test.input.size(); ++cut) {
      RequestParser parser(Limits{});
      std::vector<std::string> messages;
      for (std::string_view part :
           {std::string_view(test.input).substr(0, cut), std::string_view(test.input).substr(cut)}) {
        while (!part.empty()) {
          const auto eaten = parser.feed(bytes_of(part));
          ASSERT_TRUE(eaten.ok()) << test.what << " cut at " << cut << ": " << eaten.error().message;
          part.remove_prefix(*eaten);
          if (parser.done()) messages.push_back(describe(parser.take()));
        }
      }
      EXPECT_EQ(messages, whole.messages) << test.what << " cut at " << cut;
    }
  }
}

TEST(RequestParser, HoldsItsLimitsToTheByteInAnyPortions) {
  Limits limits;
  limits.request_header_bytes_max = 200;
  limits.request_headers_max = 4;
  limits.request_target_bytes_max = 50;
  limits.request_body_bytes_max = 10;
  const auto with_target = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 't') + " HTTP/1.1\r\n" + kHost + "\r\n";
  };
  const auto with_head = [](std::size_t size) {
    const std::string head = "GET / HTTP/1.1\r\n" + kHost + "A: ";
    return head + std::string(size - head.size() - 4, 'a') + "\r\n\r\n";
  };
  const auto with_fields = [](int count) {
    std::string head = "GET / HTTP/1.1\r\n" + kHost;
    for (int i = 1; i < count; ++i) head += "A: b\r\n";
    return head + "\r\n";
  };
  const auto with_body = [](std::size_t size) {
    return "POST / HTTP/1.1\r\n" + kHost + "Content-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'b');
  };
  const auto with_chunks = [](std::size_t count) {
    std::string text = "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < count; ++i) text += "1\r\nc\r\n";
    return text + "0\r\n\r\n";
  };
  const std::string chunked = "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {with_target(50), ""},
      {with_target(51), kTarget},
      {"GET /" + std::string(300, 't'), kTarget},
      {std::string(300, 'M'), kTarget},
      {with_head(200), ""},
      {with_head(201), kHeaders},
      {"GET / HTTP/1.1\r\nA: " + std::string(300, 'a'), kHeaders},
      {with_fields(4), ""},
      {with_fields(5), kHeaders},
      {with_body(10), ""},
      {with_body(11), kBody},
      {with_chunks(10), ""},
      {with_chunks(11), kBody},
      {chunked + "b\r\n", kBody},
      {chunked + "1;" + std::string(198, 'x') + "\r\na\r\n0\r\n\r\n", ""},
      {chunked + "1;" + std::string(300, 'x') + "\r\na\r\n0\r\n\r\n", kHeaders},
      {chunked + std::string(300, '0') + "1\r\na\r\n0\r\n\r\n", kHeaders},
      {chunked + "0\r\nA: " + std::string(300, 'x') + "\r\n\r\n", kHeaders},
  };
  for (const auto& [input, error] : cases) {
    for (const std::size_t step : {0, 1, 2, 5, 100}) {
      const Parsed got = parse_requests(input, step, limits);
      EXPECT_EQ(got.error, error) << input << " in portions of " << step;
      EXPECT_EQ(got.messages.size(), error.empty() ? 1U : 0U) << input << " in portions of " << step;
    }
  }
}

TEST(RequestParser, StopsAfterTheHeadersSoThatARouteCanAllowMore) {
  Limits limits;
  limits.request_body_bytes_max = 3;
  const std::string head = "POST /batch HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\n\r\n";
  const std::string input = head + "hello";
  RequestParser parser(limits);
  const auto eaten = parser.feed(bytes_of(input));
  ASSERT_TRUE(eaten.ok());
  EXPECT_EQ(*eaten, head.size());
  EXPECT_TRUE(parser.headers_done());
  EXPECT_EQ(parser.head().path(), "/batch");
  parser.allow_body(5);
  ASSERT_TRUE(parser.feed(bytes_of(std::string_view(input).substr(*eaten))).ok());
  ASSERT_TRUE(parser.done());
  EXPECT_EQ(parser.take().body, "hello");
  // The next request has the default again.
  ASSERT_TRUE(parser.feed(bytes_of(input)).ok());
  const auto refused = parser.feed({});
  ASSERT_FALSE(refused.ok()) << "the announced length is enough to refuse it";
  EXPECT_EQ(refused.error().code, "body");
}

TEST(RequestParser, ARouteCanAllowLess) {
  RequestParser parser(Limits{});
  ASSERT_TRUE(parser.feed(bytes_of("POST / HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\n\r\n")).ok());
  parser.allow_body(4);
  EXPECT_FALSE(parser.feed({}).ok());
}

TEST(RequestParser, TellsWhoWaitsForContinue) {
  const auto expects = [](const std::string& text) {
    RequestParser parser(Limits{});
    EXPECT_TRUE(parser.feed(bytes_of(text)).ok());
    return parser.expects_continue();
  };
  const std::string expect = "Expect: 100-Continue\r\n";
  EXPECT_TRUE(expects("POST / HTTP/1.1\r\n" + kHost + expect + "Content-Length: 5\r\n\r\n"));
  EXPECT_TRUE(expects("POST / HTTP/1.1\r\n" + kHost + expect + "Transfer-Encoding: chunked\r\n\r\n"));
  EXPECT_FALSE(expects("POST / HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\n\r\n"));
  EXPECT_FALSE(expects("POST / HTTP/1.1\r\n" + kHost + expect + "Content-Length: 0\r\n\r\n")) << "no body to wait for";
  EXPECT_FALSE(expects("POST / HTTP/1.0\r\n" + kHost + expect + "Content-Length: 5\r\n\r\n")) << "1.0 knows no 100";
  EXPECT_FALSE(expects("POST / HTTP/1.1\r\n" + kHost + expect + "Content-Length: 5\r\n")) << "headers not there";
}

TEST(RequestParser, EmptyLinesAreNotTheStartOfARequest) {
  RequestParser parser(Limits{});
  ASSERT_TRUE(parser.feed(bytes_of("\r\n\r")).ok());
  EXPECT_FALSE(parser.started());
  ASSERT_TRUE(parser.feed(bytes_of("\nG")).ok());
  EXPECT_TRUE(parser.started());
}

// ---------------------------------------------------------------------------------------------------------------------

std::vector<Case> responses() {
  return {
      {"by length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", {"200|Content-Length=2|ok"}},
      {"chunked",
       "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
       {"201|Transfer-Encoding=chunked|ok"}},
      {"no content", "HTTP/1.1 204 No Content\r\n\r\n", {"204|"}},
      {"no content with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", {"204|Content-Length=5|"}},
      {"not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", {"304|Content-Length=5|"}},
      {"close",
       "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
       {"200 close|Connection=close|Content-Length=0|"}},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", {"200 close|Content-Length=0|"}},
      {"to the end", "HTTP/1.1 200 OK\r\n\r\nhello", {}, "", "200 close|hello"},
      {"to the end, nothing", "HTTP/1.1 200 OK\r\n\r\n", {}, "", "200 close|"},
      {"no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", {"200|Content-Length=0|"}},
      {"no reason and no space", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", {"200|Content-Length=0|"}},
      {"continue first",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
       "1\r\n\r\na",
       {"200|Content-Length=1|a"}},
      {"folded header", "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\nContent-Length: 0\r\n\r\n", {"200|A=b c|Content-Length=0|"}},
      {"two in a row",
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 500 Oh\r\nContent-Length: 1\r\n\r\nb",
       {"200|Content-Length=1|a", "500|Content-Length=1|b"}},
      {"only interim", "HTTP/1.1 100 Continue\r\n\r\n", {}, "", kInvalid},
      {"interim, cut", "HTTP/1.1 100 Continue\r\nA: b", {}, "", kInvalid},
      {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", {}, kInvalid},
      {"almost HTTP", "HTTPS/1.1 200 OK\r\n\r\n", {}, kInvalid},
      {"bad status", "HTTP/1.1 20 OK\r\n\r\n", {}, kInvalid},
      {"status too long", "HTTP/1.1 2000 OK\r\n\r\n", {}, kInvalid},
      {"status too small", "HTTP/1.1 099 OK\r\n\r\n", {}, kInvalid},
      {"status cut", "HTTP/1.1 20", {}, "", kInvalid},
      {"switching protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", {}, kInvalid},
  };
}

// Each with a status line, and something wrong behind it.
std::vector<Case> odd_responses() {
  const std::string line = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = line + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string got = "200 close|Transfer-Encoding=chunked|";
  return {
      {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", {"200 close|Content-Length=2|ok"}},
      {"bare LF here and there",
       "HTTP/1.1 200 OK\r\nContent-Length: 2\nA: b\r\n\nok",
       {"200 close|Content-Length=2|A=b|ok"}},
      {"white space before a colon",
       line + "Content-Length : 2\r\nA\t: b\r\n\r\nok",
       {"200 close|Content-Length=2|A=b|ok"}},
      {"lines that are no headers",
       line + "garbage\r\n: x\r\nb@d: x\r\nno name: x\r\nContent-Length: 2\r\n\r\nok",
       {"200 close|Content-Length=2|ok"}},
      {"a folded line at first", line + "  folded\r\nContent-Length: 0\r\n\r\n", {"200 close|Content-Length=0|"}},
      {"a folded line after one that is none",
       line + "garbage\r\n more\r\nContent-Length: 0\r\n\r\n",
       {"200 close|Content-Length=0|"}},
      {"control characters",
       line + "A: b\x01\r\rc\r\n" + "Content-Length: 0\r\n\r\n",
       {"200 close|A=b   c|Content-Length=0|"}},
      {"an empty line first", "\r\n\n" + line + "Content-Length: 0\r\n\r\n", {"200 close|Content-Length=0|"}},
      {"another version", "HTTP/2 200\r\nContent-Length: 0\r\n\r\n", {"200|Content-Length=0|"}},
      {"spaces in the status line", "http/1.1   201\tMade\r\nContent-Length: 0\r\n\r\n", {"201|Content-Length=0|"}},
      {"identity",
       line + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",
       {"200 close|Transfer-Encoding=identity|Content-Length=2|ok"}},
      {"identity to the end",
       line + "Transfer-Encoding: identity\r\n\r\nok",
       {},
       "",
       "200 close|Transfer-Encoding=identity|ok"},
      {"an unknown coding", line + "Transfer-Encoding: br\r\n\r\nok", {}, "", "200 close|Transfer-Encoding=br|ok"},
      {"an unknown coding with a length",
       line + "Transfer-Encoding: br\r\nContent-Length: 2\r\n\r\nok",
       {"200 close|Transfer-Encoding=br|Content-Length=2|ok"}},
      {"an unknown coding in chunks",
       line + "Transfer-Encoding: br, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
       {"200 close|Transfer-Encoding=br, chunked|ok"}},
      {"chunked twice",
       line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       {got + "Transfer-Encoding=chunked|"}},
      {"chunked in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", {got + "ok"}},
      {"both lengths",
       line + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
       {"200 close|Content-Length=1|Transfer-Encoding=chunked|ok"}},
      {"two lengths",
       line + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nok",
       {},
       "",
       "200 close|Content-Length=1|Content-Length=2|ok"},
      {"a list of equal lengths", line + "Content-Length: 2, 2\r\n\r\nok", {"200|Content-Length=2, 2|ok"}},
      {"no number", line + "Content-Length: two\r\n\r\nok", {}, "", "200 close|Content-Length=two|ok"},
      {"an empty length", line + "Content-Length:\r\n\r\nok", {}, "", "200 close|Content-Length=|ok"},
      {"a negative length", line + "Content-Length: -1\r\n\r\nok", {}, "", "200 close|Content-Length=-1|ok"},
      {"an endless length",
       line + "Content-Length: 99999999999999999999\r\n\r\nok",
       {},
       "",
       "200 close|Content-Length=99999999999999999999|ok"},
      {"a large length",
       line + "Content-Length: 18446744073709551615\r\n\r\nok",
       {},
       "",
       "200 close|Content-Length=18446744073709551615|ok"},
      {"a body that is cut", line + "Content-Length: 5\r\n\r\nhell", {}, "", "200 close|Content-Length=5|hell"},
      {"a body that is missing", line + "Content-Length: 5\r\n\r\n", {}, "", "200 close|Content-Length=5|"},
      {"headers that are cut", line + "A: b\r\nContent-", {}, "", "200 close|A=b|"},
      {"a status line alone", "HTTP/1.1 503 No", {}, "", "503 close|"},
      {"a status line of three digits", "HTTP/1.1 200", {}, "", "200 close|"},
      {"chunks that are cut", chunked + "5\r\nhello\r\n", {}, "", got + "hello"},
      {"a chunk that is cut", chunked + "5\r\nhel", {}, "", got + "hel"},
      {"a last chunk without its end", chunked + "2\r\nok\r\n0\r\n", {}, "", got + "ok"},
      {"chunks with bare LF", chunked + "2\nok\n0\n\n", {got + "ok"}},
      {"chunk sizes with spaces", chunked + " 2 \r\nok\r\n0  \r\n\r\n", {got + "ok"}},
      {"trailers that are none", chunked + "2\r\nok\r\n0\r\n\x01 x\r\n\r\n", {got + "ok"}},
      {"a chunk that is too long", chunked + "2\r\nok!\r\n0\r\n\r\n", {got + "ok"}},
      {"a chunk size that is none", chunked + "2\r\nok\r\nx\r\n", {got + "ok"}},
      {"no chunks at all", chunked + "{\"a\":1}", {got}},
      {"a chunk size out of range", chunked + "2\r\nok\r\nfffffffffffffffff\r\n", {got + "ok"}},
      {"an error with something wrong", "HTTP/1.1 500 Oh\nContent-Length: 2\n\nno", {"500 close|Content-Length=2|no"}},
  };
}

TEST(ResponseParser, ReadsTheSameInAnyPortions) {
  expect_same_in_any_portions(responses(),
                              [](std::string_view input, std::size_t step) { return parse_responses(input, step); });
}

TEST(ResponseParser, AStatusLineDecidesWhateverIsWrongBehindItInAnyPortions) {
  expect_same_in_any_portions(odd_responses(),
                              [](std::string_view input, std::size_t step) { return parse_responses(input, step); });
}

TEST(ResponseParser, TellsWhatWasWrong) {
  const auto remark = [](const std::string& text, std::string_view why = {}) {
    ResponseParser parser(Limits{});
    EXPECT_TRUE(parser.feed(bytes_of(text)).ok());
    EXPECT_TRUE(parser.end(why).ok());
    return parser.remark();
  };
  EXPECT_EQ(remark("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), "");
  EXPECT_EQ(remark("HTTP/1.1 200 OK\r\n\r\nok"), "");
  EXPECT_EQ(remark("HTTP/1.1 200 OK\n\n"), "the answer is not proper HTTP: a line ends in LF alone");
  EXPECT_EQ(remark("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"), "the answer is not proper HTTP: white space before a colon");
  EXPECT_EQ(remark("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx"),
            "the answer is incomplete: bad chunked body: a chunk size is not hexadecimal");
  EXPECT_EQ(remark("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"),
            "the answer is incomplete: the connection closed before its end");
  EXPECT_EQ(remark("HTTP/1.1 200 OK\r\n\r\nok", "read ECONNRESET"), "the answer is incomplete: read ECONNRESET");
}

TEST(ResponseParser, AnAnswerToHeadHasNoBody) {
  for (const std::size_t step : {0, 1}) {
    const Parsed got = parse_responses(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", step, {},
        true);
    EXPECT_EQ(got.messages, (std::vector<std::string>{"200|Content-Length=5|", "200|Transfer-Encoding=chunked|"}));
  }
}

TEST(ResponseParser, CutsALongBodyAndReadsItToItsEnd) {
  Limits limits;
  limits.response_body_bytes_max = 4;
  const std::string next = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext";
  const std::vector<std::string> expected = {"200|Content-Length=8|long|cut", "200|Content-Length=4|next"};
  for (const std::size_t step : {0, 1, 3}) {
    EXPECT_EQ(parse_responses("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nlongbody" + next, step, limits).messages,
              expected);
    const Parsed chunked = parse_responses(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nlon\r\n5\r\ngbody\r\n0\r\n\r\n" + next, step,
        limits);
    EXPECT_EQ(chunked.messages.at(0), "200|Transfer-Encoding=chunked|long|cut");
    EXPECT_EQ(parse_responses("HTTP/1.1 200 OK\r\n\r\nlongbody", step, limits).unfinished, "200 close|long");
  }
}

TEST(ResponseParser, HeadersHaveALimitThatInterimResponsesShare) {
  Limits limits;
  limits.response_header_bytes_max = 100;
  const std::string interim = "HTTP/1.1 100 Continue\r\nA: 0123456789\r\n\r\n";
  const std::string last = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (const std::size_t step : {0, 1, 7}) {
    EXPECT_EQ(parse_responses(interim + last, step, limits).messages.size(), 1U);
    EXPECT_EQ(parse_responses(interim + interim + interim + last, step, limits).error, kHeaders);
    EXPECT_EQ(parse_responses("HTTP/1.1 200 " + std::string(100, 'a') + "\r\n\r\n", step, limits).error, kHeaders);
    const std::string large = "HTTP/1.1 200 OK\r\nB: b\r\nA: " + std::string(100, 'a') + "\r\n\r\nbody";
    EXPECT_EQ(parse_responses(large, step, limits).messages, std::vector<std::string>{"200 close|B=b|"});
  }
}

TEST(ResponseParser, AKeptAliveConnectionNeedsAnEndOfTheBody) {
  const auto keeps = [](std::string_view text) {
    ResponseParser parser(Limits{});
    EXPECT_TRUE(parser.feed(bytes_of(text)).ok());
    EXPECT_TRUE(parser.done() || parser.end().ok());
    return parser.keep_alive();
  };
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\n\r\nbody"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 0\r\n\r\n"));
}

}  // namespace
}  // namespace fleethook::http
