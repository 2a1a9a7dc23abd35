// The name of a lane: everything that goes to one destination for one owner. Owners never share a lane, so one can
// never throttle another.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleethook::core {

struct LaneKey {
  std::string owner;  // "o:<organization id>", or "u:<user id>" for a sandbox and for products of a user
  bool tls = false;
  std::string host;  // lower case, without brackets for IPv6
  std::uint16_t port = 0;
  auto operator<=>(const LaneKey&) const = default;

  // "o:5f...|https|example.com|443", and back.
  std::string str() const;
  static std::optional<LaneKey> parse(std::string_view text);
};

}  // namespace fleethook::core
