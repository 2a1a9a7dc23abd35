#include "api/console_answer.h"

#include <string>

#include "http/negotiate.h"

namespace fleethook::api {
namespace {

constexpr std::string_view kPage = "/index.html";

// What stands below these never is a page of the console: a mistyped address of the API, or a hashed file of another
// version, must be told as such.
constexpr std::string_view kNeverPages[] = {"/v1",      "/oauth",        "/healthz", "/readyz",
                                            "/metrics", "/openapi.json", "/assets"};

// Styles are set inline by the components; scripts never are.
constexpr std::string_view kContentSecurity =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
constexpr std::string_view kPermissions =
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), usb=()";

bool may_be_page(std::string_view path) {
  for (const std::string_view place : kNeverPages) {
    if (path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/')) return false;
  }
  return true;
}

// By the nearest of the ranges that the header names. Without the header the client is a program, not a browser.
bool takes_html(const http::Request& request) {
  const std::string_view accept = request.headers.get("accept");
  for (const std::string_view range : {"text/html", "text/*", "*/*"}) {
    if (const auto weight = http::weight_of(accept, range)) return *weight > 0;
  }
  return false;
}

struct Representation {
  std::string_view encoding;  // "" = as it is
  std::string_view bytes;
};

// The best that the client takes; at equal weights the smallest. What nobody named is not sent compressed.
Representation choose(const console_files::File& file, std::string_view accept) {
  const auto weight = [accept](std::string_view encoding) {
    const auto own = http::weight_of(accept, encoding);
    return own ? *own : http::weight_of(accept, "*").value_or(0);
  };
  Representation best{"", file.identity};
  // Always allowed, but after whatever is asked for.
  int best_weight = http::weight_of(accept, "identity").value_or(0);
  if (!file.gzip.empty() && weight("gzip") > 0 && weight("gzip") >= best_weight) {
    best = {"gzip", file.gzip};
    best_weight = weight("gzip");
  }
  if (!file.br.empty() && weight("br") > 0 && weight("br") >= best_weight) best = {"br", file.br};
  return best;
}

http::Response answer_file(const console_files::File& file, const http::Request& request) {
  const Representation chosen = choose(file, request.headers.get("accept-encoding"));
  http::Response response;
  std::string etag = "\"" + std::string(file.etag);
  if (!chosen.encoding.empty()) etag.append("-").append(chosen.encoding);
  etag += '"';
  response.headers.set("ETag", etag);
  response.headers.set("Vary", "Accept-Encoding");
  response.headers.set("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.set("Referrer-Policy", "same-origin");
  response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
  if (file.type.starts_with("text/html")) {
    response.headers.set("Content-Security-Policy", kContentSecurity);
    response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
    response.headers.set("Permissions-Policy", kPermissions);
  }
  if (http::names_etag(request.headers.get("if-none-match"), etag)) {
    response.status = 304;
    return response;
  }
  response.headers.set("Content-Type", file.type);
  if (!chosen.encoding.empty()) response.headers.set("Content-Encoding", chosen.encoding);
  response.lasting_body = chosen.bytes;
  return response;
}

}  // namespace

std::optional<http::Response> console_answer(console_files::Table files, const http::Request& request) {
  if (files.empty() || (request.method != "GET" && request.method != "HEAD")) return std::nullopt;
  const std::string_view path = request.path();
  if (const console_files::File* file = console_files::find(files, path)) return answer_file(*file, request);
  const console_files::File* page = console_files::find(files, kPage);
  if (page == nullptr) return std::nullopt;
  if (path != "/" && !(may_be_page(path) && takes_html(request))) return std::nullopt;
  return answer_file(*page, request);
}

}  // namespace fleethook::api
