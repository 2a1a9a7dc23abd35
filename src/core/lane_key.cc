#include "core/lane_key.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"

namespace fleethook::core {

std::string LaneKey::str() const {
  std::string text;
  text.reserve(owner.size() + host.size() + 15);
  text.append(owner).append(tls ? "|https|" : "|http|").append(host).append("|").append(std::to_string(port));
  return text;
}

LaneId lane_id(const LaneKey& key) {
  const crypto::Digest hash = crypto::digest(key.str());
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | hash[i];
  return {std::max<std::uint64_t>(number >> 1, 1)};
}

LanePtr named_lane(LaneKey key) {
  if (key.host.empty()) key.tls = false, key.host = "invalid", key.port = 0;
  const LaneId id = lane_id(key);
  return std::make_shared<const NamedLane>(NamedLane{std::move(key), id});
}

}  // namespace fleethook::core
