// Organizations and their products.
#include "api/answers.h"
#include "api/named.h"
#include "api/router.h"

namespace fleethook::api {
namespace {

json::Object organization_object(const core::Organization& organization) {
  return {{"id", organization.id.str()},
          {"slug", organization.slug},
          {"name", organization.name},
          {"plan", core::to_text(organization.plan)},
          {"group_identical", core::to_text(organization.group_identical)}};
}

Result<std::optional<core::Plan>> plan_member(const json::Object& body) {
  FLEETHOOK_TRY(const auto text, text_member(body, "plan"));
  if (!text) return std::optional<core::Plan>();
  const auto plan = core::parse_plan(*text);
  if (!plan) return Error::field("plan", "expected one of free, basic, plus, enterprise");
  return plan;
}

Error plan_needs_administrator() {
  return {Fault::kForbidden, "the plan is set by the administrator of this installation only"};
}

Result<http::Response> create(Services& services, Call& call) {
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  store::NewOrganization wanted;
  FLEETHOOK_TRY(wanted.name, checked_name(body, "name", services.limits));
  FLEETHOOK_TRY(wanted.slug, checked_slug(body, services.limits));
  FLEETHOOK_TRY(const auto plan, plan_member(body));
  // A lower plan than the default takes nothing that is not given anyway.
  if (plan) wanted.plan = *plan;
  wanted.created_by = call.user->id;
  FLEETHOOK_TRY(const core::Organization made, services.store.create_organization(std::move(wanted), call.actor()));
  return answer(201, json::Object{{"ok", true}, {"organization", organization_object(made)}});
}

Result<http::Response> list(Services&, Call& call) {
  json::Array items;
  for (const core::Organization* organization : seen_organizations(call))
    items.push_back(organization_object(*organization));
  return answer(200, json::Object{{"organizations", std::move(items)}});
}

Result<http::Response> get(Services&, Call& call) {
  return answer(200, json::Object{{"organization", organization_object(*call.organization)}});
}

Result<http::Response> update(Services& services, Call& call) {
  const core::Organization* current = call.organization;
  FLEETHOOK_TRY(const json::Object body, call.body(services.limits));
  core::Organization wanted = *current;
  if (const json::Value* name = body.find("name"); name != nullptr && !name->is_null()) {
    FLEETHOOK_TRY(wanted.name, checked_name(body, "name", services.limits));
  }
  FLEETHOOK_TRY(const auto grouping, text_member(body, "group_identical"));
  if (grouping) {
    const auto parsed = core::parse_group_identical(*grouping);
    if (!parsed) return Error::field("group_identical", "expected one of auto, suggest, off");
    wanted.group_identical = *parsed;
  }
  FLEETHOOK_TRY(const auto plan, plan_member(body));
  if (plan && *plan != current->plan) {
    if (!call.user->administrator) return plan_needs_administrator();
    wanted.plan = *plan;
  }
  FLEETHOOK_CHECK(services.store.update_organization(wanted, call.actor()));
  return answer(200, json::Object{{"ok", true}, {"organization", organization_object(wanted)}});
}

Result<http::Response> products(Services&, Call& call) {
  json::Array items;
  for (const core::Product* product : call.catalog->products_of(call.organization->id))
    items.push_back(product_object(*product, *call.catalog));
  return answer(200, json::Object{{"products", std::move(items)}});
}

Result<http::Response> add_product(Services& services, Call& call) {
  return create_product(services, call, call.organization->id);
}

}  // namespace

std::vector<Route> organization_routes() {
  return {
      {.method = "POST",
       .pattern = "/v1/orgs",
       .permission = Permission::kAccount,
       .on_pool = create,
       .summary = "Create an organization; you become its Owner.",
       .request = "OrganizationNew",
       .response = "OrganizationAnswer",
       .takes_key = true},
      {.method = "GET",
       .pattern = "/v1/orgs",
       .permission = Permission::kOrganizationsList,
       .on_pool = list,
       .summary = "The organizations of which you are a member.",
       .response = "Organizations"},
      {.method = "GET",
       .pattern = "/v1/orgs/:organization",
       .permission = Permission::kOrganizationGet,
       .on_pool = get,
       .summary = "One organization.",
       .response = "OrganizationAnswer"},
      {.method = "PUT",
       .pattern = "/v1/orgs/:organization",
       .permission = Permission::kOrganizationUpdate,
       .on_pool = update,
       .summary = "Change name, group_identical, or (installation administrator) plan.",
       .request = "OrganizationChange",
       .response = "OrganizationAnswer"},
      {.method = "GET",
       .pattern = "/v1/orgs/:organization/products",
       .permission = Permission::kProductsList,
       .on_pool = products,
       .summary = "The products of an organization.",
       .response = "Products"},
      {.method = "POST",
       .pattern = "/v1/orgs/:organization/products",
       .permission = Permission::kProductsCreate,
       .on_pool = add_product,
       .summary = "Create a product in an organization.",
       .request = "ProductNew",
       .response = "ProductAnswer",
       .takes_key = true},
  };
}

}  // namespace fleethook::api
