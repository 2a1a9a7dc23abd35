#include "net/egress.h"

#include <charconv>
#include <cstring>
#include <span>

#include <arpa/inet.h>

namespace fleethook::net {
namespace {

struct Range {
  std::array<std::uint8_t, 16> base;
  int bits;
};

// IANA IPv4 Special-Purpose Address Registry (RFC 6890 and later), plus multicast: what is not a host on the public
// internet.
constexpr Range kRefusedV4[] = {
    {{0}, 8},              // "this network": Linux connects 0.0.0.0 to itself
    {{10}, 8},             // private
    {{100, 64}, 10},       // carrier-grade NAT
    {{127}, 8},            // loopback
    {{169, 254}, 16},      // link-local; 169.254.169.254 is the metadata service of clouds
    {{172, 16}, 12},       // private
    {{192, 0, 0}, 24},     // protocol assignments; 192.0.0.192 is a metadata service
    {{192, 0, 2}, 24},     // documentation
    {{192, 88, 99}, 24},   // 6to4 relays, deprecated
    {{192, 168}, 16},      // private
    {{198, 18}, 15},       // benchmarks
    {{198, 51, 100}, 24},  // documentation
    {{203, 0, 113}, 24},   // documentation
    {{224}, 4},            // multicast
    {{240}, 4},            // reserved, and broadcast
};

// In IPv6 only 2000::/3 is global unicast (RFC 4291, IANA) and everything else is refused, whatever it is assigned to
// later. Listed are the exceptions inside 2000::/3, and outside of it those that people have and may want to allow.
constexpr Range kGlobalV6 = {{0x20}, 3};
constexpr Range kRefusedV6[] = {
    {{0x20, 0x01, 0x00}, 23},                                 // protocol assignments (Teredo is looked into before)
    {{0x20, 0x01, 0x0d, 0xb8}, 32},                           // documentation
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48},               // AS112: answers for private addresses (RFC 7534)
    {{0x3f, 0xff, 0x00}, 20},                                 // documentation (RFC 9637)
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128},  // loopback
    {{0}, 96},                                                // unspecified, and IPv4-compatible (deprecated)
    {{0x00, 0x64, 0xff, 0x9b, 0, 1}, 48},                     // local NAT64
    {{0x01, 0}, 64},                                          // discard
    {{0xfc}, 7},                                              // unique local
    {{0xfe, 0x80}, 10},                                       // link-local
    {{0xfe, 0xc0}, 10},                                       // site-local (deprecated)
    {{0xff}, 8},                                              // multicast
};

// ::ffff:0:0/96 IPv4-mapped: another way to write an IPv4 address, which the kernel connects to over IPv4.
constexpr Range kMapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr std::size_t kMappedAddress = 12;

// IPv6 ranges that only carry an IPv4 address, and the byte at which it stands. They are refused when that address is a
// special one, whatever the allow-list says of it: who translates them need not be this machine, and what it finds
// behind 127.0.0.1 or 10.0.0.1 is not what is behind them here.
struct Carrier {
  Range range;
  std::size_t offset;
  std::uint8_t flip;  // Teredo stores the client's address inverted (RFC 4380, 4)
};
constexpr Carrier kCarriers[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12, 0},  // ::ffff:0:0:0/96 IPv4-translated (RFC 7915)
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12, 0},              // 64:ff9b::/96 NAT64
    {{{0x20, 0x02}, 16}, 2, 0},                           // 2002::/16 6to4
    {{{0x20, 0x01, 0x00, 0x00}, 32}, 4, 0},               // 2001::/32 Teredo: the server
    {{{0x20, 0x01, 0x00, 0x00}, 32}, 12, 0xff},           // ... and the client
};

// ISATAP (RFC 5214, 6.1): whatever the prefix, the last eight bytes are 00-00-5e-fe or 02-00-5e-fe and an IPv4 address.
constexpr std::size_t kIsatapAddress = 12;
bool is_isatap(const Address& address) {
  const auto& bytes = address.bytes;
  return (bytes[8] & ~0x03) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
}

