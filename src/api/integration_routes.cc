// Integrations in the three scopes, as /integrations and, restricted to type Webhook, as /webhooks: create, list, get, replace, merge,
// delete, test.
#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "api/answers.h"
#include "api/integration_views.h"
#include "api/router.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

// What the path says about where an integration lives.
struct Place {
  core::Scope scope = core::Scope::kSandbox;
  bool webhooks = false;                                 // .../webhooks instead of .../integrations
  const core::Product* product = nullptr;                // product paths
  const core::Organization* organization = nullptr;      // organization paths; also the product's, when it has one
  bool organization_path = false;
  std::string base_path;                                 // "/v1/products/10001"
  std::string id;                                        // last parameter, "" on the list
};

Error plan_required(const core::Organization& organization) {
  return {Fault::kForbidden,
          "organization integrations need one of the plans basic, plus, enterprise; " + organization.slug + " is on " +
              std::string(core::to_text(organization.plan)),
          "plan_required"};
}

// The nth segment of a path, counted from 0; "" behind the last.
std::string_view segment(std::string_view path, int n) {
  for (; n > 0 && !path.empty(); --n) path.remove_prefix(std::min(path.size(), path.find('/', 1)));
  if (path.empty()) return path;
  path.remove_prefix(1);
  return path.substr(0, path.find('/'));
}

Result<Place> place_of(const Call& call) {
  Place place;
  const std::string_view path = call.request.path();
  std::size_t used = 0;
  if (path.starts_with("/v1/products/")) {
    place.product = call.product;
    place.scope = core::Scope::kProduct;
    if (call.organization != nullptr) {
      place.organization = call.organization;
      place.scope = core::Scope::kOrganization;
    }
    place.base_path = "/v1/products/" + std::to_string(place.product->id.value);
    used = 1;
  } else if (path.starts_with("/v1/orgs/")) {
    place.organization = call.organization;
    if (place.organization->plan == core::Plan::kFree) return plan_required(*place.organization);
    place.scope = core::Scope::kOrganization;
    place.organization_path = true;
    place.base_path = "/v1/orgs/" + place.organization->slug;
    used = 1;
  } else {
    place.base_path = "/v1";
  }
  place.webhooks = segment(path, used == 0 ? 1 : 3) == "webhooks";
  if (call.parameters.size() > used) place.id = call.parameters[used];
  return place;
}

bool shown_at(const core::Integration& integration, const Place& place, const Call& call) {
  if (place.webhooks && integration.config.type != core::IntegrationType::kWebhook) return false;
  if (place.product != nullptr) return integration.on(place.product->id);
  if (place.organization != nullptr) return integration.organization == place.organization->id;
  return integration.scope == core::Scope::kSandbox && integration.user == call.user->id;
}

Result<core::IntegrationPtr> integration_at(const Place& place, const Call& call) {
  const auto id = core::IntegrationId::parse(place.id);
  core::IntegrationPtr integration = id ? call.catalog->integration(*id) : nullptr;
  if (integration == nullptr || !shown_at(*integration, place, call)) {
    return Error{Fault::kNotFound, std::string(place.webhooks ? "Webhook" : "Integration") + " not found: '" + place.id + "'."};
  }
  return integration;
}

ViewOptions view_options(Services& services, const Call& call, const Place& place) {
  ViewOptions options{services.store, *call.catalog, services.clock.now(), services.settings.base_url + place.base_path, place.product,
                      place.organization_path};
  return options;
}

// --- the product set -------------------------------------------------------------------------------------------------------------------

Error unknown_product(std::string_view text, const core::Organization& organization) {
  return Error::field("product_ids", "'" + std::string(text) + "' is no product of organization " + organization.slug);
}

// One entry: a number, a slug, or an object with id or slug.
Result<std::string> product_text(const json::Value& item) {
  if (item.is_int()) return std::to_string(item.as_int());
  if (item.is_string()) return item.as_string();
  if (item.is_object()) {
    for (const char* member : {"id", "slug"}) {
      if (const json::Value* value = item.find(member); value != nullptr && !value->is_null()) return product_text(*value);
    }
  }
  return Error::field("product_ids", "expected product ids or slugs");
}

