// Products, one's own and those of one's organizations.
#include <algorithm>

#include "api/answers.h"
#include "api/named.h"
#include "api/router.h"

namespace fleethook::api {
namespace {

// What the caller sees without being asked for one: owned, of its organizations, and those whose own team it is in; an
// API user the products that it belongs to.
std::vector<const core::Product*> seen_products(const Call& call) {
  const store::Catalog& catalog = *call.catalog;
  std::vector<const core::Product*> seen;
  const auto add = [&](const std::vector<const core::Product*>& products) {
    seen.insert(seen.end(), products.begin(), products.end());
  };
  if (const auto& api = call.user->api) {
    if (api->organization.is_none()) return {catalog.product(api->product)};
    return catalog.products_of(api->organization);
  }
  add(catalog.products_of(call.user->id));
  for (const core::Organization* organization : catalog.organizations_of(call.user->id))
    add(catalog.products_of(organization->id));
  for (const core::Product* product : catalog.products_joined_by(call.user->id)) {
    if (std::find(seen.begin(), seen.end(), product) == seen.end()) seen.push_back(product);
  }
  return seen;
}

Result<http::Response> list(Services&, Call& call) {
  json::Array items;
  for (const core::Product* product : seen_products(call)) items.push_back(product_object(*product, *call.catalog));
  return answer(200, json::Object{{"products", std::move(items)}});
}

Result<http::Response> create(Services& services, Call& call) {
  return create_product(services, call, core::OrganizationId{});
}

Result<http::Response> get(Services&, Call& call) {
  return answer(200, json::Object{{"product", product_object(*call.product, *call.catalog)}});
}

// What is not sent stays as it is. The id never changes, so paths with it go on working under a new slug.
Result<http::Response> update(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  core::Product wanted = *call.product;
  if (const json::Value* name = body.find("name"); name != nullptr && !name->is_null()) {
    FLEETHOOK_TRY(wanted.name, checked_name(body, "name", services.limits));
  }
  FLEETHOOK_TRY(const std::string slug, checked_slug(body, services.limits));
  if (!slug.empty()) wanted.slug = slug;
  FLEETHOOK_TRY(const auto description, text_member(body, "description"));
  if (description) wanted.description = *description;
  FLEETHOOK_CHECK(services.store.update_product(wanted, call.actor()));
  const store::CatalogPtr now = services.store.catalog();
  const core::Product* changed = now->product(wanted.id);
  if (changed == nullptr) return Error{Fault::kNotFound, "the product has been deleted meanwhile"};
  return answer(200, json::Object{{"ok", true}, {"product", product_object(*changed, *now)}});
}

}  // namespace

std::vector<Route> product_routes() {
  return {
      {.method = "GET",
       .pattern = "/v1/products",
       .permission = Permission::kProductsList,
       .on_pool = list,
       .summary = "Your products, those of your organizations included.",
       .response = "Products"},
      {.method = "GET",
       .pattern = "/v1/user/products",
       .permission = Permission::kProductsList,
       .on_pool = list,
       .summary = "The same.",
       .response = "Products"},
      {.method = "POST",
       .pattern = "/v1/products",
       .permission = Permission::kAccount,
       .on_pool = create,
       .summary = "Create a product of your own.",
       .request = "ProductNew",
       .response = "ProductAnswer",
       .takes_key = true},
      {.method = "POST",
       .pattern = "/v1/user/products",
       .permission = Permission::kAccount,
       .on_pool = create,
       .summary = "The same.",
       .request = "ProductNew",
       .response = "ProductAnswer",
       .takes_key = true},
      {.method = "GET",
       .pattern = "/v1/products/:product",
       .permission = Permission::kProductGet,
       .on_pool = get,
       .summary = "One product.",
       .response = "ProductAnswer"},
      {.method = "PUT",
       .pattern = "/v1/products/:product",
       .permission = Permission::kProductUpdate,
       .on_pool = update,
       .summary = "Change a product's name, slug or description.",
       .request = "ProductChange",
       .response = "ProductAnswer"},
  };
}

}  // namespace fleethook::api
