// Events that are kept: searched, and what became of one of them.
#include <algorithm>
#include <string>

#include "api/answers.h"
#include "api/event_sight.h"
#include "api/event_trace.h"
#include "api/labels.h"
#include "api/pages.h"
#include "api/search_filters.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

// What is shown of the data of each in a list.
constexpr std::size_t kDataShownMax = 500;

json::Object event_object(const core::Event& event, const Labels& labels, bool whole) {
  const auto or_null = [](bool is, json::Value value) { return is ? std::move(value) : json::Value(); };
  std::string data = event.data ? repair_utf8(*event.data) : "";
  const bool cut = !whole && data.size() > kDataShownMax;
  if (cut) data = repair_utf8(data.substr(0, kDataShownMax));
  json::Object shown{{"id", event.id.str()},
                     {"name", event.name},
                     {"data", or_null(event.data.has_value(), std::move(data))},
                     {"data_bytes", event.data ? event.data->size() : 0},
                     {"published_at", to_iso8601(event.published_at)},
                     {"coreid", event.publisher},
                     {"device_name", labels.device_name(event.publisher, event.product)},
                     {"product", labels.product(event.product)},
                     {"replay", or_null(event.replay != 0, event.replay)}};
  if (!whole) return shown;
  shown.set("ttl", event.ttl_s);
  shown.set("version", or_null(!event.device.firmware_version.empty(), event.device.firmware_version));
  shown.set("os_version", or_null(!event.device.os_version.empty(), event.device.os_version));
  return shown;
}

queue::EventQuery events_at(const Place& place, const Call& call) {
  queue::EventQuery query;
  if (place.product != nullptr) {
    query.products = {place.product->id};
  } else if (place.organization != nullptr) {
    for (const core::Product* product : call.catalog->products_of(place.organization->id))
      query.products.push_back(product->id);
    std::ranges::sort(query.products);
  } else {
    query.owner = call.user->id;
  }
  return query;
}

// What people type into one field: a device by id or name, or a text.
struct Sought {
  queue::EventQuery query;
  bool by_device = false;
};

Result<Sought> asked_events(const Place& place, const Call& call) {
  const ValueOf value = query_of(call);
  Sought sought{events_at(place, call)};
  queue::EventQuery& query = sought.query;
  if (const auto text = value("product")) {
    FLEETHOOK_TRY(const core::ProductId product, read_product(*text, place, call));
    query.products = {product};
  }
  if (const auto text = value("device")) {
    FLEETHOOK_TRY(query.device, read_device(*text, place, call));
  }
  query.name = value("event").value_or("");
  query.text = value("text").value_or("");
  if (const auto text = value("search"); text && !text->empty()) {
    if (!query.device.empty() || !query.text.empty())
      return Error::field("search", "stands for `device` or `text`: name it alone");
    FLEETHOOK_TRY(const auto device, find_device(*text, place, call));
    device ? query.device = *device : query.text = *text;
  }
  sought.by_device = !query.device.empty();
  if (const auto text = value("replays")) {
    FLEETHOOK_TRY(query.replays, read_bool(*text, "replays"));
  }
  FLEETHOOK_TRY(const TimeRange range, read_range(value));
  query.from = range.from;
  query.to = range.to;
  return sought;
}

// Of the device that was asked for: who it is, and when it was heard last, also when it published nothing that is kept.
json::Value device_object(const std::string& coreid, const Call& call) {
  const auto id = core::DeviceId::parse(coreid);
  const core::Device* device = id ? seen_device(call, *id) : nullptr;
  if (device == nullptr) return json::Object{{"id", coreid}, {"known", false}};
  const auto heard = device->heard->last();
  return json::Object{{"id", coreid},
                      {"known", true},
                      {"name", device->name.empty() ? json::Value() : json::Value(device->name)},
                      {"last_heard", heard ? json::Value(to_iso8601(*heard)) : json::Value()}};
}

