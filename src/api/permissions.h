// Who may do what: one table with a row for each thing that can be done here, and the one place where it is asked. A
// route names its permission; Api asks admit() before any handler runs, so a handler checks nothing of this itself.
// docs/permissions.md is this table printed.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "base/result.h"
#include "core/catalog_types.h"

namespace fleethook::api {

struct Route;  // api/router.h

// 0 is none of them: a route that forgets to name one is found when the server starts, not when somebody uses it.
enum class Permission : std::uint8_t {
  kPublic = 1,
  kSignUp,
  kWhoAmI,
  kAccount,
  kSandbox,
  kOrganizationsList,
  kOrganizationGet,
  kOrganizationUpdate,
  kProductsList,
  kProductsCreate,
  kProductGet,
  kProductUpdate,
  kTeamList,
  kTeamInvite,
  kTeamUpdate,
  kTeamRemove,
  kDevicesList,
  kDevicesGet,
  kDevicesImport,
  kDevicesUpdate,
  kDevicesRemove,
  kDevicesRelease,
  kGroupsList,
  kGroupsRemove,
  kEventsGet,
  kEventsSend,
  kIntegrationsList,
  kIntegrationsGet,
  kIntegrationsCreate,
  kIntegrationsUpdate,
  kIntegrationsRemove,
  kIntegrationsTest,
  kIntegrationsSeparate,
  kIntegrationsMerge,
  kIntegrationsMetrics,
  kSecretsList,
  kSecretsGet,
  kSecretsCreate,
  kSecretsUpdate,
  kSecretsRemove,
  kVariablesGet,
  kVariablesUpdate,
  kAuditRead,
  kInstance,
};

// What an API user needs.
enum class ApiUsers : std::uint8_t {
  kClosed,  // 400: API users are not allowed to call it
  kScopes,  // every scope of the row
  kOpen,    // nothing but its token
};

struct PermissionRow {
  Permission permission;
  std::string_view name;  // "integrations:separate", for the documentation
  ApiUsers api_users = ApiUsers::kClosed;
  std::array<std::string_view, 2> scopes{};  // "" = none
  // The lowest role that a person needs on the product or organization of the path; kNone where the path names neither.
  core::Role role = core::Role::kNone;
  bool without_token = false;   // also without a token
  bool or_for_oneself = false;  // View-only is enough where :username is the caller
  // The role must be one on what owns the product, its organization; where a user owns it, only that Owner may. A
  // product's own team cannot give the product away.
  bool of_owner = false;
  std::string_view sentence;     // "Change an integration."
  bool of_installation = false;  // only the administrator of the installation
};

// In the order of the enumeration. Asking for the row of none is a bug and stops the process.
std::span<const PermissionRow> permission_table();
const PermissionRow& row_of(Permission permission);
std::vector<std::string_view> scopes_of(const PermissionRow& row);

// Whether the caller may do what the call's route does on what the path names. Finds :organization and :product and
// puts product, organization and role into the call. kUnauthorized: no valid token. kNotFound: there is no such thing,
// or the caller may not see it; the words are the same. kForbidden: it may be seen, but this needs a higher role or
// another scope, which the sentence names. kInvalid with code "unauthorized": closed to API users.
Result<void> admit(Call& call);

// For a handler that turns out to do more than its route says (a PUT that creates): kForbidden when an API user lacks a
// scope of `permission`. People's roles do not differ there.
Result<void> also_needs(const Call& call, Permission permission);

// Whether the caller may see literal credentials in the integrations that the path leads to: who may change these.
bool sees_credentials(const Call& call);

// Every scope that an API user may be given (names of Particle's API, and secrets:*), ascending.
std::span<const std::string_view> known_scopes();

// docs/permissions.md: the table with the routes that need each row.
std::string permissions_page(std::span<const Route> routes);

}  // namespace fleethook::api
