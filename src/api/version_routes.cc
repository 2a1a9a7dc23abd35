// Versions of an integration: what was, since when, by whom, what changed; and going back to one.
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "api/answers.h"
#include "api/integration_numbers.h"
#include "api/integration_place.h"
#include "api/integration_views.h"
#include "api/permissions.h"
#include "api/product_sight.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

json::Value name_of(const store::Catalog& catalog, const core::UserId& id) {
  const core::User* user = catalog.user(id);
  return user == nullptr ? json::Value() : json::Value(user->username);
}

// Versions are seen as the integration is: by who sees its products now.
ProductSight sight_of(const core::Integration& integration, const Call& call) {
  return {*call.catalog, call.user, integration.organization};
}

json::Object overrides_object(const core::Integration& integration, const Call& call) {
  json::Object object;
  const ProductSight sight = sight_of(integration, call);
  const bool credentials = sees_credentials(call);
  for (const core::Override& one : integration.overrides) {
    if (!sight.sees(one.product)) continue;
    object.set(std::to_string(one.product.value), shown_settings(one.settings, credentials));
  }
  return object;
}

json::Object version_object(const store::VersionRecord& record, const Call& call) {
  const core::Integration& integration = *record.integration;
  return {{"version", integration.version},
          {"action", record.action},
          {"created_at", to_iso8601(record.at)},
          {"created_by", name_of(*call.catalog, record.by)}};
}

json::Object whole_version(const store::VersionRecord& record, const Call& call) {
  const core::Integration& integration = *record.integration;
  json::Object object = version_object(record, call);
  object.set("configuration",
             shown_settings(core::wire_form(integration.config, integration.scope), sees_credentials(call)));
  sight_of(integration, call).put_ids(object, "product_ids", integration.products);
  object.set("overrides", overrides_object(integration, call));
  return object;
}

json::Object changes_between(const core::Integration& from, const core::Integration& to, const Call& call) {
  return shown_difference(sight_of(to, call).difference(sharing::difference(from, to)), sees_credentials(call));
}

// A version that only others try is theirs.
bool is_hidden(const store::VersionRecord& record, const core::Integration& current, const Call& call) {
  return record.action == "staged" && sight_of(current, call).hides_staged(current, record.integration->version);
}

Result<core::IntegrationPtr> integration_of(Services& services, const Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  return integration_to_show(place, call, services.clock.now());
}

// The version that was current when `of` was made: the nearest below it that was not a staged one. nullopt: it was the
// first.
Result<std::optional<store::VersionRecord>> before(Services& services, const store::VersionRecord& of) {
  constexpr std::size_t kAtOnce = 8;
  std::uint32_t below = of.integration->version;
  for (;;) {
    FLEETHOOK_TRY(const auto records, services.store.versions(of.integration->number, below, kAtOnce));
    for (const store::VersionRecord& record : records) {
      if (record.action != "staged") return std::optional(record);
    }
    if (records.size() < kAtOnce) return std::optional<store::VersionRecord>();
    below = records.back().integration->version;
  }
}

Result<std::uint32_t> read_number(std::string_view text, std::string_view field) {
  std::uint32_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = status == std::errc() && end == text.data() + text.size();
  if (is_number && number > 0 && number < std::numeric_limits<std::uint32_t>::max()) return number;
  return Error::field(std::string(field), "expected a whole number, from 1 on");
}

Error no_version(std::uint32_t version) {
  return {Fault::kNotFound, "there is no version " + std::to_string(version) + " of this integration"};
}

Result<std::optional<store::VersionRecord>> find(Services& services,
                                                 const Call& call,
                                                 const core::Integration& integration,
                                                 std::uint32_t version) {
  FLEETHOOK_TRY(auto records, services.store.versions(integration.number, version + 1, 1));
  const bool found = !records.empty() && records.front().integration->version == version &&
                     !is_hidden(records.front(), integration, call);
  return found ? std::optional(std::move(records.front())) : std::nullopt;
}

// ?before= and ?limit= for pages.
struct Page {
  std::uint32_t before = 0;
  std::size_t limit = 20;
};
Result<Page> read_page(const Call& call, const Limits& limits) {
  Page page;
  if (const auto sent = call.query("before")) {
    FLEETHOOK_TRY(page.before, read_number(*sent, "before"));
  }
  if (const auto sent = call.query("limit")) {
    FLEETHOOK_TRY(page.limit, read_number(*sent, "limit"));
    if (page.limit > limits.page_size_max) {
      return Error::field("limit", "expected a whole number from 1 to " + std::to_string(limits.page_size_max));
    }
  }
  return page;
}

