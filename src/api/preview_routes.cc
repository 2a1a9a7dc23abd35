// Looking without touching: the exact request that an event would make, for each product, and which integrations an
// event fires and why not the others. Nothing is sent and nothing is counted.
#include <utility>

#include "api/answers.h"
#include "api/event_sight.h"
#include "api/integration_input.h"
#include "api/integration_place.h"
#include "api/integration_views.h"
#include "api/integration_warnings.h"
#include "api/permissions.h"
#include "api/product_set.h"
#include "api/secret_use.h"
#include "base/text.h"
#include "core/compiled_integration.h"
#include "core/device_groups.h"
#include "core/mask.h"
#include "core/secret_hosts.h"
#include "ingest/explain.h"
#include "store/named_values.h"
#include "store/secret_scope.h"

namespace fleethook::api {
namespace {

// What the body says of the event: one that is kept (`event_id`), or given by its members under "event".
struct Described {
  core::Event event;
  bool kept = false;
};

Result<core::Event> kept_event(Services& services, const Call& call, const std::string& text) {
  const auto id = core::EventId::parse(text);
  if (!id) return Error::field("event_id", "expected the id of an event, as its publication was answered with");
  const auto not_there = [&] {
    return Error::field("event_id", "the event " + text + " is not kept here, or not any more");
  };
  const auto found = services.queue.event(*id);
  if (!found.ok()) return found.error().fault == Fault::kNotFound ? not_there() : found.error();
  const core::Event& event = *found->event;
  if (!sees_event(call, event)) return not_there();
  return event;
}

// A refusal of a member of "event", under its whole name.
Error within_event(Error error) {
  error.message = "event." + error.message;
  for (Violation& violation : error.violations) violation.field = "event." + violation.field;
  return error;
}

// Name, data and publisher.
Result<void> read_event(const json::Object& members,
                        std::string_view default_name,
                        const Limits& limits,
                        core::Event& event) {
  FLEETHOOK_TRY(const auto name, text_member(members, "name"));
  FLEETHOOK_TRY(event.data, text_member(members, "data"));
  FLEETHOOK_TRY(const auto device, text_member(members, "device_id"));
  event.name = name.value_or(std::string(default_name));
  ingest::Publication publication;
  publication.name = event.name;
  publication.data = event.data;
  FLEETHOOK_CHECK(ingest::check_publication(publication, limits));
  event.publisher = device.value_or(std::string(core::kApiPublisher));
  if (device) event.origin = core::Origin::kDevice;
  return {};
}

Result<Described> described_event(Services& services,
                                  const Call& call,
                                  const json::Object& body,
                                  std::string_view default_name) {
  FLEETHOOK_TRY(const auto id, text_member(body, "event_id"));
  if (id) {
    FLEETHOOK_TRY(core::Event event, kept_event(services, call, *id));
    return Described{std::move(event), true};
  }
  json::Object members;
  if (const json::Value* sent = body.find("event"); sent != nullptr && !sent->is_null()) {
    if (!sent->is_object()) return Error::field("event", "expected an object with name, data and device_id");
    members = sent->as_object();
  }
  Described described;
  core::Event& event = described.event;
  auto read = read_event(members, default_name, services.limits, event);
  if (!read.ok()) return within_event(std::move(read).error());
  const Instant now = services.clock.now();
  event.id = core::EventId::make(now, services.random);
  event.published_at = now;
  // The facts that the server knows of a device, for those who may know them.
  const auto device_id = core::DeviceId::parse(event.publisher);
  if (const core::Device* known = device_id ? seen_device(call, *device_id) : nullptr) {
    event.device = core::traits_of(*known);
  }
  return described;
}

std::string masked(std::string text, const core::NamedValues& values) {
  core::mask(text, values);
  return text;
}

json::Object request_object(const core::OutgoingRequest& request, const core::NamedValues& values, bool credentials) {
  json::Object headers;
  headers.set("Host", masked(request.url.host_header(), values));
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    headers.set(masked(std::string(request.headers.name_at(i)), values),
                masked(std::string(request.headers.value_at(i)), values));
  }
  const std::string url = (request.url.tls ? "https://" : "http://") + request.url.host_header() + request.url.target;
  // For those who may not see them also by their names: short ones are not looked for in texts.
  const json::Object shown =
      shown_settings({{"url", masked(url, values)}, {"headers", std::move(headers)}}, credentials);
  return {{"method", request.method},
          {"url", *shown.find("url")},
          {"headers", *shown.find("headers")},
          {"body", masked(request.body, values)}};
}

// Why a delivery would end before it sent this; "" = it would not. A host with a mask in it is known to the delivery
// only.
std::string why_kept(const core::OutgoingRequest& request, const core::NamedValues& values) {
  if (!values.refusal.empty()) return values.refusal;
  if (request.url.host.find(core::kMask) != std::string::npos) return {};
  const auto* kept = core::kept_from(values, request);
  return kept == nullptr ? std::string() : core::not_sent_to(*kept, request.url.host);
}

// What could not be saved, at a product for this product, is not tried out either.
Result<void> check_saved(const Call& call,
                         const Place& place,
                         const core::Integration& integration,
                         const Limits& limits) {
  auto saved = std::make_shared<core::Integration>(integration);
  if (place.product != nullptr) saved->products = {place.product->id};
  store::Changes changes;
  changes.integrations.push_back({std::move(saved), "previewed", call.user->id});
  return store::check_secret_use(call.catalog->data(), changes, limits);
}

// The request of `integration`, as it runs on the event's product.
json::Object preview_of(const core::Integration& integration,
                        const core::Event& event,
                        const Call& call,
                        Services& services) {
  json::Object preview;
  const auto compiled = core::CompiledIntegration::compile(integration, services.limits);
  if (!compiled.ok()) {
    preview.set("request", nullptr);
    preview.set("error", compiled.error().message);
    return preview;
  }
  const core::NamedValues real = store::named_values(*call.catalog, integration, **compiled, event.product);
  core::NamedValues values = core::with_masks(real);
  const bool credentials = sees_credentials(call);
  if (credentials) values.credentials.clear();  // they stand in the configuration that the caller edits
  core::DeliveryFacts facts;
  facts.delivery = core::delivery_id(event.id, integration.id);
  facts.now = services.clock.now();
  facts.values = &values;
  const core::Product* product = call.catalog->product(event.product);
  const std::string owner = product != nullptr && !product->user.is_none() ? product->user.str() : std::string();
  facts.product_owner = owner;
  const auto request = (*compiled)->build(event, facts);
  std::string kept = request.ok() ? why_kept(*request, values) : std::string();
  if (request.ok() && kept.empty()) {
    if (const auto keys = (*compiled)->check_keys(real); !keys.ok()) kept = keys.error().message;
  }
  if (!kept.empty()) {
    preview.set("request", nullptr);
    preview.set("error", masked(kept, values));
  } else if (request.ok()) {
    preview.set("request", request_object(*request, values, credentials));
    preview.set("error", nullptr);
  } else {
    preview.set("request", nullptr);
    preview.set("error", masked(request.error().message, values));
  }
  return preview;
}

// The integration with unsaved settings over it, when the body has some.
Result<core::IntegrationPtr> with_settings(const core::IntegrationPtr& saved,
                                           const Place& place,
                                           const Call& call,
                                           const json::Object& body,
                                           Services& services,
                                           std::vector<core::Warning>& said) {
  const json::Value* settings = body.find("settings");
  if (settings == nullptr || settings->is_null()) return saved;
  if (!settings->is_object()) return Error::field("settings", "expected an object with members of an integration");
  auto edited = std::make_shared<core::Integration>(*saved);
  FLEETHOOK_TRY(edited->config,
                core::read_config(settings->as_object(), core::EditMode::kMerge, &saved->config, place.scope,
                                  place.webhooks, services.limits, read_help(place, call, said)));
  edited->staged.reset();
  edited->settle();
  return core::IntegrationPtr(std::move(edited));
}

Result<std::vector<core::ProductId>> previewed_products(const Place& place,
                                                        const Call& call,
                                                        const json::Object& body,
                                                        const core::Integration& integration,
                                                        const Described& described) {
  if (place.product != nullptr) return std::vector<core::ProductId>{place.product->id};
  if (place.scope == core::Scope::kSandbox) return std::vector<core::ProductId>{described.event.product};
  return read_products_of(body, integration, *call.catalog);
}

// What `integration` makes of the event on each of the products.
http::Response previews_of(Services& services,
                           const Call& call,
                           const Place& place,
                           const core::IntegrationPtr& integration,
                           const core::Event& described,
                           const std::vector<core::ProductId>& products,
                           std::vector<core::Warning> said) {
  json::Array previews;
  for (const core::ProductId id : products) {
    core::Event event = described;
    event.product = id;
    if (place.scope == core::Scope::kSandbox) event.owner = call.user->id;
    const core::IntegrationPtr& running = core::Integration::running_on(integration, id);
    json::Object item;
    if (const core::Product* product = call.catalog->product(id)) {
      item.set("product_id", product->id.value);
      item.set("slug", product->slug);
      item.set("name", product->name);
    }
    item.set("version", running->version);
    const ingest::Explanation explanation = ingest::explain_one(*call.catalog, event, integration);
    item.set("fires", ingest::fires(explanation.verdict));
    item.set("verdict", ingest::to_text(explanation.verdict));
    item.set("why", explanation.why);
    for (const auto& [name, value] : preview_of(*running, event, call, services)) item.set(name, value);
    put_warnings(item, unknown_names_of(*running, event, *call.catalog, services.limits));
    previews.emplace_back(std::move(item));
  }
  json::Object body{{"previews", std::move(previews)}};
  put_warnings(body, std::move(said), warnings_of(*integration, *call.catalog, call.user));
  return answer(200, std::move(body));
}

Result<http::Response> preview(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr saved, integration_at(place, call));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  // Whoever may not change it has nothing to try out. Who may, sees its credentials: one question.
  const json::Value* settings = body.find("settings");
  const bool has_settings = settings != nullptr && !settings->is_null();
  if (has_settings && !sees_credentials(call)) {
    return Error{Fault::kForbidden,
                 "a preview of settings needs the right to save them: the role Developer or higher, or the scope "
                 "integrations:update"};
  }
  std::vector<core::Warning> said;
  FLEETHOOK_TRY(const core::IntegrationPtr integration, with_settings(saved, place, call, body, services, said));
  FLEETHOOK_TRY(const Described described, described_event(services, call, body, integration->config.event));
  FLEETHOOK_TRY(const auto products, previewed_products(place, call, body, *integration, described));
  if (has_settings) {
    FLEETHOOK_CHECK(check_saved(call, place, *integration, services.limits));
    FLEETHOOK_CHECK(audit_preview(services, call, *integration, true));
  }
  return previews_of(services, call, place, integration, described.event, products, std::move(said));
}

