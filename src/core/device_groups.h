// Names of device groups: labels by which the devices of a product, and their traffic, are told apart. A group is there
// as long as a device is in it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "core/catalog_types.h"
#include "core/event.h"

namespace fleethook::core {

// 1..Limits::group_name_bytes_max of a-z, 0-9, '-' and '_'.
bool is_group_name(std::string_view name, const Limits& limits);

// One text with commas between the names, which have none; "" for no group. Both ways keep the order.
std::string join_groups(const std::vector<std::string>& groups);
std::vector<std::string> split_groups(std::string_view joined);
// Whether `group` is one of the names in `joined`.
bool names_group(std::string_view joined, std::string_view group);

// What events that the device publishes now are told apart by.
DeviceTraits traits_of(const Device& device);

}  // namespace fleethook::core
