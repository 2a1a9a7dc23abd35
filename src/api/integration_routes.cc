// Integrations in the three scopes, as /integrations and, restricted to type Webhook, as /webhooks: create, list, get,
// replace, merge, delete.
#include <string>
#include <utility>

#include "api/answers.h"
#include "api/egress_warning.h"
#include "api/integration_input.h"
#include "api/integration_place.h"
#include "api/pages.h"
#include "api/permissions.h"
#include "api/product_set.h"
#include "api/waiting.h"

namespace fleethook::api {
namespace {

Result<http::Response> list(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  const ViewOptions options = view_options(services, call, place);
  const std::string etag = list_etag(services, call, options.now);
  if (auto known = not_modified(call, etag)) return std::move(*known);
  FLEETHOOK_TRY(const auto page, asked_page(call, services.limits));
  const auto all = integrations_at(place, call);
  std::string items = "[";
  for (const core::IntegrationPtr& integration : page ? page->of(all) : all) {
    if (items.size() > 1) items += ',';
    append_list_item(*integration, options, items);
    if (items.size() > services.limits.list_bytes_max) return list_too_long(services.limits);
  }
  items += ']';
  http::Response response = http::Response::json(200, std::move(items));
  response.headers.set("X-Total-Count", std::to_string(all.size()));
  set_list_etag(response, etag);
  return response;
}

Result<http::Response> create(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  std::vector<core::Warning> said;
  FLEETHOOK_TRY(const sharing::Creation creation, read_creation(services, place, call, body, said));
  FLEETHOOK_TRY(const sharing::Created made, sharing::create(services.store, call.actor(), creation));
  const store::CatalogPtr now = services.store.catalog();
  warn_of_egress(*made.integration, services, said);
  ViewOptions options{services.store,
                      *now,
                      services.clock.now(),
                      services.settings.base_url + place.base_path,
                      place.product,
                      place.organization_path,
                      call.user,
                      sees_credentials(call),
                      services.queue.waiting()};
  json::Object view = created_view(*made.integration, options, std::move(said));
  if (creation.through_product && place.organization != nullptr) view.set("joined", made.joined);
  http::Response response = answer(201, std::move(view));
  set_etag(response, *made.integration);
  return response;
}

Result<http::Response> get(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_to_show(place, call, services.clock.now()));
  FLEETHOOK_TRY(json::Object view, detail_view(*integration, view_options(services, call, place)));
  http::Response response = answer(200, json::Object{{"integration", std::move(view)}});
  set_etag(response, *integration);
  return response;
}

Result<http::Response> change(Services& services, Call& call, core::EditMode mode) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr found, integration_to_show(place, call, services.clock.now()));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const sharing::Request request, request_of(call, body));
  sharing::Edit edit;
  edit.products = [&](const core::Integration& current) {
    return edited_products(body, place, current, *call.catalog);
  };
  std::vector<core::Warning> said;
  const core::ReadHelp help = read_help(place, call, said);
  edit.config = [&](const core::IntegrationConfig& current) {
    said.clear();
    return core::read_config(body, mode, &current, place.scope, place.webhooks, services.limits, help);
  };
  const auto changed = sharing::edit(services.store, request, target_of(place, found->id), edit);
  if (!changed.ok()) {
    return sharing_refusal(services, call,
                           all_wrong_with_edit(services, place, call, body, mode, *found, changed.error()));
  }
  if ((*changed)->config.disabled) services.take_effect();
  return integration_answer(200, services, call, **changed, std::move(said));
}

Result<http::Response> replace(Services& services, Call& call) {
  return change(services, call, core::EditMode::kReplace);
}
Result<http::Response> merge(Services& services, Call& call) {
  return change(services, call, core::EditMode::kMerge);
}

