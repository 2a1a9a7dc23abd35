// What people do with deliveries that wait: have them tried now, have them go by the version that runs now, or cancel
// them; all of an integration, all to one destination, or those of one event. With `dry_run` they are only counted.
#include <algorithm>
#include <string>

#include "api/answers.h"
#include "api/event_sight.h"
#include "api/integration_place.h"
#include "api/search_filters.h"
#include "api/waiting.h"
#include "base/log.h"
#include "http/url.h"

namespace fleethook::api {
namespace {

// All that is meant on an integration.
struct Meant {
  core::IntegrationPtr integration;
  std::vector<core::ProductId> products;
  std::vector<core::PlacementKey> placements;  // ascending
  Waits waits;
  bool dry_run = false;
};

Result<Meant> meant(Services& services, Call& call, const json::Object& body) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  Meant meant;
  FLEETHOOK_TRY(meant.integration, integration_at(place, call));
  FLEETHOOK_TRY(meant.products, products_meant(place, body, *meant.integration, *call.catalog));
  FLEETHOOK_TRY(const auto dry_run, bool_member(body, "dry_run"));
  meant.dry_run = dry_run.value_or(false);
  const std::vector<queue::Waiting> waiting = services.queue.waiting();
  for (const core::ProductId product : meant.products) {
    meant.placements.push_back({meant.integration->number, product});
    const Waits there = waits_on(waiting, *call.catalog, meant.placements.back());
    meant.waits.waiting += there.waiting;
    meant.waits.held += there.held;
  }
  std::ranges::sort(meant.placements);
  return meant;
}

http::Response counted(std::uint64_t deliveries, std::uint64_t held, bool dry_run) {
  return answer(200, json::Object{{"ok", true}, {"deliveries", deliveries}, {"held", held}, {"dry_run", dry_run}});
}

void tell_log(const char* what, const Call& call, std::string_view of, std::uint64_t deliveries) {
  log::info(what, {{"of", of}, {"deliveries", deliveries}, {"by", call.user->username}});
}

Result<http::Response> try_now(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const Meant all, meant(services, call, body));
  if (!all.dry_run) {
    services.try_now({.placements = all.placements});
    tell_log("delivery.tried_now", call, all.integration->id.str(), all.waits.waiting - all.waits.held);
  }
  return counted(all.waits.waiting - all.waits.held, all.waits.held, all.dry_run);
}

Result<http::Response> move(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const Meant all, meant(services, call, body));
  if (!all.dry_run) {
    FLEETHOOK_CHECK(
        services.store.move_waiting(all.integration->id, all.products, services.queue.stats().last, call.actor()));
    services.take_effect();
  }
  return counted(all.waits.waiting, all.waits.held, all.dry_run);
}

Result<http::Response> cancel(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const Meant all, meant(services, call, body));
  if (!all.dry_run) {
    FLEETHOOK_CHECK(
        services.store.drop_waiting(all.integration->id, all.products, services.queue.stats().last, call.actor()));
    services.take_effect();
  }
  return counted(all.waits.waiting, all.waits.held, all.dry_run);
}

// Deliveries of one event, and of its replays, that wait.
struct OfEvent {
  std::vector<delivery::Wish> wishes;  // one each
  std::vector<delivery::Wish> parked;
};

