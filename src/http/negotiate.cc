#include "http/negotiate.h"

#include <algorithm>

#include "base/text.h"

namespace fleethook::http {
namespace {

// Cuts the next part off `text`, without spaces around it; false at the end.
bool next_part(std::string_view& text, char separator, std::string_view& part) {
  if (text.data() == nullptr) return false;
  const std::size_t end = text.find(separator);
  part = trim_spaces(text.substr(0, end));
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return true;
}

// "0.25" -> 250
int weight(std::string_view text) {
  if (text.starts_with('1')) return 1000;
  if (!text.starts_with('0')) return 1000;
  int thousandths = 0;
  int scale = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return 1000;
    thousandths += (c - '0') * scale;
    scale /= 10;
  }
  return thousandths;
}

}  // namespace

std::optional<int> weight_of(std::string_view list, std::string_view name) {
  std::string_view entry;
  while (next_part(list, ',', entry)) {
    std::string_view part;
    next_part(entry, ';', part);
    if (!ascii_iequals(part, name)) continue;
    int found = 1000;
    while (next_part(entry, ';', part)) {
      if (part.starts_with("q=") || part.starts_with("Q=")) found = weight(part.substr(2));
    }
    return found;
  }
  return std::nullopt;
}

bool names_etag(std::string_view if_none_match, std::string_view etag) {
  std::string_view entry;
  while (next_part(if_none_match, ',', entry)) {
    if (entry == "*") return true;
    if (entry.starts_with("W/")) entry.remove_prefix(2);
    if (entry == etag) return true;
  }
  return false;
}

}  // namespace fleethook::http
