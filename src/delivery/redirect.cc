#include "delivery/redirect.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/mask.h"
#include "core/signature.h"

namespace fleethook::delivery {
namespace {

Error cannot(std::string why) {
  return Error{Fault::kInvalid, std::move(why)};
}

bool same_origin(const http::Url& a, const http::Url& b) {
  return a.tls == b.tls && a.port == b.port && a.host == b.host;
}

// Of the body that a GET does not have (RFC 9110, 15.4), the signature over it included.
bool is_of_content(std::string_view lower_name) {
  return lower_name.starts_with("content-") || lower_name == "digest" || lower_name == "repr-digest" ||
         lower_name == core::kSignatureHeader;
}

// By its name. Whatever may be a credential stays at home: who needs it elsewhere asks there.
bool is_credential(std::string_view lower_name) {
  static constexpr std::array<std::string_view, 9> kWords = {"auth",   "cookie",   "token",     "secret", "key",
                                                             "passwd", "password", "signature", "session"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return lower_name.find(word) != std::string_view::npos; });
}

bool holds_secret(std::string_view text, const core::NamedValues& values) {
  std::string masked(text);
  core::mask(masked, values);
  return masked != text;
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Redirected> follow(const core::OutgoingRequest& request,
                          const http::Response& answer,
                          const core::NamedValues& values,
                          std::size_t url_bytes_max) {
  const std::string_view location = answer.headers.get("Location");
  if (trim_spaces(location).empty()) return cannot("it redirects, and does not say where: it has no Location");
  if (location.size() > url_bytes_max)
    return cannot("its Location is over " + std::to_string(url_bytes_max) + " bytes");
  auto url = http::resolve_url(request.url, location);
  if (!url) return cannot("its Location cannot be followed: " + url.error().message);
  url->user.clear();  // a receiver has no credentials to give us
  url->password.clear();
  if (request.url.tls && !url->tls) return cannot("it redirects from https to http, which is not followed");

  const bool stays = same_origin(request.url, *url);
  const bool repeats = answer.status == 307 || answer.status == 308;
  if (repeats && !stays && holds_secret(request.body, values))
    return cannot("it redirects to another origin, and the body has a secret, which does not go there");
  Redirected next;
  next.request.url = *std::move(url);
  next.request.method = repeats ? request.method : "GET";
  if (repeats) next.request.body = request.body;
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const std::string_view name = request.headers.name_at(i), value = request.headers.value_at(i);
    const std::string lower = ascii_lower(name);
    if (!repeats && is_of_content(lower)) continue;
    if (!stays && lower == "host") continue;  // that of the other origin
    if (!stays && (is_credential(lower) || holds_secret(name, values) || holds_secret(value, values))) {
      next.withheld.emplace_back(name);
      continue;
    }
    next.request.headers.add(name, value);
  }
  return next;
}

}  // namespace fleethook::delivery
