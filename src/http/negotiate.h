// What a request's Accept, Accept-Encoding and If-None-Match say about an answer. Pure functions of header values.
#pragma once
#include <optional>
#include <string_view>

namespace fleethook::http {

// The weight, 0 to 1000, that a list such as "br, gzip;q=0.5" gives to `name`; nullopt when it does not name it.
// A wildcard is a name like any other here. A weight that cannot be read counts as 1000.
std::optional<int> weight_of(std::string_view list, std::string_view name);

// Whether If-None-Match names `etag` (with its quotes), or everything by "*". W/ is ignored, as RFC 9110 13.1.2 says.
bool names_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace fleethook::http
