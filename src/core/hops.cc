#include "core/hops.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "base/text.h"

namespace fleethook::core {
namespace {

std::uint8_t at_most_unreadable(std::size_t hops) {
  return static_cast<std::uint8_t>(std::min<std::size_t>(hops, kHopsUnreadable));
}

std::uint8_t parse_hops(std::string_view text) {
  constexpr std::size_t kDigitsMax = 3;
  if (text.empty() || text.size() > kDigitsMax) return kHopsUnreadable;
  std::uint8_t hops = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hops);
  return error == std::errc() && end == text.data() + text.size() ? hops : kHopsUnreadable;
}

}  // namespace

std::uint8_t hops_of(const http::Headers& headers) {
  const std::string_view value = headers.get(kHopsHeader);
  if (value.data() == nullptr) return 0;
  std::size_t fields = 0;
  for (std::size_t i = 0; i < headers.size(); ++i) fields += ascii_iequals(headers.name_at(i), kHopsHeader) ? 1 : 0;
  return fields == 1 ? parse_hops(value) : kHopsUnreadable;
}

std::uint8_t hops_after_branching(std::uint8_t hops, std::size_t branches) {
  if (hops == 0 || branches < 2) return hops;
  return at_most_unreadable(hops + static_cast<std::size_t>(std::bit_width(branches - 1)));
}

std::uint8_t next_hops(std::uint8_t hops) {
  return at_most_unreadable(std::size_t{hops} + 1);
}

}  // namespace fleethook::core