Result<http::Response> list(Services& services, Call& call) {
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_of(services, call));
  FLEETHOOK_TRY(const Page page, read_page(call, services.limits));
  FLEETHOOK_TRY(const auto records, services.store.versions(integration->number, page.before, page.limit));
  FLEETHOOK_TRY(const auto counters, services.store.version_counters(integration->number));
  std::map<std::uint32_t, store::Counts> outcomes;
  for (const store::VersionCounts& one : counters) {
    if (call.product == nullptr || one.product == call.product->id) outcomes[one.version] += one.counts;
  }
  json::Array items;
  for (const store::VersionRecord& record : records) {
    if (is_hidden(record, *integration, call)) continue;
    json::Object item = version_object(record, call);
    const store::Counts& counts = outcomes[record.integration->version];
    item.set("outcomes", counts_object(counts));
    item.set("current", record.integration->version == integration->version);
    FLEETHOOK_TRY(const auto previous, before(services, record));
    item.set("changes", previous ? changes_between(*previous->integration, *record.integration, call) : json::Object());
    items.emplace_back(std::move(item));
  }
  json::Object body{{"versions", std::move(items)}};
  if (records.size() == page.limit) body.set("next_before", records.back().integration->version);
  return answer(200, std::move(body));
}

Result<http::Response> get(Services& services, Call& call) {
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_of(services, call));
  FLEETHOOK_TRY(const std::uint32_t number, read_number(call.path("version"), "version"));
  FLEETHOOK_TRY(const auto record, find(services, call, *integration, number));
  if (!record) return no_version(number);
  json::Object object = whole_version(*record, call);
  // ?against=N: the difference from version N to this one; without it, from the current one.
  std::uint32_t against = integration->version;
  if (const auto sent = call.query("against")) {
    FLEETHOOK_TRY(against, read_number(*sent, "against"));
  }
  FLEETHOOK_TRY(const auto other, find(services, call, *integration, against));
  if (!other) return no_version(against);
  object.set("against", against);
  object.set("changes", changes_between(*other->integration, *record->integration, call));
  return answer(200, json::Object{{"version", std::move(object)}});
}

Result<http::Response> rollback(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr found, integration_to_show(place, call, services.clock.now()));
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  FLEETHOOK_TRY(const auto to, int_member(body, "to"));
  if (!to) return Error::field("to", "name the version to go back to");
  FLEETHOOK_TRY(const std::uint32_t version, read_number(std::to_string(*to), "to"));
  FLEETHOOK_TRY(const sharing::Request request, request_of(call, body));
  const auto made = sharing::rollback(services.store, request, target_of(place, found->id), version);
  if (!made.ok()) return sharing_refusal(services, call, made.error());
  return integration_answer(200, services, call, **made);
}

}  // namespace

std::vector<Route> version_routes() {
  struct Base {
    std::string_view list, one, rollback;
    bool sandbox = false;
  };
  static constexpr Base kBases[] = {
      {"/v1/integrations/:id/versions", "/v1/integrations/:id/versions/:version", "/v1/integrations/:id/rollback",
       true},
      {"/v1/products/:product/integrations/:id/versions", "/v1/products/:product/integrations/:id/versions/:version",
       "/v1/products/:product/integrations/:id/rollback"},
      {"/v1/orgs/:organization/integrations/:id/versions", "/v1/orgs/:organization/integrations/:id/versions/:version",
       "/v1/orgs/:organization/integrations/:id/rollback"},
  };
  std::vector<Route> routes;
  for (const Base& base : kBases) {
    const auto needs = [&](Permission permission) { return base.sandbox ? Permission::kSandbox : permission; };
    routes.push_back(
        {.method = "GET",
         .pattern = base.list,
         .permission = needs(Permission::kIntegrationsGet),
         .on_pool = list,
         .summary = "Its versions, newest first: who made each, when, what it changed, and what came of it; ?before= "
                    "and ?limit= for pages.",
         .response = "Versions",
         .query = {{"before", "integer", "only versions below it"}, {"limit", "integer", "20 if absent"}}});
    routes.push_back({.method = "GET",
                      .pattern = base.one,
                      .permission = needs(Permission::kIntegrationsGet),
                      .on_pool = get,
                      .summary = "One version, and how it differs from the current one or from ?against=.",
                      .response = "VersionAnswer",
                      .query = {{"against", "integer", "the version that the differences begin from"}}});
    routes.push_back({.method = "POST",
                      .pattern = base.rollback,
                      .permission = needs(Permission::kIntegrationsUpdate),
                      .on_pool = rollback,
                      .summary = "Go back to the configuration of version `to`; the product set stays.",
                      .request = "Rollback",
                      .response = "IntegrationChanged"});
  }
  return routes;
}

}  // namespace fleethook::api