Result<http::Response> remove(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr found, integration_to_show(place, call, services.clock.now()));
  // Clients send all kinds of bodies here; only If-Match counts.
  FLEETHOOK_TRY(const sharing::Request request, request_of(call, {}));
  const auto removed = sharing::remove(services.store, request, target_of(place, found->id));
  if (!removed.ok()) return sharing_refusal(services, call, removed.error());
  const std::uint64_t cancelled = cancelled_with(services.queue, *services.store.catalog(), {found->number});
  services.take_effect();
  return answer(200, json::Object{{"ok", true}, {"cancelled", cancelled}});
}

}  // namespace

std::vector<Route> integration_routes() {
  // The patterns live as long as the program: string literals, spelled out for the three scopes and both names.
  struct Base {
    std::string_view list, one;
    bool sandbox = false, webhooks = false;
  };
  static constexpr Base kBases[] = {
      {"/v1/integrations", "/v1/integrations/:id", true},
      {"/v1/webhooks", "/v1/webhooks/:id", true, true},
      {"/v1/products/:product/integrations", "/v1/products/:product/integrations/:id"},
      {"/v1/products/:product/webhooks", "/v1/products/:product/webhooks/:id", false, true},
      {"/v1/orgs/:organization/integrations", "/v1/orgs/:organization/integrations/:id"},
      {"/v1/orgs/:organization/webhooks", "/v1/orgs/:organization/webhooks/:id", false, true},
  };
  std::vector<Route> routes;
  for (const Base& base : kBases) {
    // One's own sandbox is closed to API users as a whole.
    const auto needs = [&](Permission permission) { return base.sandbox ? Permission::kSandbox : permission; };
    routes.push_back({.method = "GET",
                      .pattern = base.list,
                      .permission = needs(Permission::kIntegrationsList),
                      .on_pool = list,
                      .summary = "List integrations with today's counters; X-Total-Count says how many there are.",
                      .response = "Integrations",
                      .query = page_parameters(),
                      .webhooks = base.webhooks});
    routes.push_back(
        {.method = "POST",
         .pattern = base.list,
         .permission = needs(Permission::kIntegrationsCreate),
         .on_pool = create,
         .summary = "Create an integration; at an organization, product_ids names its products. In a product it joins "
                    "an identical one of the organization, if these are grouped.",
         .request = "IntegrationNew",
         .response = "IntegrationCreated",
         .takes_key = true,
         .webhooks = base.webhooks});
    routes.push_back({.method = "GET",
                      .pattern = base.one,
                      .permission = needs(Permission::kIntegrationsGet),
                      .on_pool = get,
                      .summary = "One integration with 30 days of counters, logs and errors.",
                      .response = "IntegrationAnswer",
                      .webhooks = base.webhooks});
    routes.push_back({.method = "PUT",
                      .pattern = base.one,
                      .permission = needs(Permission::kIntegrationsUpdate),
                      .on_pool = replace,
                      .summary = "Replace the configuration; members left out go back to their defaults.",
                      .request = "IntegrationSettings",
                      .response = "IntegrationChanged",
                      .webhooks = base.webhooks});
    routes.push_back({.method = "PATCH",
                      .pattern = base.one,
                      .permission = needs(Permission::kIntegrationsUpdate),
                      .on_pool = merge,
                      .summary =
                          "Change the members that are sent; null resets one to its default. headers, query, form and "
                          "auth are changed member by member, where null takes one away; json and lists are replaced.",
                      .request = "IntegrationSettings",
                      .response = "IntegrationChanged",
                      .webhooks = base.webhooks});
    routes.push_back(
        {.method = "DELETE",
         .pattern = base.one,
         .permission = needs(Permission::kIntegrationsRemove),
         .on_pool = remove,
         .summary =
             "Delete it: what waits ends as cancelled. On a product's path of a shared one, only that product leaves, "
             "and what was accepted for it is carried on.",
         .response = "Deleted",
         .webhooks = base.webhooks});
  }
  return routes;
}

}  // namespace fleethook::api
