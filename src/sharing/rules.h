// What the rules of sharing have in common. Private to sharing/.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/pause.h"
#include "sharing/sharing.h"
#include "store/changes.h"

namespace fleethook::sharing {

// The integration, alive, in the version that the request is for, reached through a product on which it runs.
Result<core::IntegrationPtr> find(const store::Catalog& catalog, const Request& request, const Target& target);
// The same for what changes all products: refused through one of several.
Result<core::IntegrationPtr> find_for_all(const store::Catalog& catalog, const Request& request, const Target& target);

Error refused(std::string_view code, std::string message);
// Nothing that gives a version its meaning may change while another one is tried.
Result<void> check_not_staged(const core::Integration& integration);
// Every secret and variable that `next` needs is there, for each product and as it runs there. The variables of its
// placements count as they are, and as `carried` brings them along from another integration. kInvalid naming each
// field.
Result<void> check_names(const store::Catalog& catalog,
                         const core::Integration& next,
                         const core::PlacementKey& carried = {});
// What is in effect on the product, without what it is only trying.
core::IntegrationConfig in_effect(const core::Integration& integration, core::ProductId product);

// Removes it from the set, with what it had on its own.
void take_out(core::Integration& next, core::ProductId product);
void set_override_of(core::Integration& next, core::ProductId product, json::Object settings);
bool adds_product(core::Integration& next, core::ProductId product);  // false: it is on it already

// Slugs, for sentences: "thermometer, door-sensor".
std::string names_of(const store::Catalog& catalog, const std::vector<core::ProductId>& products);

// An audit entry for `integration`; concerns its products, and `also` if given.
store::AuditEntry note(const store::Actor& by,
                       const core::Integration& integration,
                       std::string_view action,
                       json::Object diff = {},
                       core::ProductId also = {});
// Runs a rule that changes one integration. `unchanged` stays null unless the rule sets it and gives no changes.
Result<core::IntegrationPtr> run(
    store::Integrations& store,
    const std::function<
        Result<store::Changes>(const store::Catalog&, const store::Making&, core::IntegrationPtr& unchanged)>& rule);

}  // namespace fleethook::sharing
