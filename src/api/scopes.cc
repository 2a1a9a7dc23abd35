// The scopes that an API user may be given: those that Particle's documentation names, and those of secrets.
#include <algorithm>
#include <iterator>

#include "api/permissions.h"

namespace fleethook::api {
namespace {

constexpr std::string_view kScopes[] = {
    "binary:compile",
    "clients:create",
    "clients:list",
    "clients:remove",
    "clients:update",
    "configuration:get",
    "configuration:update",
    "customers:list",
    "customers:remove",
    "customers:update",
    "devices.diagnostics.metadata:get",
    "devices.diagnostics.summary:get",
    "devices.diagnostics:get",
    "devices.diagnostics:update",
    "devices.function:call",
    "devices.variable:get",
    "devices:get",
    "devices:import",
    "devices:list",
    "devices:ping",
    "devices:release",
    "devices:remove",
    "devices:update",
    "events:get",
    "events:send",
    "firmware.binary:get",
    "firmware:create",
    "firmware:get",
    "firmware:list",
    "firmware:release",
    "firmware:remove",
    "firmware:update",
    "groups.impact:get",
    "groups:create",
    "groups:get",
    "groups:list",
    "groups:remove",
    "groups:update",
    "integrations:create",
    "integrations:get",
    "integrations:list",
    "integrations:remove",
    "integrations:test",
    "integrations:update",
    "ledger.definitions:archive",
    "ledger.definitions:create",
    "ledger.definitions:get",
    "ledger.definitions:list",
    "ledger.definitions:update",
    "ledger.instances.versions:get",
    "ledger.instances.versions:list",
    "ledger.instances:get",
    "ledger.instances:list",
    "ledger.instances:remove",
    "ledger.instances:set",
    "locations:get",
    "logic.functions:create",
    "logic.functions:get",
    "logic.functions:list",
    "logic.functions:remove",
    "logic.functions:update",
    "logic.logs:list",
    "logic.runs:get",
    "logic.runs:list",
    "metrics.integrations:get",
    "organization:get",
    "products:get",
    "products:list",
    "secrets:create",
    "secrets:get",
    "secrets:list",
    "secrets:remove",
    "secrets:update",
    "service_agreements.notifications:list",
    "service_agreements.pricing_terms:get",
    "service_agreements.usage_reports:create",
    "service_agreements.usage_reports:get",
    "service_agreements.usage_summary:get",
    "service_agreements:list",
    "sims.status:get",
    "sims.usage:get",
    "sims:get",
    "sims:import",
    "sims:list",
    "sims:remove",
    "sims:update",
    "teams.users:invite",
    "teams.users:list",
    "teams.users:remove",
    "teams.users:update",
};

constexpr bool ascending() {
  for (std::size_t i = 1; i < std::size(kScopes); ++i) {
    if (kScopes[i - 1] >= kScopes[i]) return false;
  }
  return true;
}
static_assert(ascending());

}  // namespace

std::span<const std::string_view> known_scopes() {
  return kScopes;
}

}  // namespace fleethook::api
