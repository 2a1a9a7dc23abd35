// Versions of an integration: what was, since when, by whom, what changed; and going back to one.
#include <charconv>
#include <map>
#include <utility>

#include "api/answers.h"
#include "api/integration_place.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

json::Value name_of(const store::Catalog& catalog, const core::UserId& id) {
  const core::User* user = catalog.user(id);
  return user == nullptr ? json::Value() : json::Value(user->username);
}

json::Object overrides_object(const core::Integration& integration) {
  json::Object object;
  for (const core::Override& one : integration.overrides) {
    object.set(std::to_string(one.product.value), one.settings);
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
  object.set("configuration", core::wire_form(integration.config, integration.scope));
  json::Array ids;
  for (const core::ProductId id : integration.products) ids.emplace_back(id.value);
  object.set("product_ids", std::move(ids));
  object.set("overrides", overrides_object(integration));
  return object;
}

struct Versions {
  core::IntegrationPtr integration;
  std::vector<store::VersionRecord> records;  // newest first

  const store::VersionRecord* find(std::uint32_t version) const {
    for (const store::VersionRecord& record : records) {
      if (record.integration->version == version) return &record;
    }
    return nullptr;
  }
};

Result<Versions> read(Services& services, const Call& call) {
  Versions versions;
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(versions.integration, integration_to_show(place, call, services.clock.now()));
  FLEETHOOK_TRY(versions.records, services.store.versions(versions.integration->number));
  return versions;
}

// The current version at the time that a version was made: the nearest below it that was not a staged one.
const store::VersionRecord* before(const Versions& versions, std::size_t at) {
  for (std::size_t i = at + 1; i < versions.records.size(); ++i) {
    if (versions.records[i].action != "staged") return &versions.records[i];
  }
  return nullptr;
}

Result<std::uint32_t> read_number(std::string_view text, std::string_view field) {
  std::uint32_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (status == std::errc() && end == text.data() + text.size() && number > 0) return number;
  return Error::field(std::string(field), "expected a version, from 1 on");
}

Error no_version(std::uint32_t version) {
  return {Fault::kNotFound, "there is no version " + std::to_string(version) + " of this integration"};
}

Result<http::Response> list(Services& services, Call& call) {
  FLEETHOOK_TRY(const Versions versions, read(services, call));
  FLEETHOOK_TRY(const auto counters, services.store.version_counters(versions.integration->number));
  std::map<std::uint32_t, store::Counts> outcomes;
  for (const store::VersionCounts& one : counters) {
    if (call.product == nullptr || one.product == call.product->id) outcomes[one.version] += one.counts;
  }
  json::Array items;
  for (std::size_t i = 0; i < versions.records.size(); ++i) {
    const store::VersionRecord& record = versions.records[i];
    json::Object item = version_object(record, call);
    const store::Counts& counts = outcomes[record.integration->version];
    item.set("outcomes", json::Object{{"success", counts.success}, {"error", counts.error}, {"sleep", counts.sleep}});
    item.set("current", record.integration->version == versions.integration->version);
    const store::VersionRecord* previous = before(versions, i);
    item.set("changes",
             previous == nullptr ? json::Object() : sharing::difference(*previous->integration, *record.integration));
    items.emplace_back(std::move(item));
  }
  return answer(200, json::Object{{"versions", std::move(items)}});
}

Result<http::Response> get(Services& services, Call& call) {
  FLEETHOOK_TRY(const Versions versions, read(services, call));
  FLEETHOOK_TRY(const std::uint32_t number, read_number(call.parameters.back(), "version"));
  const store::VersionRecord* record = versions.find(number);
  if (record == nullptr) return no_version(number);
  json::Object object = whole_version(*record, call);
  // ?against=N: the difference from version N to this one; without it, to the current one.
  std::uint32_t against = versions.integration->version;
  if (const auto sent = call.query("against")) {
    FLEETHOOK_TRY(against, read_number(*sent, "against"));
  }
  const store::VersionRecord* other = versions.find(against);
  if (other == nullptr) return no_version(against);
  object.set("against", against);
  object.set("changes", sharing::difference(*other->integration, *record->integration));
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
    routes.push_back({"GET", base.list, needs(Permission::kIntegrationsGet), list, nullptr,
                      "Every version, newest first: who made it, when, and what it changed."});
    routes.push_back({"GET", base.one, needs(Permission::kIntegrationsGet), get, nullptr,
                      "One version, and how it differs from the current one or from ?against=."});
    routes.push_back({"POST", base.rollback, needs(Permission::kIntegrationsUpdate), rollback, nullptr,
                      "Go back to the configuration of version `to`; the product set stays."});
  }
  return routes;
}

}  // namespace fleethook::api