Result<http::Response> list(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const Sought sought, asked_events(place, call));
  // Without products an organization has no events, and a query without products would be one of all.
  if (place.organization_path && sought.query.products.empty())
    return answer(200, json::Object{{"ok", true}, {"events", json::Array()}});
  queue::EventPage page;
  FLEETHOOK_TRY(page.behind.value, number_query(call, "behind", 0));
  FLEETHOOK_TRY(page.limit, number_query(call, "per_page", kPageSize));
  page.limit = std::min(page.limit, services.limits.page_size_max);
  page.look_max = services.limits.events_looked_at_max;
  FLEETHOOK_TRY(const queue::FoundEvents found, services.queue.search(sought.query, page));
  const Labels labels(services, call);
  json::Array items;
  for (const queue::Kept& one : found.events)
    if (sees_event(call, *one.event)) items.emplace_back(event_object(*one.event, labels, /*whole=*/false));
  json::Object body{{"ok", true}, {"events", std::move(items)}};
  if (sought.by_device) body.set("device", device_object(sought.query.device, call));
  if (!found.all) {
    body.set("next_behind", std::to_string(found.behind.value));
    body.set("searched_to", to_iso8601(found.looked_at));
  }
  return answer(200, std::move(body));
}

Result<http::Response> one(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  const std::string& text = call.path("event");
  const Error none{Fault::kNotFound, "Event not found: '" + text + "'. It is not kept here, or not any more."};
  const auto id = core::EventId::parse(text);
  if (!id) return none;
  const auto kept = services.queue.event(*id);
  if (!kept.ok()) return kept.error().fault == Fault::kNotFound ? none : kept.error();
  if (!sees_event(call, *kept->event)) return none;
  const Labels labels(services, call);
  json::Object body{{"ok", true}, {"event", event_object(*kept->event, labels, /*whole=*/true)}};
  FLEETHOOK_TRY(const json::Object trace, trace_of(services, call, place, *kept));
  for (const auto& [name, value] : trace) body.set(name, value);
  return answer(200, std::move(body));
}

}  // namespace

std::vector<Route> event_log_routes() {
  const std::vector<QueryParameter> parameters = {
      {"search", "string", "a device by id or name; else a text in the name or the data"},
      {"device", "string", "the id or the name of the device that published, or api"},
      {"product", "string", "the id or slug of one product"},
      {"event", "string", "what the name begins with"},
      {"text", "string", "in the name or the data"},
      {"from", "string", "accepted at this time or later"},
      {"to", "string", "accepted at this time or before"},
      {"replays", "boolean", "whether what replays brought again is listed too; true if absent"},
      {"behind", "string", "next_behind of the page before"},
      {"per_page", "integer", "25 if absent, at most 100"},
  };
  struct At {
    std::string_view all, one;
    Permission see, trace;
  };
  std::vector<Route> routes;
  for (const At& at : {At{"/v1/event_log", "/v1/event_log/:event", Permission::kSandbox, Permission::kSandbox},
                       At{"/v1/products/:product/event_log", "/v1/products/:product/event_log/:event",
                          Permission::kEventsGet, Permission::kIntegrationsGet},
                       At{"/v1/orgs/:organization/event_log", "/v1/orgs/:organization/event_log/:event",
                          Permission::kEventsGet, Permission::kIntegrationsGet}}) {
    routes.push_back({.method = "GET",
                      .pattern = at.all,
                      .permission = at.see,
                      .on_pool = list,
                      .summary = "Events that are kept, newest first. With next_behind there is more to look through, "
                                 "also when few were found.",
                      .response = "EventLog",
                      .query = parameters});
    routes.push_back({.method = "GET",
                      .pattern = at.one,
                      .permission = at.trace,
                      .on_pool = one,
                      .summary =
                          "What became of one event: its deliveries with their attempts and what comes next, and "
                          "the integrations that it did not fire, with why, as it was then.",
                      .response = "EventTrace"});
  }
  return routes;
}

}  // namespace fleethook::api
