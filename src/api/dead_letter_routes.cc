// Deliveries that were given up or cancelled: searched, opened, exported.
#include <algorithm>
#include <string>

#include "api/answers.h"
#include "api/dead_letter_query.h"
#include "api/dead_letter_view.h"
#include "api/pages.h"
#include "base/text.h"
#include "json/value.h"

namespace fleethook::api {
namespace {

Result<http::Response> list(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const store::DeadLetterQuery query, asked_dead_letters(place, call));
  store::DeadLetterPage page;
  FLEETHOOK_TRY(page.behind, number_query(call, "behind", 0));
  FLEETHOOK_TRY(page.limit, number_query(call, "per_page", kPageSize));
  page.limit = std::min(page.limit, services.limits.page_size_max);
  page.look_max = services.limits.dead_letters_looked_at_max;
  FLEETHOOK_TRY(const store::DeadLetters found, services.store.dead_letters(query, page));
  DeadLetterView view(services, call);
  json::Array items;
  for (const store::DeadLetter& letter : found.letters) items.emplace_back(view.show(letter, /*data=*/false));
  json::Object body{{"ok", true}, {"dead_letters", std::move(items)}};
  if (!found.all) {
    body.set("next_behind", std::to_string(found.behind));
    body.set("searched_to", to_iso8601(found.looked_at));
  }
  return answer(200, std::move(body));
}

Error no_such_letter(const std::string& id) {
  return {Fault::kNotFound, "Dead letter not found: '" + id + "'."};
}

Result<http::Response> one(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  const std::string& text = call.path("letter");
  const auto id = whole_number(text);
  if (!id) return no_such_letter(text);
  FLEETHOOK_TRY(const auto letter, services.store.dead_letter(*id, dead_letters_at(place, call)));
  if (!letter) return no_such_letter(text);
  return answer(
      200, json::Object{{"ok", true}, {"dead_letter", DeadLetterView(services, call).show(*letter, /*data=*/true)}});
}

// The address of the same search from there on.
std::string next_link(const Call& call, const Place& place, std::uint64_t behind) {
  std::string target(call.request.target);
  const std::size_t question = target.find('?');
  std::string query = question == std::string::npos ? "" : target.substr(question + 1);
  std::string kept;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string part = query.substr(0, end);
    query.erase(0, std::min(end + 1, query.size()));
    if (!part.starts_with("behind=") && !part.empty()) kept += part + "&";
  }
  return "<" + place.base_path + "/dead_letters/export?" + kept + "behind=" + std::to_string(behind) +
         ">; rel=\"next\"";
}

// As many as an answer holds; the header Link leads to the rest.
Result<http::Response> export_all(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const store::DeadLetterQuery query, asked_dead_letters(place, call));
  store::DeadLetterPage page{.oldest_first = true, .limit = 500};
  page.look_max = services.limits.dead_letters_looked_at_max;
  FLEETHOOK_TRY(page.behind, number_query(call, "behind", 0));
  DeadLetterView view(services, call);
  std::string text;
  // Half of it: a letter and its data are shorter than the other half.
  bool all = false;
  while (!all && text.size() < services.limits.list_bytes_max / 2) {
    FLEETHOOK_TRY(const store::DeadLetters found, services.store.dead_letters(query, page));
    for (const store::DeadLetter& letter : found.letters) {
      json::append(view.show(letter, /*data=*/true), text);
      text += '\n';
    }
    page.behind = found.behind;
    all = found.all;
  }
  http::Response response;
  response.status = text.empty() && all ? 204 : 200;
  response.body = std::move(text);
  response.headers.set("Content-Type", "application/x-ndjson");
  response.headers.set("Content-Disposition", "attachment; filename=\"dead-letters.ndjson\"");
  if (!all) response.headers.set("Link", next_link(call, place, page.behind));
  return response;
}

}  // namespace

std::vector<Route> dead_letter_routes() {
  const std::vector<QueryParameter> narrowed = dead_letter_parameters();
  std::vector<QueryParameter> paged = narrowed;
  paged.push_back({"behind", "string", "next_behind of the page before"});
  paged.push_back({"per_page", "integer", "25 if absent, at most 100"});
  std::vector<QueryParameter> exported = narrowed;
  exported.push_back({"behind", "string", "as the header Link of the part before says it"});
  struct At {
    std::string_view all, one, exported;
    Permission permission;
  };
  std::vector<Route> routes;
  for (const At& at :
       {At{"/v1/dead_letters", "/v1/dead_letters/:letter", "/v1/dead_letters/export", Permission::kSandbox},
        At{"/v1/products/:product/dead_letters", "/v1/products/:product/dead_letters/:letter",
           "/v1/products/:product/dead_letters/export", Permission::kIntegrationsGet},
        At{"/v1/orgs/:organization/dead_letters", "/v1/orgs/:organization/dead_letters/:letter",
           "/v1/orgs/:organization/dead_letters/export", Permission::kIntegrationsGet}}) {
    routes.push_back({.method = "GET",
                      .pattern = at.all,
                      .permission = at.permission,
                      .on_pool = list,
                      .summary = "Deliveries that were given up or cancelled, newest first. With next_behind there is "
                                 "more to look through, also when few were found.",
                      .response = "DeadLetters",
                      .query = paged});
    routes.push_back({.method = "GET",
                      .pattern = at.exported,
                      .permission = at.permission,
                      .on_pool = export_all,
                      .summary = "The same with their data, oldest first, one a line; the header Link leads to the "
                                 "next part.",
                      .response = "application/x-ndjson",
                      .query = exported});
    routes.push_back({.method = "GET",
                      .pattern = at.one,
                      .permission = at.permission,
                      .on_pool = one,
                      .summary = "One of them, with the data of its event.",
                      .response = "DeadLetterAnswer"});
  }
  return routes;
}

}  // namespace fleethook::api
