// What goes beyond one definition for all: separate, merge, overrides of single products, versions tried on some
// products first.
#include <utility>

#include "api/answers.h"
#include "api/integration_input.h"
#include "api/integration_place.h"
#include "api/permissions.h"
#include "api/product_set.h"

namespace fleethook::api {
namespace {

// What each handler begins with.
struct Asked {
  Place place;
  core::IntegrationPtr integration;
  json::Object body;
  sharing::Request request;
  sharing::Target target;
};

Result<Asked> read(Services& services, const Call& call) {
  Asked asked;
  FLEETHOOK_TRY(asked.place, place_of(call));
  FLEETHOOK_TRY(asked.integration, integration_to_show(asked.place, call, services.clock.now()));
  FLEETHOOK_TRY(asked.body, call.body(services.limits));
  FLEETHOOK_TRY(asked.request, request_of(call, asked.body));
  asked.target = target_of(asked.place, asked.integration->id);
  return asked;
}

http::Response answered(Services& services,
                        const Call& call,
                        const Result<core::IntegrationPtr>& result,
                        std::vector<core::Warning> said = {}) {
  if (!result.ok()) return sharing_refusal(services, call, result.error());
  return integration_answer(200, services, call, **result, std::move(said));
}

sharing::MakeConfig merged(Services& services,
                           const Call& call,
                           const Asked& asked,
                           const json::Object& settings,
                           std::vector<core::Warning>& said) {
  return [&](const core::IntegrationConfig& current) {
    said.clear();
    return core::read_config(settings, core::EditMode::kMerge, &current, asked.place.scope, false, services.limits,
                             read_help(asked.place, call, said));
  };
}

Result<http::Response> separate(Services& services, Call& call) {
  FLEETHOOK_TRY(const Asked asked, read(services, call));
  std::vector<core::Warning> said;
  const auto made =
      sharing::separate(services.store, asked.request, asked.target, merged(services, call, asked, asked.body, said));
  if (!made.ok()) return sharing_refusal(services, call, made.error());
  const store::CatalogPtr now = services.store.catalog();
  const ViewOptions options{services.store,
                            *now,
                            services.clock.now(),
                            services.settings.base_url + asked.place.base_path,
                            asked.place.product,
                            false,
                            call.user,
                            sees_credentials(call),
                            services.queue.waiting()};
  http::Response response = answer(201, created_view(*made->copy, options, std::move(said)));
  set_etag(response, *made->copy);
  return response;
}

Result<http::Response> merge(Services& services, Call& call) {
  FLEETHOOK_TRY(const Asked asked, read(services, call));
  FLEETHOOK_TRY(const auto with, text_member(asked.body, "with"));
  const auto id = with ? core::IntegrationId::parse(*with) : std::nullopt;
  if (!id) return Error::field("with", "expected the id of the integration to be merged into this one");
  const auto made =
      sharing::merge(services.store, asked.request, asked.place.organization->id, asked.integration->id, *id);
  if (!made.ok()) return sharing_refusal(services, call, made.error());
  const store::CatalogPtr now = services.store.catalog();
  ViewOptions options{
      services.store,          *now, services.clock.now(), {}, nullptr, true, call.user, sees_credentials(call),
      services.queue.waiting()};
  http::Response response =
      answer(200, json::Object{{"ok", true}, {"integration", list_item(**made, options)}, {"merged", id->str()}});
  set_etag(response, **made);
  return response;
}

// On an organization's path the product stands behind the integration, on a product's before it.
Result<http::Response> put_override(Services& services, Call& call) {
  FLEETHOOK_TRY(Asked asked, read(services, call));
  core::ProductId product = asked.target.product;
  if (asked.place.organization_path) {
    FLEETHOOK_TRY(
        product, read_product_of(std::to_string(call.product->id.value), "product", *asked.integration, *call.catalog));
  }
  json::Object settings = std::move(asked.body);
  settings.erase("version");
  if (call.request.method == "DELETE") settings = {};
  auto changed = sharing::set_override(services.store, asked.request, asked.target, product, settings);
  if (changed.ok() && settings.find("disabled") != nullptr) services.take_effect();
  return answered(services, call, std::move(changed));
}

Result<std::optional<std::uint32_t>> count_member(const json::Object& body,
                                                  std::string_view name,
                                                  std::int64_t least,
                                                  std::int64_t most) {
  FLEETHOOK_TRY(const auto sent, int_member(body, name));
  if (!sent) return std::optional<std::uint32_t>();
  if (*sent >= least && *sent <= most) return std::optional(static_cast<std::uint32_t>(*sent));
  return Error::field(std::string(name),
                      "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

Result<http::Response> stage(Services& services, Call& call) {
  FLEETHOOK_TRY(const Asked asked, read(services, call));
  const json::Value* settings = asked.body.find("settings");
  if (settings == nullptr || !settings->is_object()) {
    return Error::field("settings", "expected an object with the members that differ from the current version");
  }
  sharing::Staging staging;
  if (sent_products(asked.body) == nullptr && asked.place.organization_path) {
    return Error::field("product_ids", "name the products that try it first");
  }
  if (asked.place.scope == core::Scope::kSandbox) {
    return Error::field("product_ids", "a sandbox integration has no products that could try it first");
  }
  FLEETHOOK_TRY(staging.products, read_products_of(asked.body, *asked.integration, *call.catalog));
  FLEETHOOK_TRY(staging.error_percent_max, count_member(asked.body, "error_percent_max", 0, 100));
  FLEETHOOK_TRY(const auto least, count_member(asked.body, "outcomes_min", 1, 1'000'000));
  staging.outcomes_min = least.value_or(staging.outcomes_min);
  std::vector<core::Warning> said;
  staging.config = merged(services, call, asked, settings->as_object(), said);
  const auto staged = sharing::stage(services.store, asked.request, asked.target, staging);
  return answered(services, call, staged, std::move(said));
}

Result<http::Response> promote(Services& services, Call& call) {
  FLEETHOOK_TRY(const Asked asked, read(services, call));
  return answered(services, call, sharing::promote(services.store, asked.request, asked.target));
}

Result<http::Response> discard(Services& services, Call& call) {
  FLEETHOOK_TRY(const Asked asked, read(services, call));
  return answered(services, call, sharing::discard(services.store, asked.request, asked.target));
}

}  // namespace

std::vector<Route> sharing_routes() {
  constexpr auto kUpdate = Permission::kIntegrationsUpdate;
  constexpr std::string_view kOverride =
      "What one product sets differently: url, headers, auth, signing, disabled, policy.";
  constexpr std::string_view kNoOverride = "The product runs the shared settings again.";
  constexpr std::string_view kStage = "Try changed settings on some products before the others get them.";
  constexpr std::string_view kPromote = "All products get the staged version.";
  constexpr std::string_view kDiscard = "The staged version is tried no more.";
  return {
      {.method = "POST",
       .pattern = "/v1/products/:product/integrations/:id/separate",
       .permission = Permission::kIntegrationsSeparate,
       .on_pool = separate,
       .summary = "Give the product a copy of its own, with at least one field changed.",
       .request = "IntegrationSettings",
       .response = "IntegrationCreated",
       .takes_key = true},
      {.method = "POST",
       .pattern = "/v1/orgs/:organization/integrations/:id/merge",
       .permission = Permission::kIntegrationsMerge,
       .on_pool = merge,
       .summary = "Make one of two identical integrations; that of the path stays.",
       .request = "Merge",
       .response = "Merged"},
      {.method = "PUT",
       .pattern = "/v1/orgs/:organization/integrations/:id/products/:product/override",
       .permission = kUpdate,
       .on_pool = put_override,
       .summary = kOverride,
       .request = "Override",
       .response = "IntegrationChanged"},
      {.method = "DELETE",
       .pattern = "/v1/orgs/:organization/integrations/:id/products/:product/override",
       .permission = kUpdate,
       .on_pool = put_override,
       .summary = kNoOverride,
       .response = "IntegrationChanged"},
      {.method = "PUT",
       .pattern = "/v1/products/:product/integrations/:id/override",
       .permission = kUpdate,
       .on_pool = put_override,
       .summary = kOverride,
       .request = "Override",
       .response = "IntegrationChanged"},
      {.method = "DELETE",
       .pattern = "/v1/products/:product/integrations/:id/override",
       .permission = kUpdate,
       .on_pool = put_override,
       .summary = kNoOverride,
       .response = "IntegrationChanged"},
      {.method = "POST",
       .pattern = "/v1/orgs/:organization/integrations/:id/stage",
       .permission = kUpdate,
       .on_pool = stage,
       .summary = kStage,
       .request = "Stage",
       .response = "IntegrationChanged"},
      {.method = "POST",
       .pattern = "/v1/orgs/:organization/integrations/:id/promote",
       .permission = kUpdate,
       .on_pool = promote,
       .summary = kPromote,
       .request = "VersionSeen",
       .response = "IntegrationChanged"},
      {.method = "POST",
       .pattern = "/v1/orgs/:organization/integrations/:id/discard",
       .permission = kUpdate,
       .on_pool = discard,
       .summary = kDiscard,
       .request = "VersionSeen",
       .response = "IntegrationChanged"},
      {.method = "POST",
       .pattern = "/v1/products/:product/integrations/:id/stage",
       .permission = kUpdate,
       .on_pool = stage,
       .summary = kStage,
       .request = "Stage",
       .response = "IntegrationChanged"},
      {.method = "POST",
       .pattern = "/v1/products/:product/integrations/:id/promote",
       .permission = kUpdate,
       .on_pool = promote,
       .summary = kPromote,
       .request = "VersionSeen",
       .response = "IntegrationChanged"},
      {.method = "POST",
       .pattern = "/v1/products/:product/integrations/:id/discard",
       .permission = kUpdate,
       .on_pool = discard,
       .summary = kDiscard,
       .request = "VersionSeen",
       .response = "IntegrationChanged"},
  };
}

}  // namespace fleethook::api
