// Short names for addresses: "Cold Chain 2" -> "cold-chain-2".
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace fleethook::store {

// Lower-case ASCII letters and digits with single dashes between; what a slug cannot show is left out. `kind`
// ("product") stands in when nothing is left, and in front when the rest would read as a number or as an id (addresses
// take either in the same place).
std::string make_slug(std::string_view name, std::string_view kind, const Limits& limits = {});
// The same, with -2, -3, ... behind as long as `taken`.
std::string make_free_slug(std::string_view name,
                           std::string_view kind,
                           const std::function<bool(const std::string&)>& taken,
                           const Limits& limits = {});
// A slug that a user chose. kInvalid on field "slug" tells what is wrong.
Result<void> check_slug(std::string_view slug, const Limits& limits = {});

}  // namespace fleethook::store
