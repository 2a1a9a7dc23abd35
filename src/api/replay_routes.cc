// Replays of dead letters, or of events of a time range: counted, started, watched, paused, resumed, cancelled. They
// are carried out by ingest/replayer.h.
#include <algorithm>
#include <string>

#include "api/answers.h"
#include "api/dead_letter_query.h"
#include "api/pages.h"
#include "api/search_filters.h"
#include "base/text.h"
#include "ingest/replayed_events.h"

namespace fleethook::api {
namespace {

// --- how a replay is shown

json::Value integration_name(const core::IntegrationPtr& integration) {
  if (integration == nullptr) return {};
  const core::IntegrationConfig& config = integration->config;
  return json::Object{{"id", integration->id.str()}, {"name", config.name.value_or(core::default_name(config))}};
}

std::string status_text(const std::pair<std::int32_t, std::int32_t>& range) {
  if (range.second == 0) return "none";
  if (range.first == range.second) return std::to_string(range.first);
  return std::to_string(range.first / 100) + "xx";
}

// By the names that a search has.
json::Object filter_object(const store::DeadLetterQuery& query, const store::Catalog& catalog) {
  json::Object filter;
  if (query.integration) {
    const core::IntegrationPtr integration = catalog.integration(*query.integration);
    if (integration != nullptr) filter.set("integration", integration->id.str());
  }
  if (query.product && !query.product->is_none()) filter.set("product", std::to_string(query.product->value));
  if (!query.device.empty()) filter.set("device", query.device);
  if (!query.name.empty()) filter.set("event", query.name);
  if (query.status) filter.set("status", status_text(*query.status));
  if (query.error) filter.set("error", to_text(*query.error));
  if (query.from != Instant::min()) filter.set("from", to_iso8601(query.from));
  if (query.to != Instant::max()) filter.set("to", to_iso8601(query.to - Duration(1)));
  if (!query.text.empty()) filter.set("text", query.text);
  if (query.replayed) filter.set("replayed", *query.replayed ? "true" : "false");
  return filter;
}

json::Object replay_object(const store::Replay& replay, const store::Catalog& catalog) {
  const store::ReplayPlan& plan = replay.plan;
  json::Object shown{
      {"number", replay.number},
      {"state", to_text(replay.state)},
      {"created_at", to_iso8601(replay.created_at)},
      {"ended_at", replay.ended_at ? json::Value(to_iso8601(*replay.ended_at)) : json::Value()},
      {"by", json::Object{{"id", replay.by.user.is_none() ? json::Value() : json::Value(replay.by.user.str())},
                          {"username", replay.by.name}}},
      {"ids", plan.ids.empty() ? json::Value() : json::Value(plan.ids.size())},
      {"filter",
       plan.ids.empty() && !plan.events_upto ? json::Value(filter_object(plan.query, catalog)) : json::Value()},
      {"events", plan.events_upto ? json::Value(filter_object(plan.query, catalog)) : json::Value()},
      {"integration", plan.to.is_none() ? json::Value() : integration_name(catalog.integration(plan.to))},
      {"version", plan.same_version ? "same" : "present"},
      {"rate", plan.per_second},
      {"found", replay.found},
      {"placed", replay.placed},
      {"skipped", replay.skipped}};
  shown.set("success", replay.ended.success);
  shown.set("error", replay.ended.error);
  shown.set("sleep", replay.ended.sleep);
  shown.set("cancelled", replay.ended.cancelled);
  shown.set("waiting", replay.waiting());
  return shown;
}

http::Response replay_answer(int status, const store::Replay& replay, const Call& call) {
  return answer(status, json::Object{{"ok", true}, {"replay", replay_object(replay, *call.catalog)}});
}

// --- what is asked for

Result<std::vector<std::uint64_t>> read_ids(const json::Value& sent, std::size_t most) {
  const auto wrong = [] { return Error::field("ids", "expected a list of ids of dead letters"); };
  if (!sent.is_array() || sent.as_array().empty()) return wrong();
  if (sent.as_array().size() > most)
    return Error::field("ids", "expected at most " + std::to_string(most) + " ids; say more with filter");
  std::vector<std::uint64_t> ids;
  for (const json::Value& one : sent.as_array()) {
    if (!one.is_string()) return wrong();
    const auto id = whole_number(one.as_string());
    if (!id) return wrong();
    ids.push_back(*id);
  }
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

Result<core::IntegrationNumber> read_target(const std::string& text, const Place& place, const Call& call) {
  const auto id = core::IntegrationId::parse(text);
  const core::IntegrationPtr found = id ? call.catalog->integration(*id) : nullptr;
  if (found == nullptr || !shown_at(*found, place, call))
    return Error::field("integration", "there is no integration " + text + " here");
  return found->number;
}

Result<void> check_names(const json::Object& body) {
  constexpr std::string_view kNames[] = {"filter", "ids", "events", "integration", "version", "rate", "dry_run"};
  for (const auto& [name, value] : body) {
    if (std::ranges::find(kNames, name) == std::end(kNames))
      return Error::field(std::string(name), "is nothing that a replay has");
  }
  return {};
}

// By the names of a search of the event log.
Result<store::DeadLetterQuery> read_events(const json::Value& sent, const Place& place, const Call& call) {
  constexpr std::string_view kNames[] = {"product", "device", "event", "text", "search", "from", "to"};
  if (!sent.is_object()) return Error::field("events", "expected an object with from, and what else narrows them");
  json::Object events = sent.as_object();
  for (const auto& [name, value] : events) {
    if (std::ranges::find(kNames, name) == std::end(kNames))
      return Error::field("events." + std::string(name), "is nothing that events are searched by here");
  }
  if (events.find("from") == nullptr)
    return Error::field("events.from", "expected the time from which on they were accepted");
  if (const json::Value* search = events.find("search")) {
    if (!search->is_string()) return Error::field("events.search", "expected a text");
    if (events.find("device") != nullptr || events.find("text") != nullptr)
      return Error::field("events.search", "stands for `device` or `text`: name it alone");
    FLEETHOOK_TRY(const auto device, find_device(search->as_string(), place, call));
    const std::string sought = device.value_or(search->as_string());
    events.erase("search");
    events.set(device ? "device" : "text", sought);
  }
  return asked_dead_letters(place, call, events, "events");
}

// `newest`: the newest event that was accepted by now.
Result<store::ReplayPlan> read_plan(
    const Place& place, const Call& call, const json::Object& body, core::EventSeq newest, const Limits& limits) {
  FLEETHOOK_CHECK(check_names(body));
  store::ReplayPlan plan;
  const json::Value* ids = body.find("ids");
  const json::Value* filter = body.find("filter");
  const json::Value* events = body.find("events");
  if ((ids != nullptr) + (filter != nullptr) + (events != nullptr) != 1)
    return Error::field("filter", "expected one of filter, {} for all letters, ids of letters, and events");
  if (events != nullptr) {
    FLEETHOOK_TRY(plan.query, read_events(*events, place, call));
    plan.events_upto = newest;
  } else if (ids != nullptr) {
    plan.query = dead_letters_at(place, call);
    FLEETHOOK_TRY(plan.ids, read_ids(*ids, limits.replay_ids_max));
  } else {
    if (!filter->is_object()) return Error::field("filter", "expected an object, {} for all");
    FLEETHOOK_TRY(plan.query, asked_dead_letters(place, call, filter->as_object(), "filter"));
    // What a replay has taken is not taken by the next one, unless somebody says so.
    if (filter->find("replayed") == nullptr) plan.query.replayed = false;
  }
  FLEETHOOK_TRY(const auto target, text_member(body, "integration"));
  if (target) {
    FLEETHOOK_TRY(plan.to, read_target(*target, place, call));
  } else if (events != nullptr) {
    return Error::field("integration", "expected the id of the integration that the events are delivered by");
  }
  FLEETHOOK_TRY(const auto version, text_member(body, "version"));
  if (version && *version != "present" && *version != "same")
    return Error::field("version", "expected present (as the integration is now) or same (as it was attempted)");
  plan.same_version = version == "same";
  if (plan.same_version && events != nullptr)
    return Error::field("version", "events are delivered by the present version");
  if (plan.same_version && target) return Error::field("version", "another integration has a present version only");
  FLEETHOOK_TRY(const auto rate, int_member(body, "rate"));
  if (rate && (*rate < 1 || *rate > static_cast<std::int64_t>(limits.replay_rate_max)))
    return Error::field("rate", "expected deliveries a second, from 1 to " + std::to_string(limits.replay_rate_max));
  if (rate) plan.per_second = static_cast<std::uint32_t>(*rate);
  return plan;
}

struct Count {
  std::uint64_t letters = 0;
  bool all = true;  // false: at least so many
};

Result<Count> count_events(Services& services, const store::Catalog& catalog, const store::ReplayPlan& plan) {
  Count counted;
  core::EventSeq behind;
  for (std::size_t looked = 0; looked < services.limits.replay_counted_max;
       looked += services.limits.events_looked_at_max) {
    FLEETHOOK_TRY(const ingest::ReplayedEvents some,
                  ingest::replayed_events(services.queue, catalog, plan, behind, services.limits.events_looked_at_max,
                                          services.limits.events_looked_at_max));
    counted.letters += some.events.size();
    if (some.all) return counted;
    behind = some.behind;
  }
  counted.all = false;
  return counted;
}

Result<Count> count(Services& services, const store::Catalog& catalog, const store::ReplayPlan& plan) {
  if (plan.events_upto) return count_events(services, catalog, plan);
  Count counted;
  if (!plan.ids.empty()) {
    for (const std::uint64_t id : plan.ids) {
      FLEETHOOK_TRY(const auto letter, services.store.dead_letter(id, plan.query));
      counted.letters += letter ? 1 : 0;
    }
    return counted;
  }
  store::DeadLetterPage page{.oldest_first = true, .count_only = true};
  page.look_max = services.limits.replay_counted_max;
  FLEETHOOK_TRY(const store::DeadLetters found, services.store.dead_letters(plan.query, page));
  return Count{found.found, found.all};
}

Result<http::Response> create(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(store::ReplayPlan plan, read_plan(place, call, body, services.queue.stats().last, services.limits));
  FLEETHOOK_TRY(const auto dry_run, bool_member(body, "dry_run"));
  FLEETHOOK_TRY(const Count counted, count(services, *call.catalog, plan));
  if (dry_run.value_or(false)) {
    return answer(200, json::Object{{"ok", true}, {"would_replay", counted.letters}, {"complete", counted.all}});
  }
  if (counted.letters == 0 && counted.all)
    return plan.events_upto ? Error::field("events", "no event that is kept and fits fires this integration")
                            : Error::field(plan.ids.empty() ? "filter" : "ids", "there is no such dead letter");
  FLEETHOOK_TRY(const auto running, services.store.running_replays());
  const auto theirs = std::ranges::count_if(running, [&](const store::Replay& one) {
    return store::owner_key(one.plan.query) == store::owner_key(plan.query);
  });
  if (static_cast<std::size_t>(theirs) >= services.limits.replays_running_per_owner_max) {
    return Error{Fault::kConflict,
                 std::to_string(theirs) + " replays are running already; wait for one, or cancel one"};
  }
  FLEETHOOK_TRY(const store::Replay replay,
                services.store.create_replay(std::move(plan), counted.letters, call.actor()));
  services.wake_replays();
  return replay_answer(202, replay, call);
}

// --- one of them

bool is_at(const store::Replay& replay, const store::DeadLetterQuery& place) {
  if (store::owner_key(replay.plan.query) != store::owner_key(place)) return false;
  return !place.product || replay.plan.query.product == place.product;
}

Result<store::Replay> replay_of(Services& services, const Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  const std::string& text = call.path("number");
  if (const auto number = whole_number(text); number && *number <= UINT32_MAX) {
    auto replay = services.store.replay(static_cast<std::uint32_t>(*number));
    if (replay.ok() && is_at(*replay, dead_letters_at(place, call))) return replay;
    if (!replay.ok() && replay.error().fault != Fault::kNotFound) return replay;
  }
  return Error{Fault::kNotFound, "Replay not found: '" + text + "'."};
}

Result<http::Response> list(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  const store::DeadLetterQuery here = dead_letters_at(place, call);
  FLEETHOOK_TRY(const auto replays, services.store.replays(here, services.limits.replays_shown_max));
  json::Array items;
  for (const store::Replay& replay : replays) {
    if (is_at(replay, here)) items.emplace_back(replay_object(replay, *call.catalog));
  }
  return answer(200, json::Object{{"ok", true}, {"replays", std::move(items)}});
}

Result<http::Response> one(Services& services, Call& call) {
  FLEETHOOK_TRY(const store::Replay replay, replay_of(services, call));
  return replay_answer(200, replay, call);
}

Result<http::Response> become(Services& services, Call& call, store::ReplayState state) {
  FLEETHOOK_TRY(const store::Replay replay, replay_of(services, call));
  FLEETHOOK_TRY(const store::Replay now, services.store.set_replay(replay.number, state, call.actor()));
  services.wake_replays();
  return replay_answer(200, now, call);
}
Result<http::Response> pause(Services& services, Call& call) {
  return become(services, call, store::ReplayState::kPaused);
}
Result<http::Response> resume(Services& services, Call& call) {
  return become(services, call, store::ReplayState::kRunning);
}
Result<http::Response> cancel(Services& services, Call& call) {
  return become(services, call, store::ReplayState::kCancelled);
}

// Of one place: where it is, and what is needed there. The texts live as long as the program.
struct At {
  std::string_view all, one, paused, resumed, cancelled;
  Permission see, change;
};
constexpr At kPlaces[] = {
    {"/v1/replays", "/v1/replays/:number", "/v1/replays/:number/pause", "/v1/replays/:number/resume",
     "/v1/replays/:number/cancel", Permission::kSandbox, Permission::kSandbox},
    {"/v1/products/:product/replays", "/v1/products/:product/replays/:number",
     "/v1/products/:product/replays/:number/pause", "/v1/products/:product/replays/:number/resume",
     "/v1/products/:product/replays/:number/cancel", Permission::kIntegrationsGet, Permission::kIntegrationsUpdate},
    {"/v1/orgs/:organization/replays", "/v1/orgs/:organization/replays/:number",
     "/v1/orgs/:organization/replays/:number/pause", "/v1/orgs/:organization/replays/:number/resume",
     "/v1/orgs/:organization/replays/:number/cancel", Permission::kIntegrationsGet, Permission::kIntegrationsUpdate},
};

Route route(std::string_view method,
            std::string_view pattern,
            Permission permission,
            PoolHandler handler,
            std::string_view summary,
            std::string_view response = "ReplayAnswer") {
  return {.method = method,
          .pattern = pattern,
          .permission = permission,
          .on_pool = handler,
          .summary = summary,
          .response = response};
}

}  // namespace

std::vector<Route> replay_routes() {
  std::vector<Route> routes;
  for (const At& at : kPlaces) {
    routes.push_back(route("GET", at.all, at.see, list, "Replays, newest first.", "Replays"));
    Route creates =
        route("POST", at.all, at.change, create,
              "Deliver dead letters again: those of ids, or all that fit filter; or events of a time range to one "
              "integration, whatever came of them before. With dry_run only how many these are.",
              "ReplayStarted");
    creates.request = "NewReplay";
    creates.takes_key = true;
    routes.push_back(std::move(creates));
    routes.push_back(route("GET", at.one, at.see, one, "How far one has come, and what came of it."));
    routes.push_back(route("POST", at.paused, at.change, pause,
                           "Take no more letters until it is resumed; what was accepted goes on."));
    routes.push_back(route("POST", at.resumed, at.change, resume, "Go on."));
    routes.push_back(
        route("POST", at.cancelled, at.change, cancel, "Take no more letters, for good; what was accepted goes on."));
  }
  return routes;
}

}  // namespace fleethook::api
