// Input: what a client claims in Forwarded or X-Forwarded-For. Held: from a stranger nothing of it is believed; a
// trusted proxy that adds its own hop behind it is believed itself or not at all, never the client; what is believed is
// an address.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>

#include "base/assert.h"
#include "http/forwarded.h"

namespace {

using namespace fleethook;  // NOLINT(google-build-using-namespace)

constexpr const char* kProxy = "10.0.0.1";
constexpr const char* kClient = "192.0.2.1";

std::optional<http::KnownAddress> address_book(std::string_view text) {
  const std::string terminated(text.substr(0, text.find('\0')));
  std::array<unsigned char, 16> bytes{};
  if (terminated.size() != text.size()) return std::nullopt;
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) != 1 &&
      inet_pton(AF_INET6, terminated.c_str(), bytes.data()) != 1) {
    return std::nullopt;
  }
  return http::KnownAddress{terminated, terminated.starts_with("10.")};
}

struct Asked {
  std::string peer;
  bool secure;
};

Asked ask(const char* peer, std::string_view forwarded, std::string_view x_forwarded_for) {
  http::Request request;
  request.peer = peer;
  if (!forwarded.empty()) request.headers.add("Forwarded", forwarded);
  if (!x_forwarded_for.empty()) request.headers.add("X-Forwarded-For", x_forwarded_for);
  http::believe_proxies(request, address_book);
  FLEETHOOK_ASSERT(address_book(request.peer).has_value());
  return {request.peer, request.secure};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string claim(reinterpret_cast<const char*>(data), size);

  const Asked stranger = ask(kClient, claim, claim);
  FLEETHOOK_ASSERT(stranger.peer == kClient && !stranger.secure);

  FLEETHOOK_ASSERT(ask(kProxy, "", claim + ", " + kClient).peer == kClient);
  for (const std::string& hop :
       {std::string("for=192.0.2.1;proto=http"), std::string("for=\"192.0.2.1:80\";proto=http"),
        std::string("by=_us;proto=\"http\";for=\"192.0.2.1\"")}) {
    const Asked answer = ask(kProxy, claim + "," + hop, "");
    FLEETHOOK_ASSERT((answer.peer == kClient || answer.peer == kProxy) && !answer.secure);
  }
  // The proxy writes one kind of header, and lets the client's of the other kind pass.
  const std::string only_x = ask(kProxy, claim, kClient).peer;
  FLEETHOOK_ASSERT(only_x == kClient || only_x == kProxy);
  const std::string only_forwarded = ask(kProxy, "for=192.0.2.1", claim).peer;
  FLEETHOOK_ASSERT(only_forwarded == kClient || only_forwarded == kProxy);

  ask(kProxy, claim, "");
  ask(kProxy, "", claim);
  return 0;
}