Result<OfEvent> of_event(Services& services, const Call& call, const json::Object& body) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  const std::string& text = call.path("event");
  const Error none{Fault::kNotFound, "Event not found: '" + text + "'. It is not kept here, or not any more."};
  const auto id = core::EventId::parse(text);
  if (!id) return none;
  const auto kept = services.queue.event(*id);
  if (!kept.ok()) return kept.error().fault == Fault::kNotFound ? none : kept.error();
  if (!sees_event(call, *kept->event)) return none;
  FLEETHOOK_TRY(const auto named, text_member(body, "integration"));
  if (!named) return Error::field("integration", "expected the id of the integration whose delivery is meant");
  FLEETHOOK_TRY(const core::IntegrationNumber integration, read_integration(*named, place, call));
  FLEETHOOK_TRY(std::vector<queue::WaitingDelivery> waiting, services.queue.waiting_for(kept->seq));
  queue::EventPage page;
  page.look_max = services.limits.events_looked_at_max;
  FLEETHOOK_TRY(const queue::FoundEvents replays, services.queue.search({.replays_of = *id}, page));
  for (const queue::Kept& again : replays.events) {
    FLEETHOOK_TRY(const auto more, services.queue.waiting_for(again.seq));
    waiting.insert(waiting.end(), more.begin(), more.end());
  }
  OfEvent found;
  for (const queue::WaitingDelivery& one : waiting) {
    const queue::DeliveryKey& key = one.delivery.key;
    if (key.integration != integration || (place.product != nullptr && one.delivery.product != place.product->id))
      continue;
    (one.parked ? found.parked : found.wishes)
        .push_back({.placements = {{key.integration, one.delivery.product}}, .lane = key.lane, .event = key.event});
  }
  if (found.wishes.empty() && found.parked.empty()) {
    return Error{Fault::kConflict, "no delivery of this event waits for the integration " + *named +
                                       ": it is over, or there never was one"};
  }
  return found;
}

Result<http::Response> try_event_now(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const OfEvent found, of_event(services, call, body));
  if (found.wishes.empty())
    return Error{Fault::kConflict, "its integration is paused or disabled: resume it, and what waits is delivered"};
  for (const delivery::Wish& one : found.wishes) services.try_now(one);
  tell_log("delivery.tried_now", call, call.path("event"), found.wishes.size());
  return counted(found.wishes.size(), found.parked.size(), false);
}

Result<http::Response> cancel_event(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const OfEvent found, of_event(services, call, body));
  for (const auto* some : {&found.wishes, &found.parked}) {
    for (const delivery::Wish& one : *some) services.cancel(one);
  }
  tell_log("delivery.cancelled", call, call.path("event"), found.wishes.size() + found.parked.size());
  return counted(found.wishes.size() + found.parked.size(), found.parked.size(), false);
}

}  // namespace

std::vector<Route> waiting_routes() {
  struct Command {
    std::string_view sandbox, product, organization;
    PoolHandler handler;
    std::string_view summary, request;
  };
  std::vector<Route> routes;
  const auto add = [&](const Command& command) {
    for (const auto& [pattern, permission] :
         {std::pair(command.sandbox, Permission::kSandbox), std::pair(command.product, Permission::kIntegrationsUpdate),
          std::pair(command.organization, Permission::kIntegrationsUpdate)}) {
      routes.push_back({.method = "POST",
                        .pattern = pattern,
                        .permission = permission,
                        .on_pool = command.handler,
                        .summary = command.summary,
                        .request = command.request,
                        .response = "WaitingCount"});
    }
  };
  add({"/v1/integrations/:id/waiting/try_now", "/v1/products/:product/integrations/:id/waiting/try_now",
       "/v1/orgs/:organization/integrations/:id/waiting/try_now", try_now,
       "Try what waits of it now, whatever its back-off: on product_ids or on all of its products.", "WaitingWish"});
  add({"/v1/integrations/:id/waiting/move", "/v1/products/:product/integrations/:id/waiting/move",
       "/v1/orgs/:organization/integrations/:id/waiting/move", move,
       "Let what waits of it go by the version that runs now, where it says.", "WaitingWish"});
  add({"/v1/integrations/:id/waiting/cancel", "/v1/products/:product/integrations/:id/waiting/cancel",
       "/v1/orgs/:organization/integrations/:id/waiting/cancel", cancel,
       "End what waits of it as cancelled; each leaves a dead letter.", "WaitingWish"});
  add({"/v1/event_log/:event/try_now", "/v1/products/:product/event_log/:event/try_now",
       "/v1/orgs/:organization/event_log/:event/try_now", try_event_now,
       "Try the delivery of this event to one integration now, before all others that wait for it.", "EventWish"});
  add({"/v1/event_log/:event/cancel", "/v1/products/:product/event_log/:event/cancel",
       "/v1/orgs/:organization/event_log/:event/cancel", cancel_event,
       "End the delivery of this event to one integration as cancelled; it leaves a dead letter.", "EventWish"});
  return routes;
}

}  // namespace fleethook::api
