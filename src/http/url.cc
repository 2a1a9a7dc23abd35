#include "http/url.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

#include "base/text.h"

namespace fleethook::http {
namespace {

constexpr std::size_t kHostBytesMax = 253;  // RFC 1035: what DNS can carry
constexpr std::size_t kLabelBytesMax = 63;

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_unreserved(char c) {
  return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that a "%XX" at `at` stands for; -1 if there is none.
int escape_at(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') return -1;
  const int high = hex_value(text[at + 1]);
  const int low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void append_escape(char c, std::string& out) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out.push_back('%');
  out.push_back(kDigits[byte >> 4]);
  out.push_back(kDigits[byte & 15]);
}

// Broken escapes are kept and reported.
bool decode(std::string_view text, bool plus_is_space, std::string& out) {
  bool whole = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const int byte = escape_at(text, i); byte >= 0) {
      out.push_back(static_cast<char>(byte));
      i += 2;
      continue;
    }
    whole = whole && text[i] != '%';
    out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
  }
  return whole;
}

Error bad(std::string_view what) {
  return Error{Fault::kInvalid, "the URL " + std::string(what)};
}

bool is_ipv4(const std::string& host) {
  std::array<unsigned char, 4> address;
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1;
}

bool is_ipv6(const std::string& host) {
  std::array<unsigned char, 16> address;
  return inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

// Letters, digits, '-', '_' in dotted labels. A last label that starts with a digit makes it an address, and only the
// plain dotted form is one: "127.1", "0x7f000001" and "2130706433" mean the same to a resolver and something else to a
// reader.
Result<void> check_name(const std::string& host) {
  if (host.size() > kHostBytesMax) return bad("has a host name of more than 253 bytes");
  std::string_view rest = host;
  if (rest.ends_with('.')) rest.remove_suffix(1);
  std::string_view label;
  for (bool more = true; more;) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (label.empty() || label.size() > kLabelBytesMax) return bad("has an empty or too long label in its host name");
    for (const char c : label) {
      if (!is_alnum(c) && c != '-' && c != '_') return bad("has a character in its host that no host name has");
    }
    more = dot != std::string_view::npos;
    if (more) rest.remove_prefix(dot + 1);
  }
  if (is_digit(label.front()) && !is_ipv4(host)) return bad("has a host that looks like an address but is none");
  return {};
}

Result<void> parse_user_info(std::string_view text, Url& url) {
  // A backslash or another delimiter here is where parsers differ about the host.
  for (const char c : text) {
    if (!is_unreserved(c) && std::string_view("%:!$&'()*+,;=").find(c) == std::string_view::npos) {
      return bad("has a character in its user name or password that must be written as %XX");
    }
  }
  const std::size_t colon = text.find(':');
  if (!decode(text.substr(0, colon), false, url.user)) return bad("has a broken % escape in its user name");
  if (colon == std::string_view::npos) return {};
  if (!decode(text.substr(colon + 1), false, url.password)) return bad("has a broken % escape in its password");
  return {};
}

Result<void> parse_port(std::string_view text, Url& url) {
  if (text.empty()) return {};  // "host:" is allowed and means the default
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535) {
    return bad("has a port that is not a number from 1 to 65535");
  }
  url.port = static_cast<std::uint16_t>(port);
  return {};
}

Result<void> parse_authority(std::string_view text, Url& url) {
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    FLEETHOOK_CHECK(parse_user_info(text.substr(0, at), url));
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return bad("has a '[' without a ']' in its host");
    url.host = ascii_lower(text.substr(1, end - 1));
    if (!is_ipv6(url.host)) return bad("has something in brackets that is not an IPv6 address");
    text.remove_prefix(end + 1);
    if (!text.empty() && text.front() != ':') return bad("has text after its IPv6 address");
    port = text.empty() ? text : text.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    url.host = ascii_lower(text.substr(0, colon));
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
    if (url.host.empty()) return bad("has no host");
    FLEETHOOK_CHECK(check_name(url.host));
  }
  return parse_port(port, url);
}

// Characters that stand in a request target as they are; the rest is escaped. '[' and ']' are not RFC 3986 but common
// in queries.
bool is_target_character(char c) {
  return is_unreserved(c) || std::string_view("/?:@!$&'()*+,;=[]").find(c) != std::string_view::npos;
}

void append_target(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_target_character(text[i]) || escape_at(text, i) >= 0) {
      out.push_back(text[i]);
    } else {
      append_escape(text[i], out);
    }
  }
}

}  // namespace

std::string Url::host_header() const {
  const bool bracketed = host.find(':') != std::string::npos;
  std::string out = bracketed ? "[" + host + "]" : host;
  if (port != (tls ? 443 : 80)) out.append(":").append(std::to_string(port));
  return out;
}

std::string Url::str() const {
  std::string out = tls ? "https://" : "http://";
  if (!user.empty() || !password.empty()) {
    append_percent_encoded(user, out);
    if (!password.empty()) {
      out.push_back(':');
      append_percent_encoded(password, out);
    }
    out.push_back('@');
  }
  return out.append(host_header()).append(target);
}

