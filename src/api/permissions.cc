#include "api/permissions.h"

#include <algorithm>

#include "api/answers.h"
#include "api/router.h"
#include "base/assert.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

using core::Role;

constexpr PermissionRow open_to_all(Permission permission, std::string_view name, std::string_view sentence) {
  return {permission, name, ApiUsers::kOpen, {}, Role::kNone, true, false, false, sentence};
}
constexpr PermissionRow closed(Permission permission, std::string_view name, Role role, std::string_view sentence) {
  return {permission, name, ApiUsers::kClosed, {}, role, false, false, false, sentence};
}
// Named like its scope.
constexpr PermissionRow scoped(Permission permission, std::string_view scope, Role role, std::string_view sentence) {
  return {permission, scope, ApiUsers::kScopes, {scope, {}}, role, false, false, false, sentence};
}
constexpr PermissionRow scoped(Permission permission,
                               std::string_view name,
                               std::string_view scope,
                               std::string_view other,
                               Role role,
                               std::string_view sentence) {
  return {permission, name, ApiUsers::kScopes, {scope, other}, role, false, false, false, sentence};
}

// Separating makes an integration and changes another; merging changes one and ends another (A58 of the reference).
constexpr PermissionRow kTable[] = {
    open_to_all(Permission::kPublic, "public", "Anybody, without a token."),
    {Permission::kSignUp, "sign-up", ApiUsers::kClosed, {}, Role::kNone, true, false, false, "Create a user."},
    {Permission::kWhoAmI,
     "who-am-i",
     ApiUsers::kOpen,
     {},
     Role::kNone,
     false,
     false,
     false,
     "See and end the token in use, and whose it is."},
    closed(Permission::kAccount,
           "account",
           Role::kNone,
           "Change one's own account, answer invitations; create organizations and products of one's own."),
    closed(Permission::kSandbox,
           "sandbox",
           Role::kNone,
           "Everything in one's own sandbox: its devices, events, integrations, secrets."),
    scoped(Permission::kOrganizationsList,
           "organizations:list",
           "organization:get",
           {},
           Role::kNone,
           "See which organizations one belongs to."),
    scoped(Permission::kOrganizationGet, "organization:get", Role::kViewOnly, "See an organization's settings."),
    closed(Permission::kOrganizationUpdate,
           "organization:update",
           Role::kAdministrator,
           "Change an organization's settings."),
    scoped(Permission::kProductsList, "products:list", Role::kViewOnly, "See which products there are."),
    closed(Permission::kProductsCreate, "products:create", Role::kDeveloper, "Create a product in an organization."),
    scoped(Permission::kProductGet, "products:get", Role::kViewOnly, "See a product's settings."),
    {Permission::kProductUpdate,
     "products:update",
     ApiUsers::kClosed,
     {},
     Role::kAdministrator,
     false,
     false,
     true,
     "Rename, move or delete a product."},
    scoped(Permission::kTeamList, "teams.users:list", Role::kViewOnly, "See who is in a team, API users included."),
    closed(Permission::kTeamInvite,
           "teams.users:invite",
           Role::kAdministrator,
           "Invite somebody to a team, or create an API user."),
    closed(Permission::kTeamUpdate,
           "teams.users:update",
           Role::kAdministrator,
           "Change a member's role, or an API user's name, scopes or token."),
    {Permission::kTeamRemove,
     "teams.users:remove",
     ApiUsers::kClosed,
     {},
     Role::kAdministrator,
     false,
     true,
     false,
     "Remove a member from a team, withdraw an invitation, or delete an API user."},
    scoped(Permission::kDevicesList, "devices:list", Role::kViewOnly, "See the devices of a product."),
    scoped(Permission::kDevicesGet, "devices:get", Role::kViewOnly, "See one device of a product."),
    scoped(Permission::kDevicesImport, "devices:import", core::kDeviceRole, "Add devices to a product."),
    scoped(Permission::kDevicesUpdate, "devices:update", core::kDeviceRole, "Change a device."),
    scoped(Permission::kDevicesRemove, "devices:remove", core::kDeviceRole, "Take a device out of a product."),
    scoped(Permission::kDevicesRelease, "devices:release", core::kDeviceRole, "Release a claimed device."),
    scoped(
        Permission::kGroupsList, "groups:list", Role::kViewOnly, "See which groups the devices of a product are in."),
    scoped(Permission::kGroupsRemove, "groups:remove", Role::kDeveloper, "Take every device out of a group."),
    scoped(Permission::kEventsGet, "events:get", Role::kViewOnly, "Read events."),
    scoped(Permission::kEventsSend, "events:send", Role::kDeveloper, "Publish events."),
    scoped(Permission::kIntegrationsList, "integrations:list", Role::kViewOnly, "List integrations."),
    scoped(Permission::kIntegrationsGet,
           "integrations:get",
           Role::kViewOnly,
           "See an integration with its counters and logs."),
    scoped(Permission::kIntegrationsCreate, "integrations:create", Role::kDeveloper, "Create an integration."),
    scoped(Permission::kIntegrationsUpdate, "integrations:update", Role::kDeveloper, "Change an integration."),
    scoped(Permission::kIntegrationsRemove, "integrations:remove", Role::kDeveloper, "Delete an integration."),
    scoped(
        Permission::kIntegrationsTest, "integrations:test", Role::kDeveloper, "Send a test request of an integration."),
    scoped(Permission::kIntegrationsSeparate,
           "integrations:separate",
           "integrations:create",
           "integrations:update",
           Role::kDeveloper,
           "Give a product a copy of a shared integration of its own."),
    scoped(Permission::kIntegrationsMerge,
           "integrations:merge",
           "integrations:update",
           "integrations:remove",
           Role::kDeveloper,
           "Make one integration of two identical ones."),
    scoped(Permission::kIntegrationsMetrics,
           "metrics.integrations:get",
           Role::kViewOnly,
           "Read the traffic of integrations over time, and their metrics for Prometheus."),
    scoped(Permission::kSecretsList, "secrets:list", Role::kViewOnly, "List secrets, without their values."),
    scoped(Permission::kSecretsGet, "secrets:get", Role::kViewOnly, "See where a secret is used, without its value."),
    scoped(Permission::kSecretsCreate, "secrets:create", Role::kDeveloper, "Create a secret."),
    scoped(Permission::kSecretsUpdate, "secrets:update", Role::kDeveloper, "Change a secret's value."),
    scoped(Permission::kSecretsRemove, "secrets:remove", Role::kDeveloper, "Delete a secret."),
    scoped(Permission::kVariablesGet,
           "variables:get",
           "products:get",
           {},
           Role::kViewOnly,
           "Read the variables of an organization or a product."),
    scoped(Permission::kVariablesUpdate,
           "variables:update",
           "integrations:update",
           {},
           Role::kDeveloper,
           "Change the variables of an organization or a product."),
    closed(Permission::kAuditRead, "audit", Role::kAdministrator, "Read who changed what."),
    {Permission::kInstance,
     "instance",
     ApiUsers::kClosed,
     {},
     Role::kNone,
     false,
     false,
     false,
     "See how the installation does, and who has an account.",
     true},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kTable); ++i) {
    if (static_cast<std::size_t>(kTable[i].permission) != i + 1) return false;
  }
  return true;
}
static_assert(in_order(), "a row for each permission, in the order of the enumeration");

