// POST .../test: one real attempt of an integration.
#include <utility>

#include "api/answers.h"
#include "api/integration_place.h"
#include "api/integration_warnings.h"
#include "api/product_set.h"
#include "api/secret_use.h"
#include "core/integration_check.h"
#include "core/unknown_names.h"

namespace fleethook::api {
namespace {

Result<core::Event> test_event(const Call& call,
                               const Place& place,
                               const core::Integration& integration,
                               Services& services) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  core::Event event;
  FLEETHOOK_TRY(const auto data, text_member(body, "data"));
  FLEETHOOK_TRY(const auto device, text_member(body, "device_id"));
  if (data && data->size() > services.limits.event_data_bytes_max) {
    return Error::field("data", "at most " + std::to_string(services.limits.event_data_bytes_max) + " bytes");
  }
  const Instant now = services.clock.now();
  event.id = core::EventId::make(now, services.random);
  event.name = integration.config.event;
  event.data = data.value_or("test-event");
  event.publisher = device.value_or(std::string(core::kApiPublisher));
  event.published_at = now;
  event.hops = call.hops;
  event.owner = integration.scope == core::Scope::kSandbox ? call.user->id : core::UserId{};
  if (place.product != nullptr) {
    event.product = place.product->id;
  } else if (place.organization_path) {
    event.product = integration.products.front();
    if (const json::Value* wanted = body.find("product_id"); wanted != nullptr && !wanted->is_null()) {
      FLEETHOOK_TRY(const std::string text, product_text(*wanted, "product_id"));
      FLEETHOOK_TRY(event.product, read_product_of(text, "product_id", integration, *call.catalog));
    }
  }
  return event;
}

void test(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  auto prepared = [&]() -> Result<std::pair<core::IntegrationPtr, core::Event>> {
    FLEETHOOK_TRY(const Place place, place_of(call));
    FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_at(place, call));
    FLEETHOOK_TRY(core::Event event, test_event(call, place, *integration, services));
    // As it runs on that product: with the version and the overrides that events of it would meet.
    return std::pair(core::Integration::running_on(integration, event.product), std::move(event));
  }();
  if (!prepared.ok()) return responder->respond(error_answer(prepared.error()));
  auto& [integration, event] = *prepared;
  std::vector<core::Warning> warnings = unknown_names_of(*integration, event, *call.catalog, services.limits);
  for (core::Warning& warning : warnings_of(*integration, *call.catalog, call.user))
    warnings.push_back(std::move(warning));
  auto done = [responder, warnings = std::move(warnings), integration = integration, event = event,
               limits = services.limits](const delivery::TestResult& result) {
    json::Object body{{"pass", result.pass}};
    std::vector<core::Warning> all = warnings;
    if (result.pass) {
      body.set("data", result.data.empty() ? json::Value() : json::Value(result.data));
      for (core::UnknownName& unknown :
           core::unknown_names_in_reply(integration->config, event, {}, result.data, limits)) {
        all.push_back(
            {std::move(unknown.field), std::string(core::warning_code::kUnknownName), std::move(unknown.message)});
      }
    } else {
      body.set("error", result.error);
    }
    if (!result.notes.empty()) {
      json::Array notes;
      for (const std::string& note : result.notes) notes.emplace_back(note);
      body.set("notes", std::move(notes));
    }
    put_warnings(body, std::move(all));
    responder->respond(answer(200, std::move(body)));
  };
  auto send = [&dispatcher = loop.dispatcher, integration = integration, event = event,
               done = std::move(done)]() mutable { dispatcher.test(integration, event, std::move(done)); };
  if (core::secrets_used(integration->config).empty()) return send();
  // No value goes out before it is written down who sent it.
  services.on_pool([&services, &loop = loop.loop, call = std::move(call), integration = integration,
                    product = event.product, responder, send = std::move(send)]() mutable {
    auto noted = audit_test(services, call, *integration, product);
    loop.post([responder, noted = std::move(noted), send = std::move(send)]() mutable {
      if (!noted.ok()) return responder->respond(error_answer(noted.error()));
      send();
    });
  });
}

}  // namespace

std::vector<Route> integration_test_routes() {
  static constexpr PlacePattern kPatterns[] = {
      {"/v1/integrations/:id/test", true},
      {"/v1/webhooks/:id/test", true, true},
      {"/v1/products/:product/integrations/:id/test"},
      {"/v1/products/:product/webhooks/:id/test", false, true},
      {"/v1/orgs/:organization/integrations/:id/test"},
      {"/v1/orgs/:organization/webhooks/:id/test", false, true},
  };
  std::vector<Route> routes;
  for (const PlacePattern& at : kPatterns) {
    routes.push_back({.method = "POST",
                      .pattern = at.pattern,
                      .permission = needed_at(at, Permission::kIntegrationsTest),
                      .on_loop = test,
                      .summary = "Send one real test request, counted and logged, without retries.",
                      .request = "Test",
                      .response = "TestResult",
                      .reads_hops = true,
                      .webhooks = at.webhooks});
  }
  return routes;
}

}  // namespace fleethook::api