// The integration that creating with `settings` in the body would make, in no catalog.
Result<core::IntegrationPtr> unsaved_integration(const Place& place,
                                                 const Call& call,
                                                 const json::Object& body,
                                                 Services& services,
                                                 std::vector<core::Warning>& said) {
  const json::Value* settings = body.find("settings");
  if (settings == nullptr || !settings->is_object()) {
    return Error::field("settings", "expected an object with the members of an integration");
  }
  auto made = std::make_shared<core::Integration>();
  made->id = core::IntegrationId::make(services.clock.now(), services.random);
  made->scope = place.scope;
  const json::Value* sent = sent_products(body);
  if (place.organization_path) {
    if (sent == nullptr) return Error::field("product_ids", "name the products in which it would execute");
    FLEETHOOK_TRY(made->products, read_products(*sent, *place.organization, *call.catalog));
    made->organization = place.organization->id;
  } else if (place.product != nullptr) {
    if (sent != nullptr) FLEETHOOK_CHECK(check_only(*place.product, *sent));
    made->products = {place.product->id};
    made->organization = place.product->organization;
    if (made->organization.is_none()) made->user = place.product->user;
  } else {
    made->user = call.user->id;
  }
  FLEETHOOK_TRY(made->config, core::read_config(settings->as_object(), core::EditMode::kCreate, nullptr, place.scope,
                                                place.webhooks, services.limits, read_help(place, call, said)));
  made->settle();
  return core::IntegrationPtr(std::move(made));
}

