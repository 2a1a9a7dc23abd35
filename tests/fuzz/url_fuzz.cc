// Input: a text. Held: what is taken for a URL prints to one that is parsed to the same; its host and target have only
// the characters that they may have; an address in it is one to the system too; forms and percent-encoding go there and
// back.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>

#include "base/assert.h"
#include "http/url.h"

namespace {

using namespace fleethook;  // NOLINT(google-build-using-namespace)

bool is_address(int family, const std::string& host) {
  std::array<unsigned char, 16> bytes;
  return inet_pton(family, host.c_str(), bytes.data()) == 1;
}

void check(const http::Url& url) {
  const auto again = http::parse_url(url.str());
  FLEETHOOK_ASSERT(again.ok());
  FLEETHOOK_ASSERT(*again == url);
  FLEETHOOK_ASSERT(url.target.starts_with('/') && url.port != 0);
  for (const char c : url.target) FLEETHOOK_ASSERT(c > 0x20 && c < 0x7f);
  for (const char c : url.host_header()) FLEETHOOK_ASSERT(c > 0x20 && c < 0x7f && c != '/' && c != '@' && c != '\\');
  // Whatever a resolver would read as a number is a plain address, so a guard on names sees what is connected to.
  const bool colons = url.host.find(':') != std::string::npos;
  FLEETHOOK_ASSERT(colons == is_address(AF_INET6, url.host));
  in_addr any;
  if (!colons && inet_aton(url.host.c_str(), &any) != 0) FLEETHOOK_ASSERT(is_address(AF_INET, url.host));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = http::parse_url(text); url.ok()) check(*url);

  std::string encoded;
  http::append_percent_encoded(text, encoded);
  FLEETHOOK_ASSERT(http::percent_decode(encoded, true) == text);

  const auto read = [&](std::string_view form) {
    const auto pairs = http::parse_form(form, text.size() + 1);
    FLEETHOOK_ASSERT(pairs.ok());  // each field takes a byte at least
    return *pairs;
  };
  const http::Pairs pairs = read(text);
  for (const auto& [name, value] : pairs) FLEETHOOK_ASSERT(http::form_value(text, name).has_value());
  if (!pairs.empty()) FLEETHOOK_ASSERT(read(http::write_form(pairs)) == pairs);
  std::string target = "/x";
  http::append_query(pairs, target);
  FLEETHOOK_ASSERT(pairs.empty() || read(std::string_view(target).substr(3)) == pairs);
  return 0;
}
