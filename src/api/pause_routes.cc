// Pausing an integration on single products, and resuming it there. Neither makes a version, and neither is a change of
// the integration that its other products would notice: so it is allowed on a product's path of a shared one.
#include <string>
#include <utility>

#include "api/answers.h"
#include "api/integration_place.h"
#include "api/pause_view.h"
#include "api/product_set.h"

namespace fleethook::api {
namespace {

// Those that are named; else the path's one, or all. The sandbox is no product.
Result<std::vector<core::ProductId>> products_meant(const Place& place,
                                                    const json::Object& body,
                                                    const core::Integration& integration,
                                                    const Call& call) {
  const json::Value* sent = sent_products(body);
  if (place.scope == core::Scope::kSandbox) {
    if (sent != nullptr) return Error::field("product_ids", "a sandbox integration has no products");
    return std::vector<core::ProductId>{{}};
  }
  if (place.product == nullptr) return read_products_of(body, integration, *call.catalog);
  if (sent != nullptr) FLEETHOOK_CHECK(check_only(*place.product, *sent));
  return std::vector<core::ProductId>{place.product->id};
}

Result<http::Response> set(Services& services, Call& call, const json::Object& body, core::Pause pause) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_to_show(place, call, services.clock.now()));
  if (!integration->merged_into.is_none()) {
    return sharing_refusal(services, call, sharing::was_merged(*integration));
  }
  FLEETHOOK_TRY(const auto products, products_meant(place, body, *integration, call));
  FLEETHOOK_CHECK(services.store.set_pause(integration->id, products, pause, call.actor()));
  return answer(200, json::Object{{"ok", true},
                                  {"paused", paused_placements(*integration, *services.store.catalog(),
                                                               services.queue.waiting(), call.product)}});
}

Result<http::Response> pause(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto sent, text_member(body, "mode"));
  const auto mode = core::parse_pause(sent.value_or("hold"));
  if (!mode || *mode == core::Pause::kRunning) {
    return Error::field("mode", "expected hold (events wait) or skip (events are counted as skipped)");
  }
  return set(services, call, body, *mode);
}

Result<http::Response> resume(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  return set(services, call, body, core::Pause::kRunning);
}

}  // namespace

std::vector<Route> pause_routes() {
  constexpr std::string_view kPause =
      "Let its events wait (mode hold) or be skipped (mode skip), on product_ids or on all of its products.";
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