Result<http::Response> preview_unsaved(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  std::vector<core::Warning> said;
  FLEETHOOK_TRY(const core::IntegrationPtr integration, unsaved_integration(place, call, body, services, said));
  FLEETHOOK_TRY(const Described described, described_event(services, call, body, integration->config.event));
  FLEETHOOK_CHECK(check_saved(call, place, *integration, services.limits));
  FLEETHOOK_CHECK(audit_preview(services, call, *integration, false));
  const bool sandbox = place.scope == core::Scope::kSandbox;
  return previews_of(services, call, place, integration, described.event,
                     sandbox ? std::vector{described.event.product} : integration->products, std::move(said));
}

json::Object explanation_object(const ingest::Explanation& one) {
  const core::Integration& integration = *one.integration;
  const char* scope = integration.scope == core::Scope::kSandbox   ? "sandbox"
                      : integration.scope == core::Scope::kProduct ? "product"
                                                                   : "organization";
  return {{"id", integration.id.str()},
          {"name", integration.config.name.value_or(core::default_name(integration.config))},
          {"event", integration.config.event},
          {"scope", scope},
          {"shared", integration.shared()},
          {"version", integration.version},
          {"verdict", ingest::to_text(one.verdict)},
          {"why", one.why}};
}

// Which product the event is of: that of the path, or `product` of the body on an organization's path.
Result<core::ProductId> explained_product(const Call& call, const json::Object& body) {
  if (call.product != nullptr) return call.product->id;
  if (call.organization == nullptr) return core::ProductId();
  const json::Value* sent = body.find("product");
  if (sent == nullptr || sent->is_null())
    return Error::field("product", "name the product that the event is published in");
  FLEETHOOK_TRY(const std::string text, product_text(*sent, "product"));
  const auto product = find_product(*call.catalog, text);
  if (!product.ok() || (*product)->organization != call.organization->id) {
    return Error::field("product", "'" + text + "' is no product of organization " + call.organization->slug);
  }
  return (*product)->id;
}

