// One request to a handler: path parts, query, body, who calls, and the snapshot of the catalog it is answered from.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/services.h"
#include "base/result.h"
#include "core/catalog_types.h"
#include "http/message.h"
#include "http/url.h"
#include "json/value.h"
#include "store/audit.h"
#include "store/catalog.h"

namespace fleethook::api {

struct Route;  // api/router.h

// A value that belongs to one thread at a time (it moves from the loop to the pool with its request).
struct Call {
  http::Request request;
  const Route* route = nullptr;
  // Of the route's pattern, percent-decoded, in order; a trailing * is the last one.
  std::vector<std::string> parameters;
  store::CatalogPtr catalog;
  const core::User* user = nullptr;          // into `catalog`; nullptr only on routes without authentication
  const core::AccessToken* token = nullptr;  // set with `user`; a token or a session, still good
  std::string session_secret;                // what the cookie said; "" unless `token` is a session
  // What the path names and what the caller is there, once api/permissions.h has let the call in; handlers need not ask
  // again.
  const core::Product* product = nullptr;            // of the path
  const core::Organization* organization = nullptr;  // of the path, or the product's; null for a product of a user
  std::uint8_t hops = 0;  // that led to the request, on routes that read them: at most Limits::event_hops_max
  // On the product, else on the organization. The administrator of the installation counts as Owner; an API user has
  // kNone.
  core::Role role = core::Role::kNone;

  store::Actor actor() const;  // the caller, for the audit log

  // The path's part that the route's pattern calls `name` (":name" or "*name"). Asking for one that it has not is a
  // bug.
  const std::string& path(std::string_view name) const;
  // The same; nullptr when the pattern has none of that name.
  const std::string* find_in_path(std::string_view name) const;
  // The query's value; nullopt when absent.
  std::optional<std::string> query(std::string_view name) const;
  // The body as an object: JSON, or a form (brackets nest: account_info[first_name]=x, groups[]=a, groups[0]=a; text
  // that is no UTF-8 is repaired). An empty body is an empty object. kInvalid: malformed, or not an object.
  Result<json::Object> body(const Limits& limits) const;
};

// By number or id, or by slug. kNotFound with the kind and the name. They ask nobody's rights.
Result<const core::Product*> find_product(const store::Catalog& catalog, std::string_view id_or_slug);
Result<const core::Organization*> find_organization(const store::Catalog& catalog, std::string_view id_or_slug);

// Members of a body. nullopt when absent or null; kInvalid naming the field when it has another type. The texts "true"
// and "false" count as booleans, digits as numbers (forms).
Result<std::optional<std::string>> text_member(const json::Object& body, std::string_view name);
Result<std::optional<bool>> bool_member(const json::Object& body, std::string_view name);
Result<std::optional<std::int64_t>> int_member(const json::Object& body, std::string_view name);

}  // namespace fleethook::api
