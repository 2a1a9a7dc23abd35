#include "api/peer_key.h"

#include <cstddef>
#include <vector>

namespace fleethook::api {
namespace {

constexpr std::size_t kGroups = 8;
constexpr std::size_t kGroupsOfNetwork = 4;

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> groups;
  while (!text.empty()) {
    const std::size_t end = text.find(':');
    groups.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return groups;
}

}  // namespace

std::string peer_key(std::string_view address) {
  // With a dot it is an IPv4 address, or one in the clothes of IPv6, which is one machine too.
  if (address.find(':') == std::string_view::npos || address.find('.') != std::string_view::npos)
    return std::string(address);
  const std::size_t gap = address.find("::");
  const auto left = split(address.substr(0, gap));
  const auto right = gap == std::string_view::npos ? std::vector<std::string_view>() : split(address.substr(gap + 2));
  if (left.size() + right.size() > kGroups) return std::string(address);
  std::string key;
  for (std::size_t i = 0; i < kGroupsOfNetwork; ++i) {
    const std::size_t from_right = kGroups - right.size();
    const std::string_view group = i < left.size() ? left[i] : i >= from_right ? right[i - from_right] : "0";
    key.append(group).push_back(':');
  }
  return key + ":/64";
}

}  // namespace fleethook::api
