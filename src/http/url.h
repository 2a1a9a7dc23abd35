// Absolute http and https URLs (RFC 3986), percent-encoding, and form bodies.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace fleethook::http {

// A parsed absolute URL. print(parse(x)) parses to an equal Url.
struct Url {
  bool tls = false;
  std::string user, password;  // userinfo, percent-decoded; "" = none
  std::string host;            // lower case; IPv6 without brackets
  std::uint16_t port = 0;      // always set (80 or 443 by default)
  std::string target = "/";    // path and query as sent in the request line; other bytes percent-encoded
  bool operator==(const Url&) const = default;

  std::string host_header() const;  // with brackets and a port that is not the default
  std::string str() const;
};

// kInvalid with what is wrong: no scheme, a scheme other than http and https, empty or bad host, bad port, control
// characters. Spaces and non-ASCII bytes in path and query are percent-encoded rather than refused (templates insert
// them). A fragment is dropped. Non-ASCII hosts are refused (punycode them).
Result<Url> parse_url(std::string_view text);

// What `reference` means in an answer from `base` (RFC 3986, 5.2): a whole URL, or the part of one that differs.
// kInvalid as of parse_url(). "/a/../b" becomes "/b". A relative one keeps the user of `base`.
Result<Url> resolve_url(const Url& base, std::string_view reference);

// Everything but unreserved characters as %XX (so ' ' is %20).
void append_percent_encoded(std::string_view text, std::string& out);
// %XX decoded; `plus_is_space` for forms and queries. nullopt on a broken escape.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

using Pairs = std::vector<std::pair<std::string, std::string>>;
// application/x-www-form-urlencoded text. Broken escapes are kept as they are. kInvalid with more fields than
// `fields_max`: they are counted before anything is made of them. Nothing between two & is none.
Result<Pairs> parse_form(std::string_view text, std::size_t fields_max);
// The first value of that name in such a text, without a copy of all others; nullopt when absent.
std::optional<std::string> form_value(std::string_view text, std::string_view name);
std::string write_form(const Pairs& pairs);
// Adds "?a=b" or "&a=b" to a target.
void append_query(const Pairs& pairs, std::string& target);

}  // namespace fleethook::http
