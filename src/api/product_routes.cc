// Products, one's own and those of one's organizations.
#include "api/answers.h"
#include "api/named.h"
#include "api/router.h"

namespace fleethook::api {
namespace {

Result<http::Response> list(Services&, Call& call) {
  json::Array items;
  for (const core::Product* product : call.catalog->products_of(call.user->id)) items.push_back(product_object(*product, *call.catalog));
  for (const core::Organization* organization : call.catalog->organizations_of(call.user->id)) {
    for (const core::Product* product : call.catalog->products_of(organization->id)) items.push_back(product_object(*product, *call.catalog));
  }
  return answer(200, json::Object{{"products", std::move(items)}});
}

Result<http::Response> create(Services& services, Call& call) { return create_product(services, call, core::OrganizationId{}); }

Result<http::Response> get(Services&, Call& call) {
  FLEETHOOK_TRY(const core::Product* product, product_for(call, call.parameters[0], core::Role::kViewOnly));
  return answer(200, json::Object{{"product", product_object(*product, *call.catalog)}});
}

}  // namespace

std::vector<Route> product_routes() {
  return {
      {"GET", "/v1/products", Access::kUser, list, nullptr, "Your products, those of your organizations included."},
      {"GET", "/v1/user/products", Access::kUser, list, nullptr, "The same."},
      {"POST", "/v1/products", Access::kUser, create, nullptr, "Create a product of your own."},
      {"POST", "/v1/user/products", Access::kUser, create, nullptr, "The same."},
      {"GET", "/v1/products/:product", Access::kUser, get, nullptr, "One product."},
  };
}

}  // namespace fleethook::api
