// Where deliveries go: each destination with what waits for it and whether it fails; and trying all of it now.
#include <map>
#include <string>

#include "api/answers.h"
#include "api/integration_place.h"
#include "api/labels.h"
#include "api/waiting_view.h"

namespace fleethook::api {
namespace {

std::string owner_at(const Place& place, const Call& call) {
  return place.organization_path ? "o:" + place.organization->id.str() : "u:" + call.user->id.str();
}

Result<http::Response> list(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  Labels labels(services, call);
  std::map<std::pair<std::string, core::LaneId>, json::Array> by_destination;
  for (const delivery::LineView& line : services.lines({owner_at(place, call)})) {
    json::Object one = destination_object(line);
    one.erase("destination");
    one.set("integration", labels.integration(line.placement.integration, 1));
    one.set("product", labels.product(line.placement.product));
    by_destination[{line.destination, line.lane}].emplace_back(std::move(one));
  }
  json::Array shown;
  for (auto& [destination, placements] : by_destination) {
    shown.emplace_back(
        json::Object{{"id", std::to_string(destination.second.value)},
                     {"destination", destination.first.empty() ? json::Value() : json::Value(destination.first)},
                     {"placements", std::move(placements)}});
  }
  return answer(200, json::Object{{"ok", true}, {"destinations", std::move(shown)}});
}

Result<http::Response> try_now(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  const std::string& id = call.path("destination");
  for (const delivery::LineView& line : services.lines({owner_at(place, call)})) {
    if (std::to_string(line.lane.value) != id) continue;
    services.try_now({.lane = line.lane});
    return answer(200, json::Object{{"ok", true}});
  }
  return Error{Fault::kNotFound, "Destination not found: '" + id + "'. Nothing waits for it."};
}

}  // namespace

std::vector<Route> destination_routes() {
  struct At {
    std::string_view all, one;
    Permission see, change;
  };
  std::vector<Route> routes;
  for (const At& at :
       {At{"/v1/destinations", "/v1/destinations/:destination/try_now", Permission::kSandbox, Permission::kSandbox},
        At{"/v1/orgs/:organization/destinations", "/v1/orgs/:organization/destinations/:destination/try_now",
           Permission::kIntegrationsGet, Permission::kIntegrationsUpdate}}) {
    routes.push_back({.method = "GET",
                      .pattern = at.all,
                      .permission = at.see,
                      .on_pool = list,
                      .summary = "Where deliveries went lately or wait to go, with what each integration has there.",
                      .response = "Destinations"});
    routes.push_back({.method = "POST",
                      .pattern = at.one,
                      .permission = at.change,
                      .on_pool = try_now,
                      .summary = "Try now all that waits for one destination, whatever its back-off.",
                      .response = "Ok"});
  }
  return routes;
}

}  // namespace fleethook::api
