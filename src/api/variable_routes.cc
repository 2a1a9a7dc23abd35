// Variables: the texts of {{{product.vars.NAME}}}, of organizations, products, and integrations on one product.
#include <utility>

#include "api/answers.h"
#include "api/integration_place.h"
#include "api/router.h"
#include "core/template.h"
#include "store/named_values.h"

namespace fleethook::api {
namespace {

// What a path means. `product` is null for an organization.
struct VariablesPlace {
  store::VariablesOwner owner;
  const core::Product* product = nullptr;
};

Result<VariablesPlace> organization_place(const Call& call) {
  return VariablesPlace{store::VariablesOwner::of(call.organization->id), nullptr};
}

Result<VariablesPlace> product_place(const Call& call) {
  return VariablesPlace{store::VariablesOwner::of(call.product->id), call.product};
}

// An integration of the organization on one of its products.
Result<VariablesPlace> placement_place(const Call& call) {
  FLEETHOOK_CHECK(place_of(call));  // the organization's plan
  const std::string& text = call.path("id");
  const auto id = core::IntegrationId::parse(text);
  const core::IntegrationPtr integration = id ? call.catalog->integration(*id) : nullptr;
  if (integration == nullptr || integration->organization != call.organization->id) {
    return Error{Fault::kNotFound, "there is no integration '" + text + "'"};
  }
  if (!integration->on(call.product->id)) {
    return Error{Fault::kNotFound, "the integration does not run on product '" + call.path("product") + "'"};
  }
  return VariablesPlace{store::VariablesOwner::of(integration->number, call.product->id), call.product};
}

json::Object texts_object(const store::Variables* variables) {
  json::Object object;
  if (variables == nullptr) return object;
  for (const auto& [name, text] : *variables) object.set(name, text);
  return object;
}

http::Response shown(const VariablesPlace& place, const store::Catalog& catalog) {
  json::Object body{{"variables", texts_object(catalog.variables(place.owner))}};
  if (place.product != nullptr) {
    json::Object effective;
    for (auto& variable : store::effective_variables(catalog, place.product->id, place.owner.integration)) {
      effective.set(variable.name, json::Object{{"value", variable.text}, {"from", store::to_text(variable.from)}});
    }
    body.set("effective", std::move(effective));
  }
  return answer(200, std::move(body));
}

// Texts as they are; numbers and booleans as templates print them; null removes.
Result<store::VariablesEdit> read_edit(const Call& call, const Limits& limits) {
  FLEETHOOK_TRY(const json::Object body, call.body(limits));
  const json::Value* variables = body.find("variables");
  if (variables == nullptr || !variables->is_object()) {
    return Error::field("variables", R"(expected an object of names and texts, as {"api_host": "a.example"})");
  }
  store::VariablesEdit edit;
  for (const auto& [name, value] : variables->as_object()) {
    if (value.is_array() || value.is_object()) return Error::field("variables." + name, "expected text");
    std::optional<std::string>& text = edit.texts[name];
    if (value.is_null()) continue;
    core::append_as_text(value, text.emplace());
  }
  return edit;
}

using FindPlace = Result<VariablesPlace> (*)(const Call&);

template <FindPlace find>
Result<http::Response> get(Services&, Call& call) {
  FLEETHOOK_TRY(const VariablesPlace place, find(call));
  return shown(place, *call.catalog);
}

template <FindPlace find, bool replaces>
Result<http::Response> set(Services& services, Call& call) {
  FLEETHOOK_TRY(const VariablesPlace place, find(call));
  FLEETHOOK_TRY(store::VariablesEdit edit, read_edit(call, services.limits));
  edit.replace = replaces;
  FLEETHOOK_CHECK(services.store.set_variables(place.owner, std::move(edit), {call.user->id, call.user->username}));
  return shown(place, *services.store.catalog());
}

template <FindPlace find>
void add(std::string_view pattern, std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .pattern = pattern,
                    .permission = Permission::kVariablesGet,
                    .on_pool = get<find>,
                    .summary = "Variables for {{{product.vars.NAME}}} in templates.",
                    .response = "Variables"});
  routes.push_back({.method = "PUT",
                    .pattern = pattern,
                    .permission = Permission::kVariablesUpdate,
                    .on_pool = set<find, true>,
                    .summary = "Replace all variables.",
                    .request = "VariablesChange",
                    .response = "Variables"});
  routes.push_back({.method = "PATCH",
                    .pattern = pattern,
                    .permission = Permission::kVariablesUpdate,
                    .on_pool = set<find, false>,
                    .summary = "Set the variables that are sent; null removes one.",
                    .request = "VariablesChange",
                    .response = "Variables"});
}

}  // namespace

std::vector<Route> variable_routes() {
  std::vector<Route> routes;
  add<organization_place>("/v1/orgs/:organization/variables", routes);
  add<product_place>("/v1/products/:product/variables", routes);
  add<placement_place>("/v1/orgs/:organization/integrations/:id/products/:product/variables", routes);
  return routes;
}

}  // namespace fleethook::api
