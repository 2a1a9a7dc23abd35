// Names of device groups as bodies and queries have them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "json/value.h"

namespace fleethook::api {

// What to say of a name that core::is_group_name refuses.
std::string expected_group_name(const Limits& limits);
// An array of names: ascending, each once. kInvalid on `field`, with the index of the first that is none.
Result<std::vector<std::string>> read_groups(const json::Value& value, const std::string& field, const Limits& limits);

}  // namespace fleethook::api