// Explicit products only; no wildcard, none twice, all of this organization.
Result<std::vector<core::ProductId>> read_products(const json::Value& sent, const core::Organization& organization,
                                                   const store::Catalog& catalog) {
  const json::Array single{sent};
  const json::Array& items = sent.is_array() ? sent.as_array() : single;
  if (items.empty()) return Error::field("product_ids", "select at least one product");
  std::vector<core::ProductId> products;
  for (const json::Value& item : items) {
    FLEETHOOK_TRY(const std::string text, product_text(item));
    if (text == "*" || text == "all") {
      return Error::field("product_ids", "there is no wildcard: name each product in which the integration will execute");
    }
    const auto product = find_product(catalog, text);
    if (!product.ok() || (*product)->organization != organization.id) return unknown_product(text, organization);
    if (std::find(products.begin(), products.end(), (*product)->id) != products.end()) {
      return Error::field("product_ids", "'" + text + "' stands there twice");
    }
    products.push_back((*product)->id);
  }
  std::sort(products.begin(), products.end());
  return products;
}

// On a product's path the set is that product, whatever is sent: anything else would do less, or more, than the sender means.
Result<void> check_only(const core::Product& product, const json::Value& sent) {
  const json::Array single{sent};
  const json::Array& items = sent.is_array() ? sent.as_array() : single;
  bool is_it = items.size() == 1;
  if (is_it) {
    FLEETHOOK_TRY(const std::string text, product_text(items.front()));
    is_it = text == product.slug || text == std::to_string(product.id.value);
  }
  if (is_it) return {};
  return Error::field("product_ids", "can only be " + product.slug + " on this product's path; the organization's path sets the products");
}

const json::Value* sent_products(const json::Object& body) {
  for (const char* name : {"product_ids", "products"}) {
    if (const json::Value* value = body.find(name); value != nullptr && !value->is_null()) return value;
  }
  return nullptr;
}

// --- handlers --------------------------------------------------------------------------------------------------------------------------

Result<http::Response> list(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  std::vector<core::IntegrationPtr> found;
  if (place.product != nullptr) {
    found = call.catalog->integrations_of(place.product->id);
  } else if (place.organization != nullptr) {
    found = call.catalog->integrations_of(place.organization->id);
  } else {
    found = call.catalog->sandbox_integrations_of(call.user->id);
  }
  const ViewOptions options = view_options(services, call, place);
  json::Array items;
  for (const core::IntegrationPtr& integration : found) {
    if (shown_at(*integration, place, call)) items.push_back(list_item(*integration, options));
  }
  return answer(200, std::move(items));
}

Result<http::Response> create(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  store::NewIntegration wanted;
  wanted.scope = place.scope;
  wanted.created_by = call.user->id;
  if (place.organization_path) {
    const json::Value* products = sent_products(body);
    if (products == nullptr) {
      return Error::field("product_ids", "name the product or products in which the integration will execute (ids or slugs)");
    }
    FLEETHOOK_TRY(wanted.products, read_products(*products, *place.organization, *call.catalog));
    wanted.organization = place.organization->id;
  } else if (place.product != nullptr) {
    if (const json::Value* products = sent_products(body)) FLEETHOOK_CHECK(check_only(*place.product, *products));
    wanted.products = {place.product->id};
    wanted.organization = place.product->organization;
    if (wanted.organization.is_none()) wanted.user = place.product->user;
  } else {
    wanted.user = call.user->id;
  }
  FLEETHOOK_TRY(wanted.config, core::read_config(body, core::EditMode::kCreate, nullptr, place.scope, place.webhooks, services.limits));
  FLEETHOOK_TRY(const core::IntegrationPtr made, services.store.create_integration(std::move(wanted)));
  return answer(201, created_view(*made, view_options(services, call, place)));
}

Result<http::Response> get(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_at(place, call));
  FLEETHOOK_TRY(json::Object view, detail_view(*integration, view_options(services, call, place)));
  return answer(200, json::Object{{"integration", std::move(view)}});
}

// A change on a product's path would reach the other products: it is refused, and the way out is named.
Error shared_integration(const core::Integration& integration, const Place& place, const store::Catalog& catalog) {
  std::string names;
  for (const core::ProductId id : integration.products) {
    const core::Product* product = catalog.product(id);
    if (!names.empty()) names += ", ";
    names += product != nullptr ? product->slug : std::to_string(id.value);
  }
  return {Fault::kConflict,
          "this integration is shared by the products " + names + "; edit it at /v1/orgs/" +
              (place.organization != nullptr ? place.organization->slug : std::string()) + "/integrations/" + integration.id.str() +
              " for all of them",
          "shared_integration"};
}

