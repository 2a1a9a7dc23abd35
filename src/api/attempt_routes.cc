// Attempts that are kept one by one: every failure, and some successes. Searched, and opened.
#include <algorithm>
#include <string>

#include "api/answers.h"
#include "api/attempt_view.h"
#include "api/pages.h"
#include "api/search_filters.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

Result<store::AttemptQuery> asked_attempts(const Place& place, const Call& call) {
  const ValueOf value = query_of(call);
  auto query = all_at<store::AttemptQuery>(place, call);
  if (const auto text = value("integration")) {
    FLEETHOOK_TRY(query.integration, read_integration(*text, place, call));
  }
  if (const auto text = value("product")) {
    FLEETHOOK_TRY(query.product, read_product(*text, place, call));
  }
  if (const auto text = value("device")) {
    FLEETHOOK_TRY(query.device, read_device(*text, place, call));
  }
  query.name = value("event").value_or("");
  if (const auto text = value("status")) {
    FLEETHOOK_TRY(query.status, read_status(*text));
  }
  if (const auto text = value("error")) {
    FLEETHOOK_TRY(query.error, read_error(*text));
  }
  if (const auto text = value("success")) {
    FLEETHOOK_TRY(query.success, read_bool(*text, "success"));
  }
  FLEETHOOK_TRY(const TimeRange range, read_range(value));
  query.from = range.from;
  query.to = range.to;
  return query;
}

Result<http::Response> list(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const store::AttemptQuery query, asked_attempts(place, call));
  store::AttemptPage page;
  FLEETHOOK_TRY(page.behind, number_query(call, "behind", 0));
  FLEETHOOK_TRY(page.limit, number_query(call, "per_page", kPageSize));
  page.limit = std::min(page.limit, services.limits.page_size_max);
  page.look_max = services.limits.attempts_looked_at_max;
  FLEETHOOK_TRY(const store::Attempts found, services.store.attempts(query, page));
  Labels labels(services, call);
  json::Array items;
  for (const store::Exchange& attempt : found.attempts) items.emplace_back(attempt_object(attempt, labels));
  json::Object body{{"ok", true}, {"attempts", std::move(items)}};
  if (!found.all) {
    body.set("next_behind", std::to_string(found.behind));
    body.set("searched_to", to_iso8601(found.looked_at));
  }
  return answer(200, std::move(body));
}

Result<http::Response> one(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  const std::string& text = call.path("attempt");
  const Error none{Fault::kNotFound, "Attempt not found: '" + text + "'."};
  const auto id = whole_number(text);
  if (!id) return none;
  FLEETHOOK_TRY(const auto attempt, services.store.attempt(*id, all_at<store::AttemptQuery>(place, call)));
  if (!attempt) return none;
  Labels labels(services, call);
  return answer(200, json::Object{{"ok", true}, {"attempt", whole_attempt(*attempt, labels)}});
}

}  // namespace

std::vector<Route> attempt_routes() {
  const std::vector<QueryParameter> parameters = {
      {"integration", "string", "the id of one integration"},
      {"product", "string", "the id or slug of one product"},
      {"device", "string", "the id or the name of the device that published, or api"},
      {"event", "string", "what the name of the event begins with"},
      {"status", "string", "of the answer: 503, 5xx, or none for no answer"},
      {"error", "string", "dns, connect, tls, timeout, reset, protocol, redirect, 4xx, 5xx, template, egress or local"},
      {"success", "boolean", "whether it was one"},
      {"from", "string", "begun at this time or later"},
      {"to", "string", "begun at this time or before"},
      {"behind", "string", "next_behind of the page before"},
      {"per_page", "integer", "25 if absent, at most 100"},
  };
  struct At {
    std::string_view all, one;
    Permission permission;
  };
  std::vector<Route> routes;
  for (const At& at :
       {At{"/v1/attempts", "/v1/attempts/:attempt", Permission::kSandbox},
        At{"/v1/products/:product/attempts", "/v1/products/:product/attempts/:attempt", Permission::kIntegrationsGet},
        At{"/v1/orgs/:organization/attempts", "/v1/orgs/:organization/attempts/:attempt",
           Permission::kIntegrationsGet}}) {
    routes.push_back({.method = "GET",
                      .pattern = at.all,
                      .permission = at.permission,
                      .on_pool = list,
                      .summary = "Attempts that are kept, newest first: every failure, and some successes. With "
                                 "next_behind there is more to look through, also when few were found.",
                      .response = "Attempts",
                      .query = parameters});
    routes.push_back({.method = "GET",
                      .pattern = at.one,
                      .permission = at.permission,
                      .on_pool = one,
                      .summary = "One of them, with what was sent and answered as far as that was kept.",
                      .response = "AttemptAnswer"});
  }
  return routes;
}

}  // namespace fleethook::api
