// What can be said about a URL template before it is rendered.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace fleethook::core {

// Where in a URL its first tag stands.
enum class UrlShape : std::uint8_t {
  kConstant,           // no tags
  kConstantAuthority,  // tags in path or query only: every rendered URL goes to one host and port
  kDynamic,            // a tag in scheme, user, host or port, or the whole URL is one
};

// kInvalid (message only) when the text before the first tag cannot begin a URL: its scheme is neither http nor https,
// or it has no valid host.
Result<UrlShape> url_shape(std::string_view url);

// The host as written, tags included and without user and port; the first tag when the URL begins with one. A view into
// `url`.
std::string_view url_domain(std::string_view url);

}  // namespace fleethook::core
