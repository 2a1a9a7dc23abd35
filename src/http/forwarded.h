// Whom a request comes from when proxies stand before us: Forwarded (RFC 7239), X-Forwarded-For and X-Forwarded-Proto.
// Text only: what an address is, and which ones are our proxies, is asked.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server_connection.h"

namespace fleethook::http {

// What a proxy says of whoever connected to it.
struct Hop {
  enum class Protocol : std::uint8_t { kNotSaid, kHttp, kHttps };
  std::string address;  // without brackets and port, not checked; "" = left out, or what is there is no hop
  Protocol protocol = Protocol::kNotSaid;
  bool operator==(const Hop&) const = default;
};

// The hops of one field, the client's first. An element that breaks the grammar is a hop without an address, so that
// nothing left of it is believed; a quote that is never closed takes all the rest into one. Two things are taken that
// RFC 7239 wants quoted, since proxies write them: ports, and IPv6 in brackets or without.
std::vector<Hop> parse_forwarded(std::string_view field);
std::vector<Hop> parse_x_forwarded_for(std::string_view field);

struct KnownAddress {
  std::string text;    // the one way to write it
  bool proxy = false;  // one of ours, whose word counts
};
// nullopt for what is no address ("unknown", "_hidden"). Must be safe from the thread that asks.
using AddressBook = std::function<std::optional<KnownAddress>(std::string_view text)>;

// If the peer is one of our proxies: `peer` becomes the address nearest to us that is none of them, or the farthest one
// that is told when all are, and `secure` what the proxy says of that one's connection; `peer_is_proxy` when it is one
// of them still. Nothing changes otherwise. Doing it twice does what doing it once does.
//
// A proxy that sets one kind of header lets the client's own of the other kind pass. So where both kinds are there and
// tell of different clients, neither is believed.
void believe_proxies(Request& request, const AddressBook& addresses);

// Does that to each request on its way to `next`. Lives where `next` does; both outlive it.
class BehindProxies final : public Handler {
 public:
  BehindProxies(Handler& next, const AddressBook& addresses) : next_(next), addresses_(addresses) {}
  void handle(Request request, std::shared_ptr<Responder> responder) override;
  Ruling judge(Request& head) override;
  Response protocol_error(int status, std::string_view message) const override {
    return next_.protocol_error(status, message);
  }
  void complete(Response& response) const override { next_.complete(response); }

 private:
  Handler& next_;
  const AddressBook& addresses_;
};

}  // namespace fleethook::http
