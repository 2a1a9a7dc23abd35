// The refusals that every store words the same way.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fleethook::store {

inline Error no_such(std::string_view what, std::string_view which) {
  return Error{Fault::kNotFound, "there is no " + std::string(what) + " " + std::string(which)};
}

inline Error taken(std::string_view field, std::string_view value) {
  return Error{Fault::kConflict, std::string(field) + " \"" + std::string(value) + "\" is taken"};
}

inline Error version_mismatch(std::uint32_t current, std::uint32_t expected) {
  return Error{Fault::kConflict,
               "the integration has version " + std::to_string(current) + " by now, not " + std::to_string(expected),
               "version_mismatch"};
}

}  // namespace fleethook::store
