// What the administrator of the installation sees of it: how the server does, and who has an account.
#include "api/answers.h"
#include "api/named.h"
#include "api/router.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

// The owner of a lane, which may be gone while its last deliveries are under way.
struct LaneOwner {
  const core::Organization* organization = nullptr;
  const core::User* user = nullptr;
};

LaneOwner owner_of(const core::LaneKey& key, const store::Catalog& catalog) {
  const std::string_view id = std::string_view(key.owner).substr(std::min<std::size_t>(2, key.owner.size()));
  LaneOwner owner;
  if (key.owner.starts_with("o:")) {
    if (const auto parsed = core::OrganizationId::parse(id)) owner.organization = catalog.organization(*parsed);
  } else if (const auto parsed = core::UserId::parse(id)) {
    owner.user = catalog.user(*parsed);
  }
  return owner;
}

json::Object lane_object(const delivery::LaneView& lane, const store::Catalog& catalog) {
  const LaneOwner owner = owner_of(lane.key, catalog);
  json::Value organization, user;
  if (owner.organization != nullptr) {
    organization = json::Object{
        {"id", owner.organization->id.str()}, {"slug", owner.organization->slug}, {"name", owner.organization->name}};
  }
  if (owner.user != nullptr) user = json::Object{{"id", owner.user->id.str()}, {"username", owner.user->username}};
  json::Array breakers;
  for (const delivery::BreakerView& one : lane.breakers) {
    const core::IntegrationPtr integration = catalog.integration(one.placement.integration);
    breakers.push_back(json::Object{
        {"integration_id", integration ? json::Value(integration->id.str()) : json::Value()},
        {"product_id", one.placement.product.is_none() ? json::Value() : json::Value(one.placement.product.value)},
        {"state", to_text(one.state)},
        {"reason", one.reason},
        {"since", to_iso8601(one.since)},
        {"next_try_at", to_iso8601(one.next_try_at)}});
  }
  return {{"organization", std::move(organization)},
          {"user", std::move(user)},
          {"scheme", lane.key.tls ? "https" : "http"},
          {"host", lane.key.host},
          {"port", lane.key.port},
          {"in_memory", lane.in_memory},
          {"in_flight", lane.in_flight},
          {"waiting", lane.in_memory - lane.in_flight},
          {"more_on_disk", lane.more_on_disk},
          {"connections", lane.connections},
          {"breakers_open", lane.breakers_open},
          {"breakers", std::move(breakers)},
          {"due_at", lane.due_at ? json::Value(to_iso8601(*lane.due_at)) : json::Value()}};
}

Result<http::Response> show_instance(Services& services, Call& call) {
  const InstanceView view = services.instance();
  json::Array troubles, lanes, storage;
  bool ready = true;
  for (const Trouble& trouble : services.troubles()) {
    troubles.emplace_back(trouble.text);
    ready = ready && !trouble.stops;
  }
  for (const delivery::LaneView& lane : view.lanes) lanes.push_back(lane_object(lane, *call.catalog));
  for (const InstanceView::File& file : view.files)
    storage.push_back(json::Object{{"name", file.name}, {"bytes", file.bytes}});
  const store::Catalog::Sizes sizes = call.catalog->sizes();
  const queue::QueueStats queue = services.queue.stats();
  return answer(200, json::Object{{"version", FLEETHOOK_VERSION},
                                  {"started_at", to_iso8601(view.started_at)},
                                  {"ready", ready},
                                  {"troubles", std::move(troubles)},
                                  {"connections", view.connections},
                                  {"streams", services.hub.open()},
                                  {"catalog", json::Object{{"users", sizes.users},
                                                           {"organizations", sizes.organizations},
                                                           {"products", sizes.products},
                                                           {"devices", sizes.devices},
                                                           {"integrations", sizes.integrations}}},
                                  {"queue", json::Object{{"events", queue.events},
                                                         {"ready", queue.ready},
                                                         {"retry", queue.retries},
                                                         {"parked", queue.parked}}},
                                  {"lane_count", view.lane_count},
                                  {"lanes", std::move(lanes)},
                                  {"storage", std::move(storage)},
                                  {"free_bytes", view.free_bytes}});
}

Result<http::Response> list_users(Services& services, Call& call) {
  const Instant now = services.clock.now();
  json::Array users;
  for (const core::User* user : call.catalog->people()) {
    std::size_t tokens = 0;
    for (const core::AccessToken* token : call.catalog->tokens_of(user->id))
      tokens += core::has_ended(*token, now, services.limits.session_idle_max) ? 0 : 1;
    users.push_back(json::Object{{"id", user->id.str()},
                                 {"username", user->username},
                                 {"name", full_name(*user)},
                                 {"administrator", user->administrator},
                                 {"created_at", to_iso8601(user->created_at)},
                                 {"organizations", call.catalog->organizations_of(user->id).size()},
                                 {"tokens", tokens}});
  }
  return answer(200, json::Object{{"users", std::move(users)}});
}

}  // namespace

std::vector<Route> administration_routes() {
  return {
      {.method = "GET",
       .pattern = "/v1/instance",
       .permission = Permission::kInstance,
       .on_pool = show_instance,
       .summary = "How the installation does: health, queue, lanes, storage.",
       .response = "Instance"},
      {.method = "GET",
       .pattern = "/v1/users",
       .permission = Permission::kInstance,
       .on_pool = list_users,
       .summary = "Everybody who has an account.",
       .response = "InstanceUsers"},
  };
}

}  // namespace fleethook::api
