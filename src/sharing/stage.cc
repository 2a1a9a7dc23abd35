#include <algorithm>
#include <utility>

#include "sharing/rules.h"

namespace fleethook::sharing {
namespace {

Result<core::IntegrationPtr> find_staged(const store::Catalog& catalog, const Request& request, const Target& target) {
  FLEETHOOK_TRY(core::IntegrationPtr old, find_for_all(catalog, request, target));
  if (old->staged == nullptr) return refused("not_staged", "no version of this integration is staged");
  return old;
}

Result<void> check_products(const store::Catalog& catalog,
                            const core::Integration& integration,
                            const std::vector<core::ProductId>& products) {
  if (products.empty()) return Error::field("product_ids", "name the products that try it");
  for (const core::ProductId id : products) {
    if (!integration.on(id)) {
      return Error::field("product_ids",
                          "'" + names_of(catalog, {id}) + "' is none of the products of this integration");
    }
  }
  return {};
}

}  // namespace

Result<core::IntegrationPtr> stage(store::Integrations& store,
                                   const Request& request,
                                   const Target& target,
                                   const Staging& staging) {
  return run(
      store,
      [&](const store::Catalog& catalog, const store::Making& making, core::IntegrationPtr&) -> Result<store::Changes> {
        FLEETHOOK_TRY(const core::IntegrationPtr old, find_for_all(catalog, request, target));
        FLEETHOOK_CHECK(check_not_staged(*old));
        FLEETHOOK_CHECK(check_products(catalog, *old, staging.products));
        auto staged = std::make_shared<core::Staged>();
        FLEETHOOK_TRY(staged->config, staging.config(old->config));
        if (staged->config == old->config) {
          return refused("nothing_changed", "at least one field must differ from the current version");
        }
        auto next = std::make_shared<core::Integration>(*old);
        staged->version = ++next->last_version;
        staged->products = staging.products;
        std::ranges::sort(staged->products);
        staged->since = making.now;
        staged->by = request.by.user;
        staged->error_percent_max = staging.error_percent_max;
        staged->outcomes_min = staging.outcomes_min;
        json::Object diff = core::config_diff(old->config, staged->config, old->scope);
        store::put_change(diff, "staged_version", nullptr, staged->version);
        next->staged = std::move(staged);
        FLEETHOOK_CHECK(check_names(catalog, *next));
        store::Changes changes;
        changes.audit.push_back(note(request.by, *next, "staged", std::move(diff)));
        changes.audit.back().products = next->staged->products;  // the others do not run it
        changes.integrations.push_back({std::move(next), "staged", request.by.user});
        return changes;
      });
}

Result<core::IntegrationPtr> promote(store::Integrations& store, const Request& request, const Target& target) {
  return run(
      store,
      [&](const store::Catalog& catalog, const store::Making& making, core::IntegrationPtr&) -> Result<store::Changes> {
        FLEETHOOK_TRY(const core::IntegrationPtr old, find_staged(catalog, request, target));
        auto next = std::make_shared<core::Integration>(*old);
        // It has its number and its row already, but stands on the overrides and products of the time it was staged:
        // what changed since (only products that joined or left) makes it a version of its own.
        next->version = ++next->last_version;
        next->config = old->staged->config;
        next->staged.reset();
        next->updated_at = making.now;
        FLEETHOOK_CHECK(check_names(catalog, *next));
        store::Changes changes;
        changes.audit.push_back(note(request.by, *next, "promoted", difference(*old, *next)));
        changes.integrations.push_back({std::move(next), "promoted", request.by.user});
        return changes;
      });
}

Result<core::IntegrationPtr> discard(store::Integrations& store,
                                     const Request& request,
                                     const Target& target,
                                     std::string_view why,
                                     std::optional<std::uint32_t> staged_version) {
  return run(store,
             [&](const store::Catalog& catalog, const store::Making&, core::IntegrationPtr&) -> Result<store::Changes> {
               FLEETHOOK_TRY(const core::IntegrationPtr old, find_staged(catalog, request, target));
               if (staged_version && *staged_version != old->staged->version) {
                 return refused("not_staged", "version " + std::to_string(*staged_version) + " is not staged any more");
               }
               auto next = std::make_shared<core::Integration>(*old);
               next->staged.reset();
               json::Object diff;
               store::put_change(diff, "staged_version", old->staged->version, nullptr);
               if (!why.empty()) store::put_change(diff, "reason", nullptr, std::string(why));
               store::Changes changes;
               changes.audit.push_back(note(request.by, *next, "discarded", std::move(diff)));
               changes.integrations.push_back({std::move(next), "discarded", request.by.user});
               return changes;
             });
}

Result<Trial> trial_of(store::History& history, const core::Integration& integration, Instant now) {
  Trial trial;
  if (integration.staged == nullptr) return trial;
  const core::Staged& staged = *integration.staged;
  FLEETHOOK_TRY(const auto versions, history.version_counters(integration.number));
  for (const store::VersionCounts& one : versions) {
    if (one.version == staged.version) trial.staged += one.counts;
  }
  const std::int32_t from = store::hour_of(staged.since);
  trial.others_since = Instant(std::chrono::hours(from));
  FLEETHOOK_TRY(const auto hours, history.hour_counters(integration.number, from, store::hour_of(now)));
  for (const store::HourCounts& one : hours) {
    if (!std::ranges::binary_search(staged.products, one.product)) trial.others += one.counts;
  }
  return trial;
}

Result<std::size_t> discard_failing(store::Integrations& store, store::History& history, Instant now) {
  std::size_t discarded = 0;
  for (const core::IntegrationPtr& integration : store.catalog()->staged_integrations()) {
    const core::Staged& staged = *integration->staged;
    if (!staged.error_percent_max) continue;
    FLEETHOOK_TRY(const Trial trial, trial_of(history, *integration, now));
    const std::uint64_t bad = trial.staged.error + trial.staged.sleep;
    const std::uint64_t all = bad + trial.staged.success;
    if (all < staged.outcomes_min || bad * 100 <= *staged.error_percent_max * all) continue;
    const std::string why = std::to_string(bad) + " of " + std::to_string(all) + " deliveries of version " +
                            std::to_string(staged.version) + " were no success; at most " +
                            std::to_string(*staged.error_percent_max) + " % may be";
    // Somebody may have promoted or discarded it meanwhile: then there is nothing to do.
    if (discard(store, {}, {integration->id, {}}, why, staged.version).ok()) ++discarded;
  }
  return discarded;
}

}  // namespace fleethook::sharing
