// One definition, many products: the commands on integrations, with the rules of sharing and separating. Each is one
// step of the store: it happens whole or not at all, and no event falls between two states.
//
// Errors, beside those of the store: kNotFound; kInvalid naming the field; kConflict with code "version_mismatch"
// (another version is current by now), "merged" (the integration was merged into another), "shared_integration" (the
// path was a product's, and other products would change too), "nothing_changed", "not_shared", "not_identical",
// "last_product", "version_staged", "not_staged", "missing_names" (a move would take secrets or variables away).
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "core/integration.h"
#include "store/history.h"
#include "store/integrations.h"

namespace fleethook::sharing {

// Who asks. All commands block until committed: API pool only.
struct Request {
  store::Actor by;
  std::optional<std::uint32_t> version;  // what he saw; nullopt: whatever is current
};

// Which integration, and by which way it was reached.
struct Target {
  core::IntegrationId id;
  core::ProductId product;  // through a product's path; none: sandbox or organization
};

// The refusal of every change of an integration that was merged into another.
Error was_merged(const core::Integration& closed);

// The next configuration out of the present one.
using MakeConfig = std::function<Result<core::IntegrationConfig>(const core::IntegrationConfig&)>;

struct Creation {
  core::Scope scope = core::Scope::kSandbox;
  core::UserId user;  // owner when there is no organization
  core::OrganizationId organization;
  std::vector<core::ProductId> products;
  core::IntegrationConfig config;
  bool through_product = false;  // made in a product: it joins an identical one if the organization groups them
};
struct Created {
  core::IntegrationPtr integration;
  bool joined = false;
};
Result<Created> create(store::Integrations& store, const store::Actor& by, const Creation& creation);

struct Edit {
  MakeConfig config;                                                                       // empty: unchanged
  std::function<Result<std::vector<core::ProductId>>(const core::Integration&)> products;  // empty: unchanged
};
Result<core::IntegrationPtr> edit(store::Integrations& store,
                                  const Request& request,
                                  const Target& target,
                                  const Edit& edit);
// Configuration and overrides as they were; the product set stays. Answers the current state when nothing differs.
Result<core::IntegrationPtr> rollback(store::Integrations& store,
                                      const Request& request,
                                      const Target& target,
                                      std::uint32_t version);
// What one product sets differently; `settings` as read_override() takes them, replacing what was there; empty = none.
Result<core::IntegrationPtr> set_override(store::Integrations& store,
                                          const Request& request,
                                          const Target& target,
                                          core::ProductId product,
                                          const json::Object& settings);
// Through a product: that product leaves a shared integration, and an unshared one is deleted. Else deleted for all.
Result<void> remove(store::Integrations& store, const Request& request, const Target& target);

struct Separated {
  core::IntegrationPtr copy;     // of the product alone
  core::IntegrationPtr remains;  // of the others
};
// `config` is made over the configuration that is in effect on the product.
Result<Separated> separate(store::Integrations& store,
                           const Request& request,
                           const Target& target,
                           const MakeConfig& config);

// `with` is closed, its products join `target`. Both are of `organization`.
Result<core::IntegrationPtr> merge(store::Integrations& store,
                                   const Request& request,
                                   const core::OrganizationId& organization,
                                   const core::IntegrationId& target,
                                   const core::IntegrationId& with);

struct Staging {
  MakeConfig config;
  std::vector<core::ProductId> products;  // that try it
  std::optional<std::uint32_t> error_percent_max;
  std::uint32_t outcomes_min = 20;
};
Result<core::IntegrationPtr> stage(store::Integrations& store,
                                   const Request& request,
                                   const Target& target,
                                   const Staging& staging);
// All products get the staged version.
Result<core::IntegrationPtr> promote(store::Integrations& store, const Request& request, const Target& target);
// None has it any more. `why`: for the audit log. `staged_version`: only that one, if it is still what is staged.
Result<core::IntegrationPtr> discard(store::Integrations& store,
                                     const Request& request,
                                     const Target& target,
                                     std::string_view why = "",
                                     std::optional<std::uint32_t> staged_version = std::nullopt);

// How a staged version does beside the current one, of which the other products' outcomes since then count (whole
// hours: from the beginning of the hour in which it was staged).
struct Trial {
  store::Counts staged, others;
  Instant others_since{};
};
Result<Trial> trial_of(store::History& history, const core::Integration& integration, Instant now);
// Discards every staged version of which more than its share of outcomes was no success. Called from time to time; says
// how many it discarded.
Result<std::size_t> discard_failing(store::Integrations& store, store::History& history, Instant now);

// What differs from one version to another, as {field: {"from", "to"}}: fields of the configuration, product_ids,
// overrides of products.
json::Object difference(const core::Integration& from, const core::Integration& to);

// To an organization, or (none) to a user. Identical integrations are joined there if it groups them; what the product
// shared is left behind, and a copy goes along.
Result<void> move_product(store::Integrations& store,
                          const store::Actor& by,
                          core::ProductId product,
                          const core::OrganizationId& organization,
                          const core::UserId& user);
// Out of every set; integrations that ran only there are deleted. Its devices stay, in no product.
Result<void> delete_product(store::Integrations& store, const store::Actor& by, core::ProductId product);

}  // namespace fleethook::sharing
