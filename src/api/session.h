// A browser's session: the cookie that carries it, and the proof that a request under it comes from our own pages.
#pragma once
#include <string>
#include <string_view>

#include "api/services.h"
#include "base/limits.h"
#include "base/result.h"
#include "core/catalog_types.h"
#include "http/message.h"

namespace fleethook::api {

inline constexpr std::string_view kSessionCookie = "fleethook_session";

// What the cookie says; "" without one.
std::string session_cookie(const http::Request& request);
// HttpOnly and for our own pages only; Secure when the request came by HTTPS. Also keeps the answer out of caches.
void set_session_cookie(http::Response& response,
                        const http::Request& request,
                        std::string_view secret,
                        const Limits& limits);
void clear_session_cookie(http::Response& response, const http::Request& request);

// What our pages send as X-CSRF-Token. Made from the secret, which no page can read.
std::string csrf_of(std::string_view session_secret);
// Not GET, HEAD or OPTIONS.
bool changes_something(const http::Request& request);
// kForbidden, code "csrf": Origin names another host than Host. A request without Origin passes.
Result<void> check_origin(const http::Request& request);
// check_origin(), and that X-CSRF-Token is the session's.
Result<void> check_proof(const http::Request& request, std::string_view session_secret);

// A new session of `user`, under a secret that nobody has seen; gives the secret.
Result<std::string> start_session(Services& services, const http::Request& request, const core::User& user);
// "Firefox on Linux": how the user will know this session among others.
std::string browser_name(std::string_view user_agent);

}  // namespace fleethook::api
