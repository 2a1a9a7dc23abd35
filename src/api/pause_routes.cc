// Pausing an integration on single products, and resuming it there. Neither makes a version, and neither is a change of
// the integration that its other products would notice: so it is allowed on a product's path of a shared one.
#include <algorithm>
#include <string>
#include <utility>

#include "api/answers.h"
#include "api/integration_place.h"
#include "api/pause_view.h"
#include "api/waiting.h"

namespace fleethook::api {
namespace {

struct PauseWish {
  core::Pause mode = core::Pause::kRunning;
  bool drop_held = false;
};

Result<http::Response> set(Services& services, Call& call, const json::Object& body, const PauseWish& wish) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_to_show(place, call, services.clock.now()));
  if (!integration->merged_into.is_none()) {
    return sharing_refusal(services, call, sharing::was_merged(*integration));
  }
  FLEETHOOK_TRY(const auto products, products_meant(place, body, *integration, *call.catalog));
  FLEETHOOK_CHECK(
      services.store.set_pause(integration->id, products, wish.mode, services.queue.stats().last, call.actor()));
  json::Object answered{{"ok", true}};
  std::vector<queue::Waiting> waiting = services.queue.waiting();
  if (wish.drop_held) {
    // Read after `waiting`: all that is counted below ends.
    FLEETHOOK_CHECK(services.store.drop_waiting(integration->id, products, services.queue.stats().last, call.actor()));
    std::uint64_t dropped = 0;
    for (queue::Waiting& one : waiting) {
      if (one.placement.integration != integration->number) continue;
      if (std::ranges::find(products, one.placement.product) == products.end()) continue;
      dropped += std::exchange(one.deliveries, 0);
    }
    answered.set("dropped", dropped);
  }
  services.take_effect();
  answered.set("paused", paused_placements(*integration, *services.store.catalog(), waiting, call.product));
  return answer(200, std::move(answered));
}

Result<http::Response> pause(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto sent, text_member(body, "mode"));
  const auto mode = core::parse_pause(sent.value_or("hold"));
  if (!mode || *mode == core::Pause::kRunning) {
    return Error::field("mode", "expected hold (events wait) or skip (events are counted as skipped)");
  }
  FLEETHOOK_TRY(const auto drop_held, bool_member(body, "drop_held"));
  return set(services, call, body, {*mode, drop_held.value_or(false)});
}

Result<http::Response> resume(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  // Passed over, it would deliver what was meant to end.
  FLEETHOOK_TRY(const auto drop_held, bool_member(body, "drop_held"));
  if (drop_held.value_or(false)) return Error::field("drop_held", "is said when pausing: pause with it, then resume");
  return set(services, call, body, {});
}

}  // namespace

std::vector<Route> pause_routes() {
  constexpr std::string_view kPause =
      "Let its events wait (mode hold) or be skipped (mode skip), on product_ids or on all of its products. What was "
      "accepted before waits, unless drop_held says that it ends as cancelled.";
  constexpr std::string_view kResume =
      "Let it run again, on product_ids or on all of its products; what waited is delivered.";
  return {
      {.method = "POST",
       .pattern = "/v1/integrations/:id/pause",
       .permission = Permission::kSandbox,
       .on_pool = pause,
       .summary = kPause,
       .request = "Pause",
       .response = "PausedPlacements"},
      {.method = "POST",
       .pattern = "/v1/integrations/:id/resume",
       .permission = Permission::kSandbox,
       .on_pool = resume,
       .summary = kResume,
       .request = "Resume",
       .response = "PausedPlacements"},
      {.method = "POST",
       .pattern = "/v1/products/:product/integrations/:id/pause",
       .permission = Permission::kIntegrationsUpdate,
       .on_pool = pause,
       .summary = "The same, on this product.",
       .request = "Pause",
       .response = "PausedPlacements"},
      {.method = "POST",
       .pattern = "/v1/products/:product/integrations/:id/resume",
       .permission = Permission::kIntegrationsUpdate,
       .on_pool = resume,
       .summary = "The same, on this product.",
       .request = "Resume",
       .response = "PausedPlacements"},
      {.method = "POST",
       .pattern = "/v1/orgs/:organization/integrations/:id/pause",
       .permission = Permission::kIntegrationsUpdate,
       .on_pool = pause,
       .summary = kPause,
       .request = "Pause",
       .response = "PausedPlacements"},
      {.method = "POST",
       .pattern = "/v1/orgs/:organization/integrations/:id/resume",
       .permission = Permission::kIntegrationsUpdate,
       .on_pool = resume,
       .summary = kResume,
       .request = "Resume",
       .response = "PausedPlacements"},
  };
}

}  // namespace fleethook::api
