// The permission table as a page of documentation.
#include "api/permissions.h"
#include "api/router.h"

namespace fleethook::api {
namespace {

constexpr std::string_view kHead = R"(# Permissions

Everything that can be done over the API, what it needs, and the routes that need it. This page is written from the table that the server asks
(`src/api/permissions.cc`); a test fails when the two differ, and `FLEETHOOK_WRITE_DOCS=1` makes that test write the page.

- **Lowest role** is what a person needs on the product or the organization that the path names. From the lowest: View-only, Support, Developer,
  Administrator, Owner. A role in an organization holds in all its products; where a person also has a role on a product itself, the higher one
  counts. The administrator of the installation may do everything.
- A browser's session does what its user may do. Every request under its cookie that is not GET, HEAD or OPTIONS needs the header `X-CSRF-Token`
  with the `csrf` of `GET /v1/session`, and no foreign `Origin`; else it is 403 with the code `csrf`. Requests with a token need neither.
- **Scopes** are what an API user needs, all of those named. "closed" means that API users are refused with 400. An API user of an organization
  works in it and in all its products, one of a product in that product alone.
- What a caller may not see at all is 404, as if it did not exist. What may be seen but not done is 403 with the code `forbidden` and a sentence
  that names the role or the scope.

)";

std::string scopes_text(const PermissionRow& row) {
  if (row.api_users == ApiUsers::kClosed) return "closed";
  if (row.api_users == ApiUsers::kOpen) return "none needed";
  std::string text;
  for (const std::string_view scope : scopes_of(row))
    text += (text.empty() ? "`" : " and `") + std::string(scope) + "`";
  return text;
}

std::string role_text(const PermissionRow& row) {
  if (row.without_token) return "no token needed";
  if (row.of_installation) return "administrator of the installation";
  if (row.role == core::Role::kNone) return "any user";
  return std::string(core::to_text(row.role)) + (row.or_for_oneself ? "; for oneself View-only" : "") +
         (row.of_owner ? " on the organization; of a user's product the Owner" : "");
}

}  // namespace

std::string permissions_page(std::span<const Route> routes) {
  std::string page(kHead);
  page += "| permission | what | scopes | lowest role |\n|---|---|---|---|\n";
  std::string lists;
  for (const PermissionRow& row : permission_table()) {
    std::string list;
    for (const Route& route : routes) {
      if (route.permission == row.permission)
        list += "    " + std::string(route.method) + " " + std::string(route.pattern) + "\n";
    }
    if (list.empty()) continue;
    page += "| " + std::string(row.name) + " | " + std::string(row.sentence) + " | " + scopes_text(row) + " | " +
            role_text(row) + " |\n";
    lists += "\n### " + std::string(row.name) + "\n\n" + list;
  }
  return page + "\n## Routes\n" + lists;
}

}  // namespace fleethook::api
