#include "api/session.h"

#include <array>
#include <utility>

#include "api/token_text.h"
#include "base/hex.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

Error foreign(std::string message) {
  return {Fault::kForbidden, std::move(message), "csrf"};
}

void put_cookie(http::Response& response,
                const http::Request& request,
                std::string_view value,
                std::chrono::seconds max_age) {
  std::string cookie = std::string(kSessionCookie) + "=" + std::string(value) +
                       "; Path=/; Max-Age=" + std::to_string(max_age.count()) + "; HttpOnly; SameSite=Strict";
  if (request.secure) cookie += "; Secure";
  response.headers.set("Set-Cookie", cookie);
  response.headers.set("Cache-Control", "no-store");
}

// The first whose mark is in the text.
template <std::size_t Size>
std::string_view first_named(const std::array<std::pair<std::string_view, std::string_view>, Size>& names,
                             std::string_view text) {
  for (const auto& [mark, name] : names) {
    if (text.find(mark) != std::string_view::npos) return name;
  }
  return {};
}

}  // namespace

std::string session_cookie(const http::Request& request) {
  std::string_view rest = request.headers.get("cookie");
  while (!rest.empty()) {
    const std::size_t end = rest.find(';');
    const std::string_view pair = trim_spaces(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (pair.starts_with(kSessionCookie) && pair.substr(kSessionCookie.size()).starts_with('='))
      return std::string(pair.substr(kSessionCookie.size() + 1));
  }
  return {};
}

void set_session_cookie(http::Response& response,
                        const http::Request& request,
                        std::string_view secret,
                        const Limits& limits) {
  put_cookie(response, request, secret, std::chrono::duration_cast<std::chrono::seconds>(limits.session_lifetime));
}

void clear_session_cookie(http::Response& response, const http::Request& request) {
  put_cookie(response, request, "", std::chrono::seconds(0));
}

std::string csrf_of(std::string_view session_secret) {
  return to_hex(crypto::keyed_digest(session_secret, "fleethook cross-site proof"));
}

bool changes_something(const http::Request& request) {
  return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

Result<void> check_origin(const http::Request& request) {
  const std::string_view origin = request.headers.get("origin");
  if (origin.data() == nullptr) return {};
  const std::size_t scheme = origin.find("://");
  const std::string_view host = scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
  if (!host.empty() && ascii_iequals(host, request.headers.get("host"))) return {};
  return foreign("the request comes from a page of another site: " + repair_utf8(origin));
}

Result<void> check_proof(const http::Request& request, std::string_view session_secret) {
  FLEETHOOK_CHECK(check_origin(request));
  const std::string_view sent = request.headers.get("x-csrf-token");
  if (crypto::equal_constant_time(sent, csrf_of(session_secret))) return {};
  return foreign(sent.empty() ? "a request under a session needs the header X-CSRF-Token, as GET /v1/session tells it"
                              : "X-CSRF-Token is not that of this session; GET /v1/session tells it");
}

Result<std::string> start_session(Services& services, const http::Request& request, const core::User& user) {
  const Instant now = services.clock.now();
  const std::string secret = make_token(services.random);
  core::AccessToken session;
  session.digest = crypto::digest(secret);
  session.user = user.id;
  session.kind = core::TokenKind::kSession;
  session.client = browser_name(request.headers.get("user-agent"));
  session.created_at = now;
  session.expires_at = now + services.limits.session_lifetime;
  FLEETHOOK_CHECK(services.store.add_token(std::move(session), {user.id, user.username}));
  return secret;
}

std::string browser_name(std::string_view user_agent) {
  using Name = std::pair<std::string_view, std::string_view>;
  // Each names those before it as well, so the order counts.
  static constexpr std::array<Name, 6> kBrowsers = {{{"Edg/", "Edge"},
                                                     {"OPR/", "Opera"},
                                                     {"Firefox/", "Firefox"},
                                                     {"Chrome/", "Chrome"},
                                                     {"Safari/", "Safari"},
                                                     {"curl/", "curl"}}};
  static constexpr std::array<Name, 6> kSystems = {{{"Android", "Android"},
                                                    {"iPhone", "iPhone"},
                                                    {"iPad", "iPad"},
                                                    {"Windows", "Windows"},
                                                    {"Mac OS X", "macOS"},
                                                    {"Linux", "Linux"}}};
  const std::string_view browser = first_named(kBrowsers, user_agent);
  const std::string_view system = first_named(kSystems, user_agent);
  std::string name(browser.empty() ? "browser" : browser);
  if (!system.empty()) name += " on " + std::string(system);
  return name;
}

}  // namespace fleethook::api
