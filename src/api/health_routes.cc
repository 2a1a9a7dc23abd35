// How an integration fares on each of its products, what waits of it and why; and the outages of its receivers.
#include <algorithm>
#include <map>
#include <string>

#include "api/answers.h"
#include "api/integration_numbers.h"
#include "api/integration_place.h"
#include "api/pages.h"
#include "api/product_sight.h"
#include "api/search_filters.h"
#include "api/waiting.h"
#include "api/waiting_view.h"
#include "base/text.h"
#include "core/compiled_integration.h"

namespace fleethook::api {
namespace {

json::Value moment_or_null(Instant at) {
  return at == Instant{} ? json::Value() : json::Value(to_iso8601(at));
}

// The placements that are seen from here.
std::vector<core::PlacementKey> placements_at(const Place& place, const Call& call, const core::Integration& of) {
  if (place.scope == core::Scope::kSandbox) return {{of.number, {}}};
  if (place.product != nullptr) return {{of.number, place.product->id}};
  std::vector<core::PlacementKey> placements;
  const ProductSight sight(*call.catalog, call.user, of.organization);
  for (const core::ProductId product : sight.of(of.products)) placements.push_back({of.number, product});
  std::ranges::sort(placements);
  return placements;
}

Result<http::Response> health(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_at(place, call));
  const std::vector<core::PlacementKey> placements = placements_at(place, call, *integration);
  const auto numbers = services.store.numbers({&integration->number, 1}, utc_day(services.clock.now()));
  const std::vector<queue::Waiting> waiting = services.queue.waiting();
  std::map<core::PlacementKey, json::Array> destinations;
  for (const delivery::LineView& line : services.lines({core::lane_owner(*integration), placements}))
    destinations[line.placement].emplace_back(destination_object(line));
  Labels labels(services, call);
  json::Array shown;
  Health worst = Health::kQuiet;
  for (const core::PlacementKey& one : placements) {
    const store::PlacementNumbers there = numbers_on(numbers, one.product);
    json::Array outages;
    for (const store::Outage& outage : services.store.open_outages().of(one))
      outages.emplace_back(outage_facts(outage));
    const Health health = health_of(there.last, !outages.empty());
    worst = std::max(worst, health);
    json::Object item{{"product", labels.product(one.product)},
                      {"health", to_text(health)},
                      {"last_success_at", moment_or_null(there.last.success)},
                      {"last_error_at", moment_or_null(there.last.error)},
                      {"outages", std::move(outages)},
                      {"destinations", std::move(destinations[one])}};
    put_waits(item, waits_on(waiting, *call.catalog, one));
    shown.emplace_back(std::move(item));
  }
  return answer(200, json::Object{{"ok", true},
                                  {"integration", labels.integration(integration->number, integration->version)},
                                  {"health", to_text(worst)},
                                  {"placements", std::move(shown)}});
}

Result<http::Response> outages(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  const ValueOf value = query_of(call);
  store::OutageQuery query;
  for (const core::IntegrationPtr& one : integrations_at(place, call)) query.integrations.push_back(one->number);
  if (const auto text = value("integration")) {
    FLEETHOOK_TRY(const core::IntegrationNumber one, read_integration(*text, place, call));
    query.integrations = {one};
  }
  if (place.product != nullptr) query.product = place.product->id;
  if (const auto text = value("product")) {
    FLEETHOOK_TRY(query.product, read_product(*text, place, call));
  }
  if (const auto text = value("lasting")) {
    FLEETHOOK_TRY(query.lasting, read_bool(*text, "lasting"));
  }
  FLEETHOOK_TRY(query.behind, number_query(call, "behind", 0));
  FLEETHOOK_TRY(query.limit, number_query(call, "per_page", kPageSize));
  query.limit = std::min(query.limit, services.limits.page_size_max);
  json::Array shown;
  json::Object body{{"ok", true}};
  if (!query.integrations.empty()) {  // a query without any would be one of all
    FLEETHOOK_TRY(const auto found, services.store.outages(query));
    Labels labels(services, call);
    for (const store::Outage& one : found) shown.emplace_back(outage_object(one, labels));
    if (found.size() == query.limit && !found.empty()) body.set("next_behind", std::to_string(found.back().id));
  }
  body.set("outages", std::move(shown));
  return answer(200, std::move(body));
}

}  // namespace

std::vector<Route> health_routes() {
  const std::vector<QueryParameter> parameters = {
      {"integration", "string", "the id of one integration"}, {"product", "string", "the id or slug of one product"},
      {"lasting", "boolean", "true: only those that last"},   {"behind", "string", "next_behind of the page before"},
      {"per_page", "integer", "25 if absent, at most 100"},
  };
  struct At {
    std::string_view health, outages;
    Permission permission;
  };
  std::vector<Route> routes;
  for (const At& at : {At{"/v1/integrations/:id/health", "/v1/outages", Permission::kSandbox},
                       At{"/v1/products/:product/integrations/:id/health", "/v1/products/:product/outages",
                          Permission::kIntegrationsGet},
                       At{"/v1/orgs/:organization/integrations/:id/health", "/v1/orgs/:organization/outages",
                          Permission::kIntegrationsGet}}) {
    routes.push_back({.method = "GET",
                      .pattern = at.health,
                      .permission = at.permission,
                      .on_pool = health,
                      .summary =
                          "How it fares on each product: healthy or failing since when and why, what waits, when "
                          "it is attempted next, and whether its breaker is open.",
                      .response = "IntegrationHealth"});
    routes.push_back({.method = "GET",
                      .pattern = at.outages,
                      .permission = at.permission,
                      .on_pool = outages,
                      .summary = "When receivers of integrations failed, newest first: those that last, and those that "
                                 "are over.",
                      .response = "Outages",
                      .query = parameters});
  }
  return routes;
}

}  // namespace fleethook::api