http::Response shared_answer(const Error& error, const core::Integration& integration, const store::Catalog& catalog) {
  return error_answer(error, {{"products", product_objects(integration, catalog)}});
}

// Makes an edit from the current state and stores it. When the sender named no version and somebody else's edit came in between, it is
// made again from the newer state: neither is lost.
Result<core::IntegrationPtr> edit_current(Services& services, const core::IntegrationId& id,
                                          const std::function<Result<store::IntegrationEdit>(const core::Integration&)>& make) {
  constexpr int kTriesMax = 10;
  for (int tries = 1;; ++tries) {
    const core::IntegrationPtr current = services.store.catalog()->integration(id);
    if (current == nullptr) return Error{Fault::kNotFound, "Integration not found: '" + id.str() + "'."};
    FLEETHOOK_TRY(store::IntegrationEdit edit, make(*current));
    const bool named_by_sender = edit.expected_version.has_value();
    if (!named_by_sender) edit.expected_version = current->version;
    auto stored = services.store.update_integration(id, std::move(edit));
    if (stored.ok() || named_by_sender || stored.error().code != "version_mismatch" || tries == kTriesMax) return stored;
  }
}

// What an edit makes of the product set: what was sent on an organization's path, else what is there.
Result<std::vector<core::ProductId>> edited_products(const json::Object& body, const Place& place, const core::Integration& current,
                                                     const store::Catalog& catalog) {
  const json::Value* sent = sent_products(body);
  if (sent == nullptr || place.scope == core::Scope::kSandbox) return current.products;
  if (!place.organization_path) {
    FLEETHOOK_CHECK(check_only(*place.product, *sent));
    return current.products;
  }
  if (sent->is_array() && sent->as_array().empty()) {
    Error error = Error::field("product_ids", "an integration needs at least one product; to stop it, disable or delete it");
    error.code = "last_product";
    return error;
  }
  return read_products(*sent, *place.organization, catalog);
}

Result<std::optional<std::uint32_t>> sent_version(const json::Object& body) {
  FLEETHOOK_TRY(const auto version, int_member(body, "version"));
  if (!version) return std::optional<std::uint32_t>();
  if (*version < 1 || *version > std::numeric_limits<std::uint32_t>::max()) return Error::field("version", "expected a version, from 1 on");
  return std::optional(static_cast<std::uint32_t>(*version));
}

Result<http::Response> change(Services& services, Call& call, core::EditMode mode) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr found, integration_at(place, call));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  auto changed = edit_current(services, found->id, [&](const core::Integration& current) -> Result<store::IntegrationEdit> {
    if (place.product != nullptr && current.shared()) return shared_integration(current, place, *call.catalog);
    store::IntegrationEdit edit;
    edit.by = call.user->id;
    FLEETHOOK_TRY(edit.products, edited_products(body, place, current, *call.catalog));
    FLEETHOOK_TRY(edit.expected_version, sent_version(body));
    FLEETHOOK_TRY(edit.config, core::read_config(body, mode, &current.config, place.scope, place.webhooks, services.limits));
    return edit;
  });
  if (!changed.ok() && changed.error().code == "shared_integration") return shared_answer(changed.error(), *found, *call.catalog);
  if (!changed.ok()) return std::move(changed).error();
  return answer(200, json::Object{{"integration", list_item(**changed, view_options(services, call, place))}});
}

Result<http::Response> replace(Services& services, Call& call) { return change(services, call, core::EditMode::kReplace); }
Result<http::Response> merge(Services& services, Call& call) { return change(services, call, core::EditMode::kMerge); }

Result<http::Response> remove(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_at(place, call));
  if (place.product != nullptr && integration->shared()) {
    // Only this product leaves; the others keep it.
    FLEETHOOK_CHECK(edit_current(services, integration->id, [&](const core::Integration& current) -> Result<store::IntegrationEdit> {
      store::IntegrationEdit edit{current.config, current.products, std::nullopt, call.user->id};
      std::erase(edit.products, place.product->id);
      if (edit.products.empty()) return Error{Fault::kConflict, "the other products have left this integration meanwhile; delete it again"};
      return edit;
    }));
    return ok_true();
  }
  FLEETHOOK_CHECK(services.store.delete_integration(integration->id));
  return ok_true();
}

// --- test ------------------------------------------------------------------------------------------------------------------------------

