// Feeds one input to an HTTP parser in portions that the input itself chooses, and tells what the parser made of it.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/limits.h"
#include "http/message.h"

namespace fleethook::fuzz {

// Small, so that short inputs reach them.
inline Limits small_limits() {
  Limits limits;
  limits.request_header_bytes_max = 256;
  limits.request_headers_max = 6;
  limits.request_target_bytes_max = 40;
  limits.request_body_bytes_max = 48;
  limits.response_header_bytes_max = 256;
  limits.response_body_bytes_max = 48;
  return limits;
}

template <class Message>
struct Parsed {
  std::vector<Message> messages;
  bool failed = false;
  Fault fault{};
  std::string code;
};

// `seed` chooses the portions: 0 = all at once, 1 = byte by byte, else sizes from 1 to 16.
template <class Message, class Parser>
Parsed<Message> parse(Parser& parser, std::string_view input, std::uint32_t seed) {
  Parsed<Message> parsed;
  std::uint32_t state = seed;
  while (!input.empty()) {
    state = state * 1664525 + 1013904223;
    const std::size_t size = seed == 0 ? input.size() : seed == 1 ? 1 : (state >> 24) % 16 + 1;
    const std::string portion(input.substr(0, size));  // of its own, so that a sanitizer sees reads past its end
    input.remove_prefix(portion.size());
    std::span<const char> rest = portion;
    while (!rest.empty()) {
      const auto eaten = parser.feed(rest);
      if (!eaten.ok()) {
        parsed.failed = true;
        parsed.fault = eaten.error().fault;
        parsed.code = eaten.error().code;
        return parsed;
      }
      FLEETHOOK_ASSERT(*eaten <= rest.size());
      FLEETHOOK_ASSERT(*eaten > 0 || parser.done());
      rest = rest.subspan(*eaten);
      if (parser.done()) parsed.messages.push_back(parser.take());
    }
  }
  return parsed;
}

inline bool same(const http::Headers& a, const http::Headers& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a.name_at(i) != b.name_at(i) || a.value_at(i) != b.value_at(i)) return false;
  }
  return true;
}

template <class Message, class Same>
void expect_same(const Parsed<Message>& a, const Parsed<Message>& b, Same same_message) {
  FLEETHOOK_ASSERT(a.failed == b.failed);
  FLEETHOOK_ASSERT(a.fault == b.fault && a.code == b.code);
  FLEETHOOK_ASSERT(
      std::equal(a.messages.begin(), a.messages.end(), b.messages.begin(), b.messages.end(), same_message));
}

}  // namespace fleethook::fuzz
