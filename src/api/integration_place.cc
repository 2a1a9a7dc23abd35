#include "api/integration_place.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "api/answers.h"
#include "api/egress_warning.h"
#include "api/integration_warnings.h"
#include "api/permissions.h"
#include "api/product_set.h"
#include "api/product_sight.h"
#include "base/text.h"
#include "http/negotiate.h"
#include "sharing/rules.h"

namespace fleethook::api {
namespace {

Error plan_required(const core::Organization& organization) {
  return {Fault::kForbidden,
          "organization integrations need one of the plans basic, plus, enterprise; " + organization.slug + " is on " +
              std::string(core::to_text(organization.plan)),
          "plan_required"};
}

Error not_found(const Place& place) {
  return {Fault::kNotFound,
          std::string(place.webhooks ? "Webhook" : "Integration") + " not found: '" + place.id + "'."};
}

Result<std::optional<std::uint32_t>> read_version(std::string_view field, std::int64_t version) {
  if (version >= 1 && version <= std::numeric_limits<std::uint32_t>::max()) {
    return std::optional(static_cast<std::uint32_t>(version));
  }
  return Error::field(std::string(field), "expected a version, from 1 on");
}

// "7", 7, W/"7" or *.
Result<std::optional<std::uint32_t>> read_if_match(std::string_view text) {
  text = trim_spaces(text);
  if (text.empty() || text == "*") return std::optional<std::uint32_t>();
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::int64_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (status != std::errc() || end != text.data() + text.size()) {
    return Error::field("If-Match", "expected the ETag of one version, for example \"7\"");
  }
  return read_version("If-Match", number);
}

}  // namespace

Result<Place> place_of(const Call& call) {
  Place place;
  switch (call.route->base) {
    case PathBase::kProduct:
      place.product = call.product;
      place.organization = call.organization;
      place.scope = place.organization != nullptr ? core::Scope::kOrganization : core::Scope::kProduct;
      place.base_path = "/v1/products/" + std::to_string(place.product->id.value);
      break;
    case PathBase::kOrganization:
      place.organization = call.organization;
      if (place.organization->plan == core::Plan::kFree) return plan_required(*place.organization);
      place.scope = core::Scope::kOrganization;
      place.organization_path = true;
      place.base_path = "/v1/orgs/" + place.organization->slug;
      break;
    case PathBase::kOwn:
      place.base_path = "/v1";
      break;
  }
  place.webhooks = call.route->webhooks;
  if (const std::string* id = call.find_in_path("id")) place.id = *id;
  return place;
}

bool shown_at(const core::Integration& integration, const Place& place, const Call& call) {
  if (place.webhooks && integration.config.type != core::IntegrationType::kWebhook) return false;
  if (place.product != nullptr) return integration.on(place.product->id);
  if (place.organization != nullptr) return integration.organization == place.organization->id;
  return integration.scope == core::Scope::kSandbox && integration.user == call.user->id;
}

std::vector<core::IntegrationPtr> integrations_at(const Place& place, const Call& call) {
  std::vector<core::IntegrationPtr> found;
  if (place.product != nullptr) {
    found = call.catalog->integrations_of(place.product->id);
  } else if (place.organization != nullptr) {
    found = call.catalog->integrations_of(place.organization->id);
  } else {
    found = call.catalog->sandbox_integrations_of(call.user->id);
  }
  std::erase_if(found, [&](const core::IntegrationPtr& integration) { return !shown_at(*integration, place, call); });
  return found;
}

// The numbers may have changed since, never the other way round: who comes later gets them again.
std::string list_etag(Services& services, const Call& call, Instant now) {
  return "\"" + std::to_string(call.catalog->revision()) + "-" + std::to_string(services.store.numbers_revision()) +
         "-" + std::to_string(services.store.open_outages().revision()) + "-" +
         std::to_string(services.queue.waiting_revision()) + "-" + std::to_string(utc_day(now)) + "-" +
         call.user->id.str() + "\"";
}

void set_list_etag(http::Response& response, const std::string& etag) {
  response.headers.set("ETag", etag);
  response.headers.set("Cache-Control", "private, no-cache");
}

std::optional<http::Response> not_modified(const Call& call, const std::string& etag) {
  if (!http::names_etag(call.request.headers.get("if-none-match"), etag)) return std::nullopt;
  http::Response response;
  response.status = 304;
  set_list_etag(response, etag);
  return response;
}

Result<core::IntegrationPtr> integration_at(const Place& place, const Call& call) {
  const auto id = core::IntegrationId::parse(place.id);
  core::IntegrationPtr integration = id ? call.catalog->integration(*id) : nullptr;
  if (integration != nullptr && shown_at(*integration, place, call)) return integration;
  return not_found(place);
}

Result<core::IntegrationPtr> integration_to_show(const Place& place, const Call& call, Instant now) {
  const auto id = core::IntegrationId::parse(place.id);
  const core::IntegrationPtr closed = id ? call.catalog->closed_integration(*id) : nullptr;
  const bool shown = closed != nullptr && closed->closed_at + store::kMergedShownFor > now;
  if (shown && shown_at(*closed, place, call)) return closed;
  return integration_at(place, call);
}

Result<std::vector<core::ProductId>> products_meant(const Place& place,
                                                    const json::Object& body,
                                                    const core::Integration& integration,
                                                    const store::Catalog& catalog) {
  const json::Value* sent = sent_products(body);
  if (place.scope == core::Scope::kSandbox) {
    if (sent != nullptr) return Error::field("product_ids", "a sandbox integration has no products");
    return std::vector<core::ProductId>{{}};
  }
  if (place.product == nullptr) return read_products_of(body, integration, catalog);
  if (sent != nullptr) FLEETHOOK_CHECK(check_only(*place.product, *sent));
  return std::vector<core::ProductId>{place.product->id};
}

ViewOptions view_options(Services& services, const Call& call, const Place& place) {
  return {services.store,
          *call.catalog,
          services.clock.now(),
          services.settings.base_url + place.base_path,
          place.product,
          place.organization_path,
          call.user,
          sees_credentials(call),
          services.queue.waiting()};
}

Result<sharing::Request> request_of(const Call& call, const json::Object& body) {
  sharing::Request request;
  request.by = call.actor();
  FLEETHOOK_TRY(const auto sent, int_member(body, "version"));
  if (sent) {
    FLEETHOOK_TRY(request.version, read_version("version", *sent));
  }
  FLEETHOOK_TRY(const auto matched, read_if_match(call.request.headers.get("if-match")));
  if (matched && request.version && matched != request.version) {
    return Error::field("version", "says another version than If-Match");
  }
  if (matched) request.version = matched;
  return request;
}

sharing::Target target_of(const Place& place, const core::IntegrationId& id) {
  return {id, place.product != nullptr ? place.product->id : core::ProductId()};
}

void set_etag(http::Response& response, const core::Integration& integration) {
  response.headers.set("ETag", "\"" + std::to_string(integration.version) + "\"");
}

http::Response integration_answer(int status,
                                  Services& services,
                                  const Call& call,
                                  const core::Integration& integration,
                                  std::vector<core::Warning> said) {
  const store::CatalogPtr now = services.store.catalog();
  const bool organization_path = call.route->base == PathBase::kOrganization;
  const ViewOptions options{services.store,
                            *now,
                            services.clock.now(),
                            {},
                            organization_path ? nullptr : call.product,
                            organization_path,
                            call.user,
                            sees_credentials(call),
                            services.queue.waiting()};
  json::Object view = list_item(integration, options);
  json::Object body;
  if (const json::Value* identical = view.find("identical_to")) {
    json::Value copy = *identical;
    body = {{"integration", std::move(view)}, {"identical_to", std::move(copy)}};
  } else {
    body = {{"integration", std::move(view)}};
  }
  warn_of_egress(integration, services, said);
  put_warnings(body, std::move(said), warnings_of(integration, *now, call.user));
  http::Response response = answer(status, std::move(body));
  set_etag(response, integration);
  return response;
}

http::Response sharing_refusal(Services& services, const Call& call, const Error& error) {
  json::Object more;
  Error told = error;
  const auto place = place_of(call);
  const store::CatalogPtr catalog = services.store.catalog();
  const auto id = place.ok() ? core::IntegrationId::parse(place->id) : std::nullopt;
  const core::IntegrationPtr current = id ? catalog->integration(*id) : nullptr;
  if (current != nullptr && error.code == "version_mismatch") more.set("version", current->version);
  if (current != nullptr && error.code == "shared_integration") {
    const ProductSight sight(*catalog, call.user, current->organization);
    core::Integration seen = *current;
    seen.products = sight.of(current->products);
    more.set("products", product_objects(seen, *catalog));
    const std::size_t hidden = sight.hidden(current->products);
    if (hidden > 0) more.set("more_products", hidden);
    told.message = "this integration is shared by the products " + sharing::names_of(*catalog, seen.products) +
                   (hidden > 0 ? " and " + std::to_string(hidden) + " more" : "") +
                   "; edit it at the organization for all of them, or separate it for this one";
    more.set("separate_url",
             services.settings.base_url + place->base_path + "/integrations/" + place->id + "/separate");
  }
  const core::IntegrationPtr closed = id ? catalog->closed_integration(*id) : nullptr;
  if (closed != nullptr && error.code == "merged") more.set("merged_into", closed->merged_into.str());
  return error_answer(told, more);
}

}  // namespace fleethook::api
