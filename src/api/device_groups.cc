#include "api/device_groups.h"

#include <algorithm>

#include "core/device_groups.h"

namespace fleethook::api {

std::string expected_group_name(const Limits& limits) {
  return "expected the name of a group: 1 to " + std::to_string(limits.group_name_bytes_max) + " of a-z, 0-9, - and _";
}

Result<std::vector<std::string>> read_groups(const json::Value& value, const std::string& field, const Limits& limits) {
  if (!value.is_array()) return Error::field(field, "expected an array of names of groups");
  std::vector<std::string> groups;
  for (const json::Value& item : value.as_array()) {
    if (!item.is_string() || !core::is_group_name(item.as_string(), limits)) {
      return Error::field(field + "[" + std::to_string(groups.size()) + "]", expected_group_name(limits));
    }
    groups.push_back(item.as_string());
  }
  std::ranges::sort(groups);
  groups.erase(std::ranges::unique(groups).begin(), groups.end());
  return groups;
}

}  // namespace fleethook::api
