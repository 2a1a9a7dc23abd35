// Input: two bytes that choose portions, then what a client sends. Held: any portions give what all at once gives; no
// request has two lengths; its body is as long as it says; limits hold; written again, it is parsed to itself.
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
using http::Request;

fuzz::Parsed<Request> parse(std::string_view input, std::uint32_t seed) {
  http::RequestParser parser(fuzz::small_limits());
  return fuzz::parse<Request>(parser, input, seed);
}

bool same(const Request& a, const Request& b) {
  return a.method == b.method && a.target == b.target && a.body == b.body && a.keep_alive == b.keep_alive &&
         a.http_1_0 == b.http_1_0 && fuzz::same(a.headers, b.headers);
}

void check(const Request& request) {
  const Limits limits = fuzz::small_limits();
  FLEETHOOK_ASSERT(!request.target.empty() && (request.target.front() == '/' || request.target == "*"));
  FLEETHOOK_ASSERT(request.headers.size() <= limits.request_headers_max);
  FLEETHOOK_ASSERT(request.body.size() <= limits.request_body_bytes_max);
  const bool chunked = request.headers.has("Transfer-Encoding");
  FLEETHOOK_ASSERT(!chunked || !request.headers.has("Content-Length"));
  FLEETHOOK_ASSERT(!chunked || ascii_iequals(request.headers.get("Transfer-Encoding"), "chunked"));
  FLEETHOOK_ASSERT(chunked ||
                   request.body.size() == std::stoull("0" + std::string(request.headers.get("Content-Length"))));
  http::Headers rest;
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    FLEETHOOK_ASSERT(http::is_header_name(request.headers.name_at(i)));
    FLEETHOOK_ASSERT(http::is_header_value(request.headers.value_at(i)));
    const std::string name = ascii_lower(request.headers.name_at(i));
    if (name != "content-length" && name != "transfer-encoding")
      rest.add(request.headers.name_at(i), request.headers.value_at(i));
  }
  std::string written;
  http::append_request(request.method, request.target, "h", rest, request.body, written);
  http::RequestParser parser(Limits{});
  const auto again = fuzz::parse<Request>(parser, written, 0);
  FLEETHOOK_ASSERT(!again.failed && again.messages.size() == 1);
  FLEETHOOK_ASSERT(again.messages[0].method == request.method && again.messages[0].target == request.target);
  FLEETHOOK_ASSERT(again.messages[0].body == request.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint32_t seed = data[0] * 256U + data[1];
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto whole = parse(input, 0);
  fuzz::expect_same(whole, parse(input, 1), same);
  fuzz::expect_same(whole, parse(input, seed), same);
  for (const Request& request : whole.messages) check(request);
  return 0;
}
