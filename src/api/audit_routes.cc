// The audit log: who changed what, and when.
#include "api/answers.h"
#include "api/integration_views.h"
#include "api/pages.h"
#include "api/permissions.h"
#include "api/product_sight.h"
#include "api/router.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

json::Object entry_object(const store::AuditEntry& entry, const Call& call) {
  const ProductSight sight(*call.catalog, call.user, entry.organization);
  json::Object object{
      {"number", entry.number},
      {"time", to_iso8601(entry.at)},
      {"by", json::Object{{"id", entry.by.user.is_none() ? json::Value() : json::Value(entry.by.user.str())},
                          {"username", entry.by.name}}},
      {"action", entry.action},
      {"target", entry.target},
      {"target_name", entry.target_name},
      {"changes", shown_difference(sight.difference(entry.diff), sees_credentials(call))}};
  sight.put_ids(object, "product_ids", entry.products);
  return object;
}

// The installation's administrators may read about all users and organizations at once.
Result<bool> everything(const Call& call) {
  const auto sent = call.query("all");
  if (!sent || *sent == "false") return false;
  if (*sent != "true") return Error::field("all", "expected true or false");
  if (!call.user->administrator)
    return Error{Fault::kForbidden, "only an administrator of this installation reads about everybody"};
  return true;
}

Result<http::Response> list(Services& services, Call& call) {
  store::AuditQuery query;
  if (call.product != nullptr) {
    query.product = call.product->id;
  } else if (call.organization != nullptr) {
    query.organization = call.organization->id;
  } else {
    FLEETHOOK_TRY(const bool all, everything(call));
    if (!all) query.owner = call.user->id;
  }
  query.target = call.query("target").value_or("");
  FLEETHOOK_TRY(query.before, number_query(call, "before", 0, INT64_MAX));
  FLEETHOOK_TRY(query.limit, number_query(call, "limit", 50, services.limits.page_size_max));
  FLEETHOOK_TRY(const auto entries, services.store.audit(query));
  json::Array items;
  for (const store::AuditEntry& entry : entries) items.emplace_back(entry_object(entry, call));
  json::Object body{{"audit", std::move(items)}};
  // The next page, as long as there may be one.
  if (entries.size() == query.limit) body.set("next_before", entries.back().number);
  return answer(200, std::move(body));
}

}  // namespace

std::vector<Route> audit_routes() {
  const std::vector<QueryParameter> pages{{"target", "string", "only about the thing with this id"},
                                          {"before", "integer", "only entries with a lower number"},
                                          {"limit", "integer", "50 if absent"}};
  std::vector<QueryParameter> of_oneself = pages;
  of_oneself.push_back({"all", "boolean", "about everything, for administrators of the installation"});
  constexpr std::string_view kSummary =
      "Who changed what, newest first; ?target= one thing's id, ?before= and ?limit= for pages.";
  return {
      {.method = "GET",
       .pattern = "/v1/audit",
       .permission = Permission::kSandbox,
       .on_pool = list,
       .summary = "As at an organization, about your account, sandbox and products; ?all=true about everything, for "
                  "administrators of the installation.",
       .response = "Audit",
       .query = of_oneself},
      {.method = "GET",
       .pattern = "/v1/orgs/:organization/audit",
       .permission = Permission::kAuditRead,
       .on_pool = list,
       .summary = kSummary,
       .response = "Audit",
       .query = pages},
      {.method = "GET",
       .pattern = "/v1/products/:product/audit",
       .permission = Permission::kAuditRead,
       .on_pool = list,
       .summary = kSummary,
       .response = "Audit",
       .query = pages},
  };
}

}  // namespace fleethook::api
