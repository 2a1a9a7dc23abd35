#include "core/secret_hosts.h"

#include <algorithm>

#include "base/text.h"
#include "http/url.h"

namespace fleethook::core {
namespace {

constexpr std::string_view kBelow = "*.";

Error unlike_a_host() {
  return {Fault::kInvalid,
          "expected a host such as api.example.com, all below one as *.example.com, or one of both with a :port"};
}

// "example.com", "example.com:8443", "[::1]:8443".
struct HostAndPort {
  std::string_view host, port;
};
HostAndPort split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
  if (!has_port) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string with_brackets(std::string_view host) {
  return host.find(':') == std::string_view::npos ? std::string(host) : "[" + std::string(host) + "]";
}

bool is_address(std::string_view host) {
  return host.find(':') != std::string_view::npos ||
         std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

}  // namespace

Result<std::string> read_secret_host(std::string_view text) {
  text = trim_spaces(text);
  const bool below = text.starts_with(kBelow);
  const std::string_view rest = below ? text.substr(kBelow.size()) : text;
  if (rest.find_first_of("/?#@\\") != std::string_view::npos) return unlike_a_host();
  const auto url = http::parse_url("http://" + std::string(rest));
  if (!url.ok()) return unlike_a_host();
  // "*.com" is no host of anybody.
  if (below && (is_address(url->host) || url->host.find('.') == std::string::npos)) return unlike_a_host();
  std::string host = (below ? std::string(kBelow) : std::string()) + with_brackets(url->host);
  // A port that is the default of http is still one that was asked for.
  if (!split(rest).port.empty()) host += ":" + std::to_string(url->port);
  return host;
}

bool may_go_to(const std::vector<std::string>& hosts, std::string_view host, std::uint16_t port) {
  const std::string wanted = with_brackets(host);
  return std::ranges::any_of(hosts, [&](const std::string& entry) {
    const HostAndPort allowed = split(entry);
    if (!allowed.port.empty() && allowed.port != std::to_string(port)) return false;
    if (!allowed.host.starts_with(kBelow)) return allowed.host == wanted;
    const std::string_view end = allowed.host.substr(kBelow.size() - 1);  // ".example.com"
    return wanted.size() > end.size() && wanted.ends_with(end);
  });
}

const NamedValues::Bound* kept_from(const NamedValues& values, std::string_view host, std::uint16_t port) {
  const auto found = std::ranges::find_if(values.bound, [&](const NamedValues::Bound& one) {
    return one.hosts == nullptr || !may_go_to(*one.hosts, host, port);
  });
  return found == values.bound.end() ? nullptr : &*found;
}

const NamedValues::Bound* kept_from(const NamedValues& values, const OutgoingRequest& request) {
  if (values.bound.empty()) return nullptr;
  if (const auto* kept = kept_from(values, request.url.host, request.url.port)) return kept;
  const std::string_view named = request.headers.get("Host");
  if (named.data() == nullptr) return nullptr;
  const auto url = http::parse_url((request.url.tls ? "https://" : "http://") + std::string(named));
  // Without a port it means the one that is connected to.
  return url.ok() ? kept_from(values, url->host, split(named).port.empty() ? request.url.port : url->port)
                  : &values.bound.front();
}

std::string not_sent_to(const NamedValues::Bound& secret, std::string_view host) {
  return "secret " + secret.secret + " may not be sent to " + std::string(host);
}

}  // namespace fleethook::core
