#include "http/serialize.h"

#include <gtest/gtest.h>

namespace fleethook::http {
namespace {

std::string head_of(const Response& response) {
  std::string out;
  append_response_head(response, "today", out);
  return out;
}

std::string request_of(std::string_view method, const Headers& headers, std::string_view body) {
  std::string out;
  append_request(method, "/x", "example.com:81", headers, body, out);
  return out;
}

TEST(ResponseHead, HasLengthAndDate) {
  Response response;
  response.body = "hello";
  response.headers.add("A", "b");
  EXPECT_EQ(head_of(response), "HTTP/1.1 200 OK\r\nA: b\r\nDate: today\r\nContent-Length: 5\r\n\r\n");
}

TEST(ResponseHead, SaysCloseOnce) {
  Response response;
  response.close = true;
  response.headers.add("connection", "keep-alive");
  EXPECT_EQ(head_of(response), "HTTP/1.1 200 OK\r\nDate: today\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHead, HasNoLengthWhereThereIsNoBody) {
  for (const int status : {100, 204, 304}) {
    Response response;
    response.status = status;
    EXPECT_EQ(head_of(response).find("Content-Length"), std::string::npos) << status;
  }
}

TEST(ResponseHead, CannotBeBrokenByItsFields) {
  Response response;
  response.headers.add("Content-Length", "99");
  response.headers.add("Transfer-Encoding", "chunked");
  response.headers.add("A", "b\r\nEvil: yes");
  response.headers.add("Bad Name", "x");
  response.headers.add("Date", "given");
  EXPECT_EQ(head_of(response), "HTTP/1.1 200 OK\r\nDate: given\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHead, OfWhatWasReadIsAsSafe) {
  Response response;
  response.headers.add_read("A", "b\r\nEvil: yes");
  response.headers.add_read("Content-Length", "99");
  response.headers.add("Good", "yes");
  EXPECT_EQ(head_of(response), "HTTP/1.1 200 OK\r\nGood: yes\r\nDate: today\r\nContent-Length: 0\r\n\r\n");
}

TEST(StreamHead, HasNoLengthAndCloses) {
  Response response;
  response.headers.add("Content-Type", "text/event-stream");
  std::string out = "before|";
  append_stream_head(response, "", out);
  EXPECT_EQ(out, "before|HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
}

TEST(RequestBytes, AddWhatIsMissing) {
  Headers headers;
  headers.add("A", "b");
  EXPECT_EQ(request_of("POST", headers, "hi"),
            "POST /x HTTP/1.1\r\nHost: example.com:81\r\nA: b\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(request_of("POST", {}, ""), "POST /x HTTP/1.1\r\nHost: example.com:81\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(request_of("GET", {}, ""), "GET /x HTTP/1.1\r\nHost: example.com:81\r\n\r\n");
}

TEST(RequestBytes, FrameTheBodyThatIsSent) {
  Headers headers;
  headers.add("host", "other");
  headers.add("content-length", "1");
  headers.add("transfer-encoding", "chunked");
  headers.add("X", "a\nb");
  EXPECT_EQ(request_of("GET", headers, "hi"), "GET /x HTTP/1.1\r\nhost: other\r\nContent-Length: 2\r\n\r\nhi");
}

TEST(HttpDate, IsTheFixedForm) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(951782399), "Mon, 28 Feb 2000 23:59:59 GMT");
  EXPECT_EQ(http_date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST(HeaderText, IsJudgedAsRfc9110Does) {
  for (const char* good : {"A", "X-y_1", "!#$%&'*+-.^_`|~"}) EXPECT_TRUE(is_header_name(good)) << good;
  for (const char* bad : {"", " ", "a b", "a:", "a\r", "\xc3\xa4", "(", "\x7f"})
    EXPECT_FALSE(is_header_name(bad)) << bad;
  for (const char* good : {"", "a b\tc", "\xc3\xa4", "\"x\""}) EXPECT_TRUE(is_header_value(good)) << good;
  for (const char* bad : {"a\rb", "a\nb", "\x01", "\x7f"}) EXPECT_FALSE(is_header_value(bad)) << bad;
  EXPECT_FALSE(is_header_value(std::string_view("a\0b", 3)));
  // Wherever it stands, since eight bytes are looked at together.
  for (std::size_t size = 1; size <= 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        for (const char filling : {'a', ' ', '\x80', '\xff', '\t'}) {
          std::string value(size, filling);
          value[at] = static_cast<char>(byte);
          const bool good = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
          ASSERT_EQ(is_header_value(value), good) << size << " " << at << " " << byte;
        }
      }
    }
  }
}

}  // namespace
}  // namespace fleethook::http
