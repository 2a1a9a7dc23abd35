#include "core/lane_key.h"

#include <charconv>

namespace fleethook::core {

std::string LaneKey::str() const {
  std::string text;
  text.reserve(owner.size() + host.size() + 15);
  text.append(owner).append(tls ? "|https|" : "|http|").append(host).append("|").append(std::to_string(port));
  return text;
}

std::optional<LaneKey> LaneKey::parse(std::string_view text) {
  std::string_view fields[4];
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t bar = text.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    fields[i] = text.substr(0, bar);
    text.remove_prefix(bar + 1);
  }
  fields[3] = text;

  LaneKey key;
  key.owner = fields[0];
  key.tls = fields[1] == "https";
  key.host = fields[2];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), key.port);
  const bool port_ok = error == std::errc() && end == text.data() + text.size() && key.port != 0;
  if (!port_ok || key.owner.empty() || key.host.empty() || (!key.tls && fields[1] != "http")) return std::nullopt;
  return key;
}

}  // namespace fleethook::core
