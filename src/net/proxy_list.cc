#include "net/proxy_list.h"

#include <algorithm>

namespace fleethook::net {
namespace {

Address without_mapping(const Address& address) {
  static constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!address.v6 || !std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) return address;
  Address inner;
  std::copy_n(address.bytes.begin() + kMapped.size(), 4, inner.bytes.begin());
  return inner;
}

}  // namespace

std::optional<http::KnownAddress> ProxyList::operator()(std::string_view text) const {
  const auto parsed = Address::parse(text);
  if (!parsed.ok()) return std::nullopt;
  const Address address = without_mapping(*parsed);
  const bool proxy = std::ranges::any_of(proxies_, [&](const Cidr& range) { return range.contains(address); });
  return http::KnownAddress{address.str(), proxy};
}

}  // namespace fleethook::net
