// Where an integration is looked at from: the sandbox, a product or an organization, and what every route under
// .../integrations/:id shares.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "api/integration_views.h"
#include "api/router.h"
#include "sharing/sharing.h"

namespace fleethook::api {

// What the path says. Refers to the call's catalog.
struct Place {
  core::Scope scope = core::Scope::kSandbox;
  bool webhooks = false;                             // .../webhooks instead of .../integrations
  const core::Product* product = nullptr;            // product paths
  const core::Organization* organization = nullptr;  // organization paths; also the product's, when it has one
  bool organization_path = false;
  std::string base_path;  // "/v1/products/10001"
  std::string id;         // of the integration, "" on the list
};

// kForbidden with code "plan_required": an organization's path, and its plan has no organization integrations.
Result<Place> place_of(const Call& call);

// Whether a list at this place shows it.
bool shown_at(const core::Integration& integration, const Place& place, const Call& call);
// The list at this place.
std::vector<core::IntegrationPtr> integrations_at(const Place& place, const Call& call);
// Says what such a list, with its numbers of today, is made from: as long as it is the same, so is the answer at the
// same address.
std::string list_etag(Services& services, const Call& call, Instant now);
void set_list_etag(http::Response& response, const std::string& etag);
// 304 for whoever has it.
std::optional<http::Response> not_modified(const Call& call, const std::string& etag);
// The integration of the path; kNotFound when there is none at this place.
Result<core::IntegrationPtr> integration_at(const Place& place, const Call& call);
// The same, or one that was merged into another and is still shown.
Result<core::IntegrationPtr> integration_to_show(const Place& place, const Call& call, Instant now);

// Of a body: the products that it names, else the path's one, or all. The sandbox is no product: it is one none.
Result<std::vector<core::ProductId>> products_meant(const Place& place,
                                                    const json::Object& body,
                                                    const core::Integration& integration,
                                                    const store::Catalog& catalog);

ViewOptions view_options(Services& services, const Call& call, const Place& place);

// Who asks, and the version that he says he saw: `version` of the body, or If-Match ("7", with its quotes). "*" is any.
Result<sharing::Request> request_of(const Call& call, const json::Object& body);
sharing::Target target_of(const Place& place, const core::IntegrationId& id);

// {"integration": {...}, "identical_to": [...], "warnings": [...]} as of now, with the version as ETag.
http::Response integration_answer(int status,
                                  Services& services,
                                  const Call& call,
                                  const core::Integration& integration,
                                  std::vector<core::Warning> said = {});
// Refusals of sharing/ with what a client needs to go on: the current version; the products that share it and where to
// separate.
http::Response sharing_refusal(Services& services, const Call& call, const Error& error);
void set_etag(http::Response& response, const core::Integration& integration);

// "/v1/products/:product/integrations/:id" + "/separate" and so on, for the places that have it. The texts live as long
// as the program.
struct PlacePattern {
  std::string_view pattern;
  bool sandbox = false, webhooks = false;
};
// Permission of the row, or that of the sandbox.
inline Permission needed_at(const PlacePattern& at, Permission permission) {
  return at.sandbox ? Permission::kSandbox : permission;
}

}  // namespace fleethook::api
