// A product that changes its owner, or goes, with its integrations.
#include "api/answers.h"
#include "api/integration_place.h"
#include "api/named.h"
#include "api/waiting.h"
#include "sharing/sharing.h"

namespace fleethook::api {
namespace {

// Moving takes an Administrator on both sides: it gives away what is here, and brings in what runs there.
Result<const core::Organization*> destination(const Call& call, std::string_view id_or_slug) {
  FLEETHOOK_TRY(const core::Organization* organization, find_organization(*call.catalog, id_or_slug));
  const core::Role role = call.catalog->role_in(organization->id, call.user->id);
  if (call.user->administrator || role >= core::Role::kAdministrator) return organization;
  if (role == core::Role::kNone) {
    return Error{Fault::kNotFound, "there is no organization '" + std::string(id_or_slug) + "'"};
  }
  return Error{Fault::kForbidden,
               "moving a product needs the role Administrator or higher on the organization it goes "
               "to; yours is " +
                   std::string(core::to_text(role))};
}

Result<http::Response> move(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  const json::Value* sent = body.find("organization");
  if (sent == nullptr || !(sent->is_null() || sent->is_string())) {
    return Error::field("organization",
                        "name the organization that the product moves to (id or slug), or null for your own");
  }
  core::OrganizationId to;
  if (sent->is_string()) {
    FLEETHOOK_TRY(const core::Organization* organization, destination(call, sent->as_string()));
    to = organization->id;
  }
  const core::ProductId product = call.product->id;
  FLEETHOOK_CHECK(sharing::move_product(services.store, call.actor(), product, to, call.user->id));
  const store::CatalogPtr now = services.store.catalog();
  const core::Product* moved = now->product(product);
  if (moved == nullptr) return Error{Fault::kNotFound, "the product has been deleted meanwhile"};
  return answer(200, json::Object{{"ok", true}, {"product", product_object(*moved, *now)}});
}

Result<http::Response> remove(Services& services, Call& call) {
  std::vector<core::IntegrationNumber> numbers;
  for (const core::IntegrationPtr& integration : call.catalog->integrations_of(call.product->id))
    numbers.push_back(integration->number);
  FLEETHOOK_CHECK(sharing::delete_product(services.store, call.actor(), call.product->id));
  const std::uint64_t cancelled = cancelled_with(services.queue, *services.store.catalog(), numbers);
  services.take_effect();
  return answer(200, json::Object{{"ok", true}, {"cancelled", cancelled}});
}

}  // namespace

std::vector<Route> product_move_routes() {
  return {
      {.method = "POST",
       .pattern = "/v1/products/:product/move",
       .permission = Permission::kProductUpdate,
       .on_pool = move,
       .summary = "Move a product to an organization, or (null) to yourself, with its integrations.",
       .request = "ProductMove",
       .response = "ProductAnswer"},
      {.method = "DELETE",
       .pattern = "/v1/products/:product",
       .permission = Permission::kProductUpdate,
       .on_pool = remove,
       .summary =
           "Delete a product; it leaves every integration, and those that ran only there are deleted: what waited for "
           "them ends as cancelled.",
       .response = "Deleted"},
  };
}

}  // namespace fleethook::api
