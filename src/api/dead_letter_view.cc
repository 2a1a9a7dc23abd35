#include "api/dead_letter_view.h"

#include "base/text.h"

namespace fleethook::api {
namespace {

json::Value product_of(const store::DeadLetter& letter, const store::Catalog& catalog) {
  if (letter.product.is_none()) return {};
  json::Object shown{{"id", letter.product.value}};
  const core::Product* product = catalog.product(letter.product);
  shown.set("slug", product != nullptr ? json::Value(product->slug) : json::Value());
  shown.set("name", product != nullptr ? json::Value(product->name) : json::Value());
  return shown;
}

json::Object event_of(const core::Event& event, bool data) {
  json::Object shown{{"id", event.id.str()},
                     {"name", event.name},
                     {"published_at", to_iso8601(event.published_at)},
                     {"coreid", event.publisher},
                     {"data_bytes", event.data ? event.data->size() : 0}};
  if (data) shown.set("data", event.data ? json::Value(repair_utf8(*event.data)) : json::Value());
  return shown;
}

}  // namespace

json::Value DeadLetterView::integration_of(const store::DeadLetter& letter) {
  core::IntegrationPtr integration = call_.catalog->integration(letter.integration);
  const bool deleted = integration == nullptr;
  if (deleted) {
    const auto [known, is_new] = gone_.try_emplace(letter.integration);
    if (is_new) {
      if (auto version = services_.store.integration_version(letter.integration, letter.version); version.ok())
        known->second = std::move(version).value();
    }
    integration = known->second;
  }
  if (integration == nullptr) return {};
  const core::IntegrationConfig& config = integration->config;
  return json::Object{
      {"id", integration->id.str()}, {"name", config.name.value_or(core::default_name(config))}, {"deleted", deleted}};
}

json::Object DeadLetterView::show(const store::DeadLetter& letter, bool data) {
  const auto or_null = [](std::uint32_t number) { return number == 0 ? json::Value() : json::Value(number); };
  return {{"id", std::to_string(letter.id)},
          {"integration", integration_of(letter)},
          {"product", product_of(letter, *call_.catalog)},
          {"event", event_of(*letter.event, data)},
          {"version", letter.version},
          {"attempts", letter.attempts},
          {"status", letter.status == 0 ? json::Value() : json::Value(letter.status)},
          {"error", letter.error == core::ErrorClass::kNone ? json::Value() : json::Value(to_text(letter.error))},
          {"reason", letter.reason},
          {"ended_at", to_iso8601(letter.at)},
          {"replay", or_null(letter.replay)},
          {"replayed", or_null(letter.replayed)}};
}

}  // namespace fleethook::api