Result<Url> parse_url(std::string_view text) {
  text = trim_spaces(text);
  if (std::any_of(text.begin(), text.end(), is_control)) return bad("has a control character");
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return bad("has no scheme: it must start with http:// or https://");
  const std::string scheme = ascii_lower(text.substr(0, colon));
  if (scheme != "http" && scheme != "https") return bad("has a scheme other than http and https");
  Url url;
  url.tls = scheme == "https";
  url.port = url.tls ? 443 : 80;
  text.remove_prefix(colon + 3);
  text = text.substr(0, text.find('#'));
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  FLEETHOOK_CHECK(parse_authority(text.substr(0, end), url));
  text.remove_prefix(end);
  if (text.starts_with('/')) url.target.clear();
  append_target(text, url.target);
  return url;
}

namespace {

// "a:" at the beginning: the reference is a whole URL, of whatever scheme (RFC 3986, 3.1).
bool has_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || is_digit(text.front())) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; });
}

// RFC 3986, 5.2.4, of a path that begins with '/'.
std::string without_dots(std::string_view path) {
  std::string out;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view segment = path.substr(at, end - at);  // with its '/'
    const bool last = end == path.size();
    if (segment == "/..") out.resize(out.find_last_of('/') == std::string::npos ? 0 : out.find_last_of('/'));
    if (segment == "/." || segment == "/..") {
      if (last) out.push_back('/');
    } else {
      out.append(segment);
    }
    at = end;
  }
  return out.empty() ? "/" : out;
}

void remove_dots(std::string& target) {
  const std::size_t query = std::min(target.find('?'), target.size());
  target = without_dots(std::string_view(target).substr(0, query)) + target.substr(query);
}

}  // namespace

Result<Url> resolve_url(const Url& base, std::string_view reference) {
  reference = trim_spaces(reference);
  if (has_scheme(reference) || reference.starts_with("//")) {
    FLEETHOOK_TRY(Url url, parse_url(has_scheme(reference) ? std::string(reference)
                                                           : (base.tls ? "https:" : "http:") + std::string(reference)));
    remove_dots(url.target);
    return url;
  }
  if (std::any_of(reference.begin(), reference.end(), is_control)) return bad("has a control character");
  reference = reference.substr(0, reference.find('#'));
  Url url = base;
  if (reference.empty()) return url;
  const std::string_view path = std::string_view(base.target).substr(0, base.target.find('?'));
  url.target.clear();
  if (reference.starts_with('?')) {
    url.target = path;
  } else if (!reference.starts_with('/')) {
    url.target = path.substr(0, path.find_last_of('/') + 1);
  }
  append_target(reference, url.target);
  remove_dots(url.target);
  return url;
}

void append_percent_encoded(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
    } else {
      append_escape(c, out);
    }
  }
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  if (!decode(text, plus_is_space, out)) return std::nullopt;
  return out;
}

namespace {

// Cuts the next field off `text`, encoded as it is; false at the end.
bool next_field(std::string_view& text, std::string_view& name, std::string_view& value) {
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    if (item.empty()) continue;
    const std::size_t equals = std::min(item.find('='), item.size());
    name = item.substr(0, equals);
    value = item.substr(std::min(equals + 1, item.size()));
    return true;
  }
  return false;
}

}  // namespace

Result<Pairs> parse_form(std::string_view text, std::size_t fields_max) {
  std::string_view name, value;
  std::size_t fields = 0;
  for (std::string_view rest = text; next_field(rest, name, value);) {
    if (++fields > fields_max)
      return Error{Fault::kInvalid, "at most " + std::to_string(fields_max) + " fields in a form"};
  }
  Pairs pairs;
  pairs.reserve(fields);
  while (next_field(text, name, value)) {
    auto& pair = pairs.emplace_back();
    decode(name, true, pair.first);
    decode(value, true, pair.second);
  }
  return pairs;
}

std::optional<std::string> form_value(std::string_view text, std::string_view name) {
  std::string_view at, value;
  std::string decoded;
  while (next_field(text, at, value)) {
    if (at.size() < name.size() || at.size() > 3 * name.size()) continue;  // %XX is three bytes for one
    decoded.clear();
    decode(at, true, decoded);
    if (decoded != name) continue;
    std::string found;
    decode(value, true, found);
    return found;
  }
  return std::nullopt;
}

namespace {
void append_form(const Pairs& pairs, std::string& out) {
  bool first = true;
  for (const auto& [name, value] : pairs) {
    if (!first) out.push_back('&');
    first = false;
    append_percent_encoded(name, out);
    out.push_back('=');
    append_percent_encoded(value, out);
  }
}
}  // namespace

std::string write_form(const Pairs& pairs) {
  std::string out;
  append_form(pairs, out);
  return out;
}

void append_query(const Pairs& pairs, std::string& target) {
  if (pairs.empty()) return;
  const bool has_query = target.find('?') != std::string::npos;
  if (!has_query) {
    target.push_back('?');
  } else if (target.back() != '?' && target.back() != '&') {
    target.push_back('&');
  }
  append_form(pairs, target);
}

}  // namespace fleethook::http
