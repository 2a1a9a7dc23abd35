#include "core/url_shape.h"

#include <algorithm>

#include "base/text.h"
#include "http/url.h"

namespace fleethook::core {
namespace {

constexpr std::string_view kSchemes[] = {"https://", "http://"};

// The size of the scheme that `text` begins with, 0 if none.
std::size_t scheme_size(std::string_view text) {
  for (const std::string_view scheme : kSchemes) {
    if (ascii_iequals(text.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

// "ht" and "http" may still become a scheme when a tag follows ("http{{{s}}}://").
bool may_become_scheme(std::string_view text) {
  return std::any_of(std::begin(kSchemes), std::end(kSchemes), [&](std::string_view scheme) {
    return text.size() < scheme.size() && ascii_iequals(text, scheme.substr(0, text.size()));
  });
}

// Where the tag at the start of `text` ends; its whole size when it is never closed.
std::size_t tag_size(std::string_view text) {
  const std::string_view close = text.starts_with("{{{") ? "}}}" : "}}";
  const std::size_t at = text.find(close);
  return at == std::string_view::npos ? text.size() : at + close.size();
}

}  // namespace

Result<UrlShape> url_shape(std::string_view url) {
  const std::size_t tag = url.find("{{");
  if (tag == std::string_view::npos) {
    if (auto parsed = http::parse_url(url); !parsed) return std::move(parsed).error();
    return UrlShape::kConstant;
  }
  const std::string_view head = url.substr(0, tag);
  const std::size_t scheme = scheme_size(head);
  if (scheme == 0) {
    if (may_become_scheme(head)) return UrlShape::kDynamic;
    return Error{Fault::kInvalid, "must begin with http:// or https://"};
  }
  if (head.find_first_of("/?#\\", scheme) == std::string_view::npos) return UrlShape::kDynamic;
  if (auto parsed = http::parse_url(head); !parsed) return std::move(parsed).error();
  return UrlShape::kConstantAuthority;
}

std::string_view url_domain(std::string_view url) {
  std::string_view rest = url.substr(scheme_size(url));
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t from = 0;
  std::size_t colon = kNone;  // the last one outside tags and brackets begins the port
  std::size_t at = 0;
  while (at < rest.size() && std::string_view("/?#\\").find(rest[at]) == kNone) {
    if (rest.substr(at).starts_with("{{")) {
      at += tag_size(rest.substr(at));
    } else if (rest[at] == '[') {
      at = std::min(rest.find(']', at), rest.size());
    } else {
      if (rest[at] == ':') colon = at;
      if (rest[at] == '@') {
        from = at + 1;
        colon = kNone;
      }
      ++at;
    }
  }
  return rest.substr(from, std::min(at, colon) - from);
}

}  // namespace fleethook::core
