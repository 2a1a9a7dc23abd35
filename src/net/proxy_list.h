// The proxies before us whose word about their clients is believed: an http::AddressBook of address ranges.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "http/forwarded.h"
#include "net/egress.h"

namespace fleethook::net {

// A value; safe from any thread once made.
class ProxyList {
 public:
  explicit ProxyList(std::vector<Cidr> proxies) : proxies_(std::move(proxies)) {}
  // IPv4 written as IPv6 (::ffff:192.0.2.1) is the IPv4 address.
  std::optional<http::KnownAddress> operator()(std::string_view text) const;

 private:
  std::vector<Cidr> proxies_;
};

}  // namespace fleethook::net