bool in_range(const std::array<std::uint8_t, 16>& bytes, const std::array<std::uint8_t, 16>& base, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (std::memcmp(bytes.data(), base.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
  return ((bytes[whole] ^ base[whole]) & mask) == 0;
}

Address inner_v4(const Address& address, std::size_t offset, std::uint8_t flip) {
  Address inner;
  for (std::size_t i = 0; i < 4; ++i) {
    inner.bytes[i] = static_cast<std::uint8_t>(address.bytes[offset + i] ^ flip);
  }
  return inner;
}

std::optional<Cidr> first_with(std::span<const Range> ranges, const Address& address) {
  for (const Range& range : ranges) {
    if (in_range(address.bytes, range.base, range.bits)) return Cidr{Address{range.base, address.v6}, range.bits};
  }
  return std::nullopt;
}

Error bad(std::string_view text, std::string_view expected) {
  return Error{Fault::kInvalid, "\"" + std::string(text) + "\" is not " + std::string(expected)};
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  const std::string terminated(text);
  Address address;
  // inet_pton takes the canonical forms only: "127.1", "0x7f.1", "010.0.0.1" and zone indices are no addresses to it.
  if (terminated.size() == text.size() && terminated.find('\0') == std::string::npos) {
    if (::inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
    address.v6 = true;
    if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  }
  return bad(text, "an IP address");
}

std::string Address::str() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text.data(), text.size());
  return text.data();
}

Result<Cidr> Cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  auto base = Address::parse(text.substr(0, slash));
  if (!base) return bad(text, "an address range such as 10.0.0.0/8 or fd00::/8");
  Cidr cidr{*base, base->v6 ? 128 : 32};
  if (slash == std::string_view::npos) return cidr;

  const auto digits = text.substr(slash + 1);
  int bits = -1;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (problem != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > cidr.bits) {
    return bad(text, "an address range: the part after the slash goes from 0 to " + std::to_string(cidr.bits));
  }
  cidr.bits = bits;
  // Set bits below the prefix are a slip ("10.1.2.3/8") that would open far more than was meant.
  Address first = cidr.base;
  for (int bit = bits; bit < (first.v6 ? 128 : 32); ++bit) {
    first.bytes[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(~(0x80 >> (bit % 8)));
  }
  if (first.bytes != cidr.base.bytes) {
    return bad(text, "an address range: did you mean " + first.str() + "/" + std::to_string(bits) + "?");
  }
  return cidr;
}

bool Cidr::contains(const Address& address) const {
  return address.v6 == base.v6 && in_range(address.bytes, base.bytes, bits);
}

std::string Cidr::str() const {
  return base.str() + "/" + std::to_string(bits);
}

std::string refusal(const Address& address, const Cidr& refused_by) {
  return "address " + address.str() +
         " is refused by the egress guard; an administrator can allow it with --allow-egress " + refused_by.str();
}

std::optional<Cidr> EgressPolicy::refused_by(const Address& address) const {
  for (const Cidr& cidr : allowed_) {
    if (cidr.contains(address)) return std::nullopt;
  }
  if (!address.v6) return first_with(kRefusedV4, address);
  if (in_range(address.bytes, kMapped.base, kMapped.bits)) return refused_by(inner_v4(address, kMappedAddress, 0));
  bool carries = false;
  for (const Carrier& carrier : kCarriers) {
    if (!in_range(address.bytes, carrier.range.base, carrier.range.bits)) continue;
    if (first_with(kRefusedV4, inner_v4(address, carrier.offset, carrier.flip))) return Cidr{address, 128};
    carries = true;
  }
  if (carries) return std::nullopt;
  // The prefix of an ISATAP address says no less than the address in it: both are judged.
  if (is_isatap(address) && first_with(kRefusedV4, inner_v4(address, kIsatapAddress, 0))) {
    const auto of_prefix = first_with(kRefusedV6, address);
    return of_prefix ? of_prefix : Cidr{address, 128};
  }
  if (const auto refused = first_with(kRefusedV6, address)) return refused;
  if (in_range(address.bytes, kGlobalV6.base, kGlobalV6.bits)) return std::nullopt;
  return Cidr{address, 128};
}

}  // namespace fleethook::net