Result<core::Event> test_event(const Call& call, const Place& place, const core::Integration& integration, Services& services) {
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
  event.owner = integration.scope == core::Scope::kSandbox ? call.user->id : core::UserId{};
  if (place.product != nullptr) {
    event.product = place.product->id;
  } else if (place.organization_path) {
    event.product = integration.products.front();
    if (const json::Value* wanted = body.find("product_id"); wanted != nullptr && !wanted->is_null()) {
      FLEETHOOK_TRY(const std::string text, product_text(*wanted));
      const auto product = find_product(*call.catalog, text);
      if (!product.ok() || !integration.on((*product)->id)) {
        return Error::field("product_id", "'" + text + "' is not one of the products of this integration");
      }
      event.product = (*product)->id;
    }
  }
  return event;
}

void test(Services& services, LoopServices& loop, Call call, std::shared_ptr<http::Responder> responder) {
  const auto send = [](const std::shared_ptr<http::Responder>& to, http::Response response) {
    response.headers.set("Access-Control-Allow-Origin", "*");
    to->respond(std::move(response));
  };
  auto prepared = [&]() -> Result<std::pair<core::IntegrationPtr, core::Event>> {
    FLEETHOOK_TRY(const Place place, place_of(call));
    FLEETHOOK_TRY(core::IntegrationPtr integration, integration_at(place, call));
    FLEETHOOK_TRY(core::Event event, test_event(call, place, *integration, services));
    return std::pair(std::move(integration), std::move(event));
  }();
  if (!prepared.ok()) return send(responder, error_answer(prepared.error()));
  loop.dispatcher.test(std::move(prepared->first), std::move(prepared->second), [responder, send](const delivery::TestResult& result) {
    json::Object body{{"pass", result.pass}};
    if (result.pass) {
      body.set("data", result.data.empty() ? json::Value() : json::Value(result.data));
    } else {
      body.set("error", result.error);
    }
    send(responder, answer(200, std::move(body)));
  });
}

}  // namespace

std::vector<Route> integration_routes() {
  // The patterns live as long as the program: string literals, spelled out for the three scopes and both names.
  struct Base {
    std::string_view list, one, test;
  };
  static constexpr Base kBases[] = {
      {"/v1/integrations", "/v1/integrations/:id", "/v1/integrations/:id/test"},
      {"/v1/webhooks", "/v1/webhooks/:id", "/v1/webhooks/:id/test"},
      {"/v1/products/:product/integrations", "/v1/products/:product/integrations/:id", "/v1/products/:product/integrations/:id/test"},
      {"/v1/products/:product/webhooks", "/v1/products/:product/webhooks/:id", "/v1/products/:product/webhooks/:id/test"},
      {"/v1/orgs/:organization/integrations", "/v1/orgs/:organization/integrations/:id", "/v1/orgs/:organization/integrations/:id/test"},
      {"/v1/orgs/:organization/webhooks", "/v1/orgs/:organization/webhooks/:id", "/v1/orgs/:organization/webhooks/:id/test"},
  };
  std::vector<Route> routes;
  for (const Base& base : kBases) {
    // One's own sandbox is closed to API users as a whole.
    const auto needs = [sandbox = base.list.find(':') == std::string_view::npos](Permission permission) { return sandbox ? Permission::kSandbox : permission; };
    routes.push_back({"GET", base.list, needs(Permission::kIntegrationsList), list, nullptr, "List integrations with today's counters."});
    routes.push_back({"POST", base.list, needs(Permission::kIntegrationsCreate), create, nullptr, "Create an integration; at an organization, product_ids names its products."});
    routes.push_back({"GET", base.one, needs(Permission::kIntegrationsGet), get, nullptr, "One integration with 30 days of counters, logs and errors."});
    routes.push_back({"PUT", base.one, needs(Permission::kIntegrationsUpdate), replace, nullptr, "Replace the configuration; members left out go back to their defaults."});
    routes.push_back({"PATCH", base.one, needs(Permission::kIntegrationsUpdate), merge, nullptr, "Change the members that are sent; null resets one to its default."});
    routes.push_back({"DELETE", base.one, needs(Permission::kIntegrationsRemove), remove, nullptr, "Delete it; on a product's path of a shared one, only that product leaves."});
    routes.push_back({"POST", base.test, needs(Permission::kIntegrationsTest), nullptr, test, "Send one real test request, counted and logged, without retries."});
  }
  return routes;
}

}  // namespace fleethook::api
