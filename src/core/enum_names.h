// Names of enumerations: the table stands in the order of the enumerators, so both directions come from one place.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/assert.h"

namespace fleethook::core {

template <class Enum, std::size_t Size>
std::string_view enum_name(const std::array<std::string_view, Size>& names, Enum value) {
  const auto at = static_cast<std::size_t>(value);
  FLEETHOOK_ASSERT(at < Size);
  return names[at];
}

// Exact spelling; nullopt for anything else.
template <class Enum, std::size_t Size>
std::optional<Enum> enum_value(const std::array<std::string_view, Size>& names, std::string_view text) {
  for (std::size_t at = 0; at < Size; ++at) {
    if (names[at] == text) return static_cast<Enum>(at);
  }
  return std::nullopt;
}

// "a, b, c": for messages that tell what was expected.
template <std::size_t Size>
std::string enum_list(const std::array<std::string_view, Size>& names) {
  std::string list;
  for (const std::string_view name : names) {
    if (!list.empty()) list += ", ";
    list += name;
  }
  return list;
}

}  // namespace fleethook::core
