#include "store/slug.h"

#include <algorithm>
#include <cstdint>

#include "core/ids.h"

namespace fleethook::store {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

// Products are addressed by number or slug, organizations by id or slug.
bool reads_as_id(std::string_view slug) {
  return std::ranges::all_of(slug, is_digit) || core::OrganizationId::parse(slug).has_value();
}

void cut(std::string& slug, std::size_t bytes_max) {
  if (slug.size() > bytes_max) slug.resize(bytes_max);
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
}

}  // namespace

std::string make_slug(std::string_view name, std::string_view kind, const Limits& limits) {
  std::string slug;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (is_letter(c) || is_digit(c)) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  cut(slug, limits.slug_bytes_max);
  if (slug.empty()) return std::string(kind);
  if (reads_as_id(slug)) slug = std::string(kind) + "-" + slug;
  cut(slug, limits.slug_bytes_max);
  return slug;
}

std::string make_free_slug(std::string_view name,
                           std::string_view kind,
                           const std::function<bool(const std::string&)>& taken,
                           const Limits& limits) {
  const std::string base = make_slug(name, kind, limits);
  std::string slug = base;
  for (std::uint64_t n = 2; taken(slug); ++n) {
    const std::string ending = "-" + std::to_string(n);
    slug = base;
    cut(slug, limits.slug_bytes_max - ending.size());
    slug += ending;
  }
  return slug;
}

Result<void> check_slug(std::string_view slug, const Limits& limits) {
  if (slug.empty() || slug.size() > limits.slug_bytes_max) {
    return Error::field("slug", "expected 1 to " + std::to_string(limits.slug_bytes_max) + " characters");
  }
  if (!std::ranges::all_of(slug, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; }) ||
      slug.front() == '-' || slug.back() == '-') {
    return Error::field("slug", "expected lower-case letters, digits and dashes between them");
  }
  if (reads_as_id(slug)) return Error::field("slug", "must not read as a number or as an id");
  return {};
}

}  // namespace fleethook::store