// --- names in paths
// --------------------------------------------------------------------------------------------------------------------

Error unseen(std::string_view kind, std::string_view name) {
  return {Fault::kNotFound, "there is no " + std::string(kind) + " '" + std::string(name) + "'"};
}

// What an API user belongs to, and all that lies in it.
bool reaches(const core::ApiAccess& api, const core::Product& product) {
  return api.organization.is_none() ? api.product == product.id : api.organization == product.organization;
}
bool reaches(const core::ApiAccess& api, const core::Organization& organization) {
  return api.organization == organization.id;
}

Result<const core::Organization*> seen_organization(const Call& call, std::string_view name) {
  const auto found = find_organization(*call.catalog, name);
  if (!found.ok() || call.user->administrator) return found;
  const bool sees = call.user->api ? reaches(*call.user->api, **found)
                                   : call.catalog->role_in((*found)->id, call.user->id) != Role::kNone;
  if (!sees) return unseen("organization", name);
  return found;
}

Result<const core::Product*> seen_product(const Call& call, std::string_view name) {
  const auto found = find_product(*call.catalog, name);
  if (!found.ok() || call.user->administrator) return found;
  const bool sees = call.user->api ? reaches(*call.user->api, **found)
                                   : call.catalog->role_on((*found)->id, call.user->id) != Role::kNone;
  if (!sees) return unseen("product", name);
  return found;
}

