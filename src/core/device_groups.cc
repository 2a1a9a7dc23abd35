#include "core/device_groups.h"

#include <algorithm>

namespace fleethook::core {

bool is_group_name(std::string_view name, const Limits& limits) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= limits.group_name_bytes_max && std::ranges::all_of(name, fits);
}

std::string join_groups(const std::vector<std::string>& groups) {
  std::string joined;
  for (const std::string& group : groups) {
    if (!joined.empty()) joined += ',';
    joined += group;
  }
  return joined;
}

std::vector<std::string> split_groups(std::string_view joined) {
  std::vector<std::string> groups;
  while (!joined.empty()) {
    const std::size_t end = std::min(joined.find(','), joined.size());
    groups.emplace_back(joined.substr(0, end));
    joined.remove_prefix(std::min(end + 1, joined.size()));
  }
  return groups;
}

bool names_group(std::string_view joined, std::string_view group) {
  while (!joined.empty()) {
    const std::size_t end = std::min(joined.find(','), joined.size());
    if (joined.substr(0, end) == group) return true;
    joined.remove_prefix(std::min(end + 1, joined.size()));
  }
  return false;
}

DeviceTraits traits_of(const Device& device) {
  return {device.firmware_version, device.os_version, join_groups(device.groups)};
}

}  // namespace fleethook::core
