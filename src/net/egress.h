// Which addresses deliveries may connect to. On by default, since a webhook's URL is chosen by users and the classic
// SSRF hole: loopback, private, link-local (cloud metadata), multicast, unspecified and their IPv4-mapped, NAT64, 6to4,
// Teredo and ISATAP forms are refused unless an allow-list has them. What is allowed is the address as it is written: a
// range of IPv4 opens none of the IPv6 forms that carry an address of it, since these may lead elsewhere; but for
// ::ffff:a.b.c.d, which the kernel connects to over IPv4. Checked on the address actually connected to, after DNS.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fleethook::net {

// An IPv4 or IPv6 address as bytes (4 or 16).
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;
  static Result<Address> parse(std::string_view text);
  std::string str() const;
};

// "10.0.0.0/8", "::1/128", or one address.
struct Cidr {
  Address base;
  int bits = 0;
  static Result<Cidr> parse(std::string_view text);
  bool contains(const Address& address) const;
  std::string str() const;
};

// A value; safe from any thread once made.
class EgressPolicy {
 public:
  EgressPolicy() = default;
  explicit EgressPolicy(std::vector<Cidr> allowed) : allowed_(std::move(allowed)) {}
  bool allows(const Address& address) const { return !refused_by(address); }
  // The range that has to be allowed for `address` to be; nullopt if it is.
  std::optional<Cidr> refused_by(const Address& address) const;

 private:
  std::vector<Cidr> allowed_;
};

// What is said of a refused address, with what allows it.
std::string refusal(const Address& address, const Cidr& refused_by);

}  // namespace fleethook::net
