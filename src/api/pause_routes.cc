// Pausing an integration on single products, and resuming it there. Neither makes a version, and neither is a change of the integration
// that its other products would notice: so it is allowed on a product's path of a shared one.
#include <algorithm>
#include <string>
#include <utility>

#include "api/answers.h"
#include "api/pause_view.h"
#include "api/router.h"

namespace fleethook::api {
namespace {

Result<core::IntegrationPtr> integration_at(const Call& call) {
  const std::string& text = call.parameters.back();
  const bool by_organization = call.organization != nullptr && call.product == nullptr;
  if (by_organization && call.organization->plan == core::Plan::kFree) {
    return Error{Fault::kForbidden,
                 "organization integrations need one of the plans basic, plus, enterprise; " + call.organization->slug + " is on free",
                 "plan_required"};
  }
  const auto id = core::IntegrationId::parse(text);
  core::IntegrationPtr found = id ? call.catalog->integration(*id) : nullptr;
  const bool here = found != nullptr && (call.product != nullptr ? found->on(call.product->id)
                                         : by_organization       ? found->organization == call.organization->id
                                                                 : found->scope == core::Scope::kSandbox && found->user == call.user->id);
  if (!here) return Error{Fault::kNotFound, "Integration not found: '" + text + "'."};
  return found;
}

Result<core::ProductId> product_of(const json::Value& sent, const core::Integration& integration, const Call& call) {
  if (!sent.is_int() && !sent.is_string()) return Error::field("product_ids", "expected product ids or slugs");
  const std::string text = sent.is_int() ? std::to_string(sent.as_int()) : sent.as_string();
  const auto product = find_product(*call.catalog, text);
  if (!product.ok() || !integration.on((*product)->id)) {
    return Error::field("product_ids", "'" + text + "' is not one of the products of this integration");
  }
  if (call.product != nullptr && (*product)->id != call.product->id) {
    return Error::field("product_ids", "can only be " + call.product->slug + " on this product's path");
  }
  return (*product)->id;
}

// Those that are named; else the path's one, or all.
Result<std::vector<core::ProductId>> products_meant(const json::Object& body, const core::Integration& integration, const Call& call) {
  const json::Value* sent = body.find("product_ids");
  if (sent == nullptr || sent->is_null()) {
    if (call.product != nullptr) return std::vector{call.product->id};
    return integration.products.empty() ? std::vector<core::ProductId>{{}} : integration.products;
  }
  if (integration.scope == core::Scope::kSandbox) return Error::field("product_ids", "a sandbox integration has no products");
  const json::Array single{*sent};
  const json::Array& items = sent->is_array() ? sent->as_array() : single;
  if (items.empty()) return Error::field("product_ids", "name at least one product, or leave it out to mean all");
  std::vector<core::ProductId> products;
  for (const json::Value& item : items) {
    FLEETHOOK_TRY(const core::ProductId product, product_of(item, integration, call));
    if (std::ranges::find(products, product) != products.end()) {
      return Error::field("product_ids", "product " + std::to_string(product.value) + " stands there twice");
    }
    products.push_back(product);
  }
  return products;
}

Result<http::Response> set(Services& services, Call& call, const core::IntegrationPtr& integration, const json::Object& body, core::Pause pause) {
  FLEETHOOK_TRY(const auto products, products_meant(body, *integration, call));
  FLEETHOOK_CHECK(services.store.set_pause(integration->id, products, pause, {call.user->id, call.user->username}));
  return answer(200, json::Object{{"ok", true},
                                  {"paused", paused_placements(*integration, *services.store.catalog(), services.queue.parked(), call.product)}});
}

Result<http::Response> pause(Services& services, Call& call) {
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_at(call));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto sent, text_member(body, "mode"));
  const auto mode = core::parse_pause(sent.value_or("hold"));
  if (!mode || *mode == core::Pause::kRunning) {
    return Error::field("mode", "expected hold (events wait) or skip (events are counted as skipped)");
  }
  return set(services, call, integration, body, *mode);
}

Result<http::Response> resume(Services& services, Call& call) {
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_at(call));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  return set(services, call, integration, body, core::Pause::kRunning);
}

}  // namespace

std::vector<Route> pause_routes() {
  constexpr std::string_view kPause = "Let its events wait (mode hold) or be skipped (mode skip), on product_ids or on all of its products.";
  constexpr std::string_view kResume = "Let it run again, on product_ids or on all of its products; what waited is delivered.";
  return {
      {"POST", "/v1/integrations/:id/pause", Permission::kSandbox, pause, nullptr, kPause},
      {"POST", "/v1/integrations/:id/resume", Permission::kSandbox, resume, nullptr, kResume},
      {"POST", "/v1/products/:product/integrations/:id/pause", Permission::kIntegrationsUpdate, pause, nullptr, "The same, on this product."},
      {"POST", "/v1/products/:product/integrations/:id/resume", Permission::kIntegrationsUpdate, resume, nullptr, "The same, on this product."},
      {"POST", "/v1/orgs/:organization/integrations/:id/pause", Permission::kIntegrationsUpdate, pause, nullptr, kPause},
      {"POST", "/v1/orgs/:organization/integrations/:id/resume", Permission::kIntegrationsUpdate, resume, nullptr, kResume},
  };
}

}  // namespace fleethook::api
