// Input: two bytes that choose portions (the lowest bit: whether the request was HEAD), then what a receiver sends.
// Held: any portions give what all at once gives; after a response with two lengths the connection ends; limits hold;
// the end of the stream is judged alike; what begins with a status line is answered.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/text.h"
#include "http/parser.h"
#include "http/serialize.h"
#include "http_portions.h"

namespace {

using namespace fleethook;  // NOLINT(google-build-using-namespace)
using http::Response;

fuzz::Parsed<Response> parse(std::string_view input, std::uint32_t seed, bool head) {
  http::ResponseParser parser(fuzz::small_limits());
  parser.expect_no_body(head);
  auto parsed = fuzz::parse<Response>(parser, input, seed);
  if (parsed.failed || !parser.started()) return parsed;
  const auto ended = parser.end();
  parsed.failed = !ended.ok();
  if (ended.ok()) parsed.messages.push_back(parser.take());
  return parsed;
}

bool same(const Response& a, const Response& b) {
  return a.status == b.status && a.close == b.close && a.body == b.body && fuzz::same(a.headers, b.headers);
}

void check(const Response& response, bool head) {
  FLEETHOOK_ASSERT(response.status >= 200 && response.status <= 999);
  FLEETHOOK_ASSERT(response.body.size() <= fuzz::small_limits().response_body_bytes_max);
  FLEETHOOK_ASSERT(!head || response.body.empty());
  const bool chunked = response.headers.has("Transfer-Encoding");
  FLEETHOOK_ASSERT(!chunked || !response.headers.has("Content-Length") || response.close);
  FLEETHOOK_ASSERT(!chunked || ascii_iequals(response.headers.get("Transfer-Encoding"), "chunked") || response.close);
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    FLEETHOOK_ASSERT(http::is_header_name(response.headers.name_at(i)));
    FLEETHOOK_ASSERT(http::is_header_value(response.headers.value_at(i)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint32_t seed = data[0] * 256U + data[1];
  const bool head = (seed & 1) != 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto whole = parse(input, 0, head);
  fuzz::expect_same(whole, parse(input, 1, head), same);
  fuzz::expect_same(whole, parse(input, seed, head), same);
  for (const Response& response : whole.messages) check(response, head);
  FLEETHOOK_ASSERT(!input.starts_with("HTTP/1.1 200 OK\r\n") || whole.messages.size() > 0);
  return 0;
}
