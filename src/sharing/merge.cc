#include <utility>

#include "sharing/rules.h"

namespace fleethook::sharing {
namespace {

Result<void> check_identical(const core::Integration& one, const core::Integration& other) {
  if (one.fingerprint == other.fingerprint) return {};
  std::string fields;
  for (const auto& [field, values] : core::config_diff(one.config, other.config, one.scope)) {
    if (!fields.empty()) fields += ", ";
    fields += field;
  }
  return refused("not_identical", "only identical integrations can be merged; these differ in " + fields);
}

}  // namespace

Result<core::IntegrationPtr> merge(store::Integrations& store,
                                   const Request& request,
                                   const core::OrganizationId& organization,
                                   const core::IntegrationId& target,
                                   const core::IntegrationId& with) {
  return run(
      store,
      [&](const store::Catalog& catalog, const store::Making& making, core::IntegrationPtr&) -> Result<store::Changes> {
        FLEETHOOK_TRY(const core::IntegrationPtr old, find(catalog, request, {target, {}}));
        if (with == target) return Error::field("with", "must be another integration");
        const core::IntegrationPtr other = catalog.integration(with);
        if (const auto closed = catalog.closed_integration(with);
            closed != nullptr && closed->organization == organization) {
          return Error::field("with", "was merged into " + closed->merged_into.str() + " already");
        }
        if (other == nullptr || other->organization != organization || organization.is_none()) {
          return Error::field("with", "expected the id of another integration of this organization");
        }
        FLEETHOOK_CHECK(check_identical(*old, *other));
        FLEETHOOK_CHECK(check_not_staged(*old));
        FLEETHOOK_CHECK(check_not_staged(*other));
        auto next = store::next_version(*old, making);
        store::Changes changes;
        for (const core::ProductId product : other->products) {
          // Where both run, what the staying one has there counts.
          if (!adds_product(*next, product)) continue;
          if (const core::Override* there = other->override_on(product)) {
            set_override_of(*next, product, there->settings);
          }
          changes.carried.push_back({other->number, 0, product});
        }
        json::Object diff = difference(*old, *next);
        store::put_change(diff, "merged", nullptr, other->id.str());
        changes.audit.push_back(note(request.by, *next, "merged", std::move(diff)));
        json::Object closing;
        store::put_change(closing, "merged_into", nullptr, old->id.str());
        changes.audit.push_back(note(request.by, *other, "closed", std::move(closing)));
        changes.closed.push_back({other->number, old->id});
        changes.integrations.push_back({std::move(next), "merged", request.by.user});
        return changes;
      });
}

}  // namespace fleethook::sharing
