#include "core/named_values.h"

#include <algorithm>

namespace fleethook::core {
namespace {

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

}  // namespace

const NamedValues& NamedValues::none() {
  static const NamedValues nothing;
  return nothing;
}

bool is_variable_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace fleethook::core
