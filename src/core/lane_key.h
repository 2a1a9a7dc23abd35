// The name of a lane: everything that goes to one destination for one owner. Owners never share a lane, so one can
// never throttle another.
#pragma once
#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "core/ids.h"

namespace fleethook::core {

struct LaneKey {
  std::string owner;  // "o:<organization id>", or "u:<user id>" for a sandbox and for products of a user
  bool tls = false;
  std::string host;  // lower case, without brackets for IPv6
  std::uint16_t port = 0;
  auto operator<=>(const LaneKey&) const = default;

  // "o:5f...|https|example.com|443": no two keys give the same text.
  std::string str() const;
};

// The first 63 bits of BLAKE2b-256 of str(), so that all processes call a lane the same without asking each other. A
// part of the format of what is on disk. Nobody can choose a host to get another one's id; should two keys ever have
// one, they share a lane, and each delivery goes where its own URL says all the same. Never none.
LaneId lane_id(const LaneKey& key);

// Immutable.
struct NamedLane {
  LaneKey key;
  LaneId id;
};
using LanePtr = std::shared_ptr<const NamedLane>;

// A key without host (the URL cannot be rendered) becomes {owner, no TLS, "invalid", port 0}: no real destination has
// that port, and what goes there fails at its first attempt.
LanePtr named_lane(LaneKey key);

}  // namespace fleethook::core
