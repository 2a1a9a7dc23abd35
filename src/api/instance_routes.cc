// What concerns the running server itself: health, readiness, metrics, the description of the API, and the first page.
#include <algorithm>
#include <array>

#include "api/answers.h"
#include "api/console_answer.h"
#include "api/placement_metrics.h"
#include "api/router.h"
#include "metrics/text.h"

namespace fleethook::api {
namespace {

http::Response text(std::string_view type, std::string body) {
  http::Response response;
  response.headers.set("Content-Type", type);
  response.body = std::move(body);
  return response;
}

Result<http::Response> healthz(Services&, Call&) {
  return ok_true();
}

Result<http::Response> readyz(Services& services, Call&) {
  const auto troubles = services.troubles();
  if (troubles.empty()) return ok_true();
  json::Array reasons;
  std::string sentence;
  for (const Trouble& trouble : troubles) {
    reasons.emplace_back(trouble.text);
    sentence += (sentence.empty() ? "" : "; ") + trouble.text;
  }
  if (std::ranges::none_of(troubles, &Trouble::stops))
    return answer(200, json::Object{{"ok", true}, {"troubles", std::move(reasons)}});
  http::Response response = answer(503, json::Object{{"ok", false},
                                                     {"error", sentence},
                                                     {"error_description", sentence},
                                                     {"code", "not_ready"},
                                                     {"troubles", std::move(reasons)}});
  response.headers.set("Retry-After", "1");
  return response;
}

Result<http::Response> metrics_text(Services& services, Call&) {
  return text(metrics::kTextType, services.metrics.text());
}

// Where the listener is, is nobody's business who may not reach it.
Result<http::Response> metrics_unless_apart(Services& services, Call& call) {
  if (!services.settings.metrics_apart) return metrics_text(services, call);
  return Error{Fault::kNotFound, "metrics have a listener of their own on this server (--metrics-listen)"};
}

Result<http::Response> openapi_text(Services& services, Call&) {
  // Written once, as it takes some milliseconds: neither the table nor the server's address changes.
  static const std::string kText = openapi(all_routes(), services.settings.base_url);
  return text("application/json", kText);
}

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fleethook</title>
<style>
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#dde2e8;--paper:#fbfcfd;--accent:#0b6e63}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaef;--soft:#9aa5b1;--line:#2b333d;--paper:#12161b;--accent:#4cc2b3}}
body{font:16px/1.6 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:44rem;margin:12vh auto;padding:0 1.25rem}
h1{font-size:1.7rem;margin:0 0 .25rem}p{margin:.5rem 0}.soft{color:var(--soft)}a{color:var(--accent)}
table{border-collapse:collapse;margin:1.5rem 0;width:100%}td{border-top:1px solid var(--line);padding:.55rem .75rem .55rem 0;vertical-align:top}
code{font:.92em ui-monospace,monospace}
</style></head><body>
<h1>Fleethook</h1>
<p class="soft">version VERSION</p>
<p>This server takes events of device fleets and delivers them to webhooks, by integrations that the products of an organization share.</p>
<table>
<tr><td><a href="/openapi.json">/openapi.json</a></td><td>every route of the API</td></tr>
<tr><td><code>/v1/...</code>, <code>/oauth/token</code></td><td>the API, compatible with Particle's</td></tr>
<tr><td><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a></td><td>is it alive; can it take events now, and if not, why</td></tr>
<tr><td><a href="/metrics">/metrics</a></td><td>numbers for Prometheus</td></tr>
</table>
</body></html>
)";

// The console's page, where this binary carries one.
void page(Services& services, LoopServices&, Call call, std::shared_ptr<http::Responder> responder) {
  if (auto file = console_answer(services.console, call.request)) return responder->respond(std::move(*file));
  std::string html(kPage);
  html.replace(html.find("VERSION"), 7, FLEETHOOK_VERSION);
  http::Response response = text("text/html; charset=utf-8", std::move(html));
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  responder->respond(std::move(response));
}

}  // namespace

std::vector<Route> instance_routes() {
  return {
      {.method = "GET",
       .pattern = "/healthz",
       .permission = Permission::kPublic,
       .at_once = healthz,
       .summary = "Whether the process is alive.",
       .response = "Ok"},
      {.method = "GET",
       .pattern = "/readyz",
       .permission = Permission::kPublic,
       .at_once = readyz,
       .summary = "Whether events can be accepted now, and if not, why.",
       .response = "Ready"},
      {.method = "GET",
       .pattern = "/metrics",
       .permission = Permission::kPublic,
       .on_pool = metrics_unless_apart,
       .summary = "Counters for Prometheus.",
       .response = "text/plain"},
      {.method = "GET",
       .pattern = "/metrics/integrations",
       .permission = Permission::kInstance,
       .on_pool = show_placement_metrics,
       .summary = "For Prometheus: what waits, fails and is delivered, of each integration on each product.",
       .response = "text/plain"},
      {.method = "GET",
       .pattern = "/openapi.json",
       .permission = Permission::kPublic,
       .on_pool = openapi_text,
       .summary = "This description.",
       .response = "application/json"},
      {.method = "GET",
       .pattern = "/",
       .permission = Permission::kPublic,
       .on_loop = page,
       .summary = "The web console, or a page that says what runs.",
       .response = "text/html"},
  };
}

// Who reaches the listener for metrics needs no token there.
std::vector<Route> metrics_site_routes() {
  constexpr std::array<std::string_view, 4> kServed = {"/healthz", "/readyz", "/metrics", "/metrics/integrations"};
  std::vector<Route> routes = instance_routes();
  std::erase_if(routes, [&](const Route& route) { return std::ranges::find(kServed, route.pattern) == kServed.end(); });
  for (Route& route : routes) {
    if (route.pattern == "/metrics") route.on_pool = metrics_text;
  }
  return routes;
}

}  // namespace fleethook::api