Result<http::Response> explain(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(Described described, described_event(services, call, body, ""));
  core::Event& event = described.event;
  if (!described.kept) {
    FLEETHOOK_TRY(event.product, explained_product(call, body));
    const auto device_id = core::DeviceId::parse(event.publisher);
    const core::Device* device = device_id ? call.catalog->device(*device_id) : nullptr;
    if (event.product.is_none()) {
      event.owner = call.user->id;
    } else if (device != nullptr && device->product == event.product) {
      event.owner = device->reaches();
    }
  }
  json::Array fire, others;
  for (const ingest::Explanation& one : ingest::explain(*call.catalog, event)) {
    // Somebody else's sandbox is nobody's business, though it may fire.
    if (one.integration->scope == core::Scope::kSandbox && one.integration->user != call.user->id) continue;
    (ingest::fires(one.verdict) ? fire : others).emplace_back(explanation_object(one));
  }
  return answer(200, json::Object{{"event", json::Object{{"name", event.name}, {"coreid", event.publisher}}},
                                  {"fires", std::move(fire)},
                                  {"others", std::move(others)}});
}

}  // namespace

std::vector<Route> preview_routes() {
  static constexpr PlacePattern kPreviews[] = {
      {"/v1/integrations/:id/preview", true},
      {"/v1/products/:product/integrations/:id/preview"},
      {"/v1/orgs/:organization/integrations/:id/preview"},
  };
  static constexpr PlacePattern kUnsaved[] = {
      {"/v1/integrations/preview", true},
      {"/v1/products/:product/integrations/preview"},
      {"/v1/orgs/:organization/integrations/preview"},
  };
  static constexpr PlacePattern kExplains[] = {
      {"/v1/explain", true},
      {"/v1/products/:product/explain"},
      {"/v1/orgs/:organization/explain"},
  };
  std::vector<Route> routes;
  for (const PlacePattern& at : kPreviews) {
    routes.push_back(
        {.method = "POST",
         .pattern = at.pattern,
         .permission = needed_at(at, Permission::kIntegrationsGet),
         .on_pool = preview,
         .summary =
             "The exact request that an event would make, for each product, with masks for secrets; nothing is sent. "
             "`settings` previews an edit before it is saved, which needs the right to make it.",
         .request = "PreviewRequest",
         .response = "Previews"});
  }
  for (const PlacePattern& at : kUnsaved) {
    routes.push_back({.method = "POST",
                      .pattern = at.pattern,
                      .permission = needed_at(at, Permission::kIntegrationsCreate),
                      .on_pool = preview_unsaved,
                      .summary =
                          "The exact request that an event would make if an integration were created with `settings`, "
                          "for each product; nothing is sent or saved.",
                      .request = "UnsavedPreviewRequest",
                      .response = "Previews"});
  }
  for (const PlacePattern& at : kExplains) {
    routes.push_back({.method = "POST",
                      .pattern = at.pattern,
                      .permission = needed_at(at, Permission::kIntegrationsList),
                      .on_pool = explain,
                      .summary = "Which integrations an event would fire, and why not the others.",
                      .request = "ExplainRequest",
                      .response = "Explanations"});
  }
  return routes;
}

}  // namespace fleethook::api