// --- what is needed
// --------------------------------------------------------------------------------------------------------------------

Result<void> check_scopes(const core::ApiAccess& api, const PermissionRow& row) {
  for (const std::string_view scope : row.scopes) {
    if (scope.empty() || std::binary_search(api.scopes.begin(), api.scopes.end(), scope)) continue;
    return Error{Fault::kForbidden,
                 "this needs the scope " + std::string(scope) + ", which this API user does not have"};
  }
  return {};
}

Result<void> check_role(Role role, Role needed, std::string_view kind) {
  if (role >= needed) return {};
  return Error{Fault::kForbidden,
               "this needs the role " + std::string(core::to_text(needed)) + " or higher on the " + std::string(kind) +
                   (role == Role::kNone ? std::string() : "; yours is " + std::string(core::to_text(role)))};
}

// What a product's own team cannot decide.
Result<void> check_owner(const Call& call, Role needed) {
  if (call.organization != nullptr)
    return check_role(call.catalog->role_in(call.organization->id, call.user->id), needed, "organization");
  return check_role(call.role, Role::kOwner, "product");
}

}  // namespace

std::span<const PermissionRow> permission_table() {
  return kTable;
}

const PermissionRow& row_of(Permission permission) {
  const std::size_t number = static_cast<std::size_t>(permission);
  FLEETHOOK_ASSERT(number >= 1 && number <= std::size(kTable));
  return kTable[number - 1];
}

std::vector<std::string_view> scopes_of(const PermissionRow& row) {
  std::vector<std::string_view> scopes;
  for (const std::string_view scope : row.scopes) {
    if (!scope.empty()) scopes.push_back(scope);
  }
  return scopes;
}

Result<void> also_needs(const Call& call, Permission permission) {
  return call.user->api ? check_scopes(*call.user->api, row_of(permission)) : Result<void>();
}

bool sees_credentials(const Call& call) {
  const PermissionRow& row = row_of(Permission::kIntegrationsUpdate);
  if (call.user->api) return check_scopes(*call.user->api, row).ok();
  const bool is_ones_own = call.product == nullptr && call.organization == nullptr;
  return is_ones_own || call.role >= row.role;
}

Result<void> admit(Call& call) {
  const PermissionRow& row = row_of(call.route->permission);
  if (call.user == nullptr) {
    if (row.without_token) return {};
    return Error{Fault::kUnauthorized, "no valid token"};
  }
  const bool is_api_user = call.user->api.has_value();
  if (is_api_user && row.api_users == ApiUsers::kClosed) {
    return Error{Fault::kInvalid, "API users are not allowed to call this endpoint", std::string(kApiUserRefused)};
  }
  if (const std::string* name = call.find_in_path("organization")) {
    FLEETHOOK_TRY(call.organization, seen_organization(call, *name));
    call.role = call.catalog->role_in(call.organization->id, call.user->id);
  }
  if (const std::string* name = call.find_in_path("product")) {
    FLEETHOOK_TRY(call.product, seen_product(call, *name));
    if (call.organization != nullptr && call.product->organization != call.organization->id) {
      return Error{Fault::kNotFound, "there is no product '" + *name + "' in organization " + call.organization->slug};
    }
    if (call.organization == nullptr) call.organization = call.catalog->organization(call.product->organization);
    call.role = call.catalog->role_on(call.product->id, call.user->id);
  }
  if (call.user->administrator) {
    call.role = Role::kOwner;
    return {};
  }
  if (row.of_installation) return Error{Fault::kForbidden, "this needs the administrator of the installation"};
  if (is_api_user) return row.api_users == ApiUsers::kOpen ? Result<void>() : check_scopes(*call.user->api, row);
  const bool has_place = call.product != nullptr || call.organization != nullptr;
  if (!has_place) return {};
  if (row.of_owner && call.product != nullptr) return check_owner(call, row.role);
  const std::string* whom = row.or_for_oneself ? call.find_in_path("username") : nullptr;
  const bool oneself = whom != nullptr && ascii_lower(*whom) == call.user->username;
  return check_role(call.role, oneself ? Role::kViewOnly : row.role,
                    call.product != nullptr ? "product" : "organization");
}

}  // namespace fleethook::api
