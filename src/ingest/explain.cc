#include "ingest/explain.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/enum_names.h"
#include "core/pause.h"
#include "ingest/matching.h"

namespace fleethook::ingest {
namespace {

constexpr std::array<std::string_view, 11> kVerdicts = {"fires",       "held",    "skipped", "disabled",
                                                        "prefix",      "system",  "device",  "not_on_product",
                                                        "no_chaining", "not_yet", "deleted"};

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

}  // namespace

// In the order in which a person would look.
Explanation explain_with(const core::Event& event, const core::IntegrationPtr& integration, core::Pause pause) {
  const core::PlacementKey placement = core::placement_of(*integration, event);
  core::IntegrationPtr running = core::Integration::running_on(integration, placement.product);
  const core::IntegrationConfig& config = running->config;
  const auto verdict = [&](Verdict is, std::string why) { return Explanation{running, is, std::move(why)}; };
  if (event.origin == core::Origin::kDelivery) {
    return verdict(Verdict::kNoChaining, "the event was made by a delivery, and those fire nothing");
  }
  if (integration->scope != core::Scope::kSandbox && !integration->on(event.product)) {
    return verdict(Verdict::kNotOnProduct, "it does not run on this product; add the product to its product_ids");
  }
  if (!event.name.starts_with(config.event)) {
    return verdict(Verdict::kPrefix, "the name " + quoted(event.name) + " does not begin with " + quoted(config.event));
  }
  if (!trigger_names_system_event(config.event, event.name)) {
    return verdict(Verdict::kSystemEvent,
                   "the name is one of a system event, and fires only triggers that begin with "
                   "the same word: " +
                       quoted(config.event) + " does not");
  }
  if (!passes_device_filter(config, event)) {
    return verdict(Verdict::kDevice,
                   "it fires for device " + config.device->str() + " only, not for " + event.publisher);
  }
  if (config.disabled) {
    const bool only_here = !integration->config.disabled;
    return verdict(Verdict::kDisabled, only_here ? "it is disabled on this product" : "it is disabled");
  }
  if (pause == core::Pause::kHold)
    return verdict(Verdict::kHeld, "it is paused here: the delivery waits until it is resumed");
  if (pause == core::Pause::kSkip)
    return verdict(Verdict::kSkipped, "it is paused here: the delivery is counted as skipped");
  return verdict(Verdict::kFires, "the name " + quoted(event.name) + " begins with " + quoted(config.event));
}

Explanation explain_one(const store::Catalog& catalog,
                        const core::Event& event,
                        const core::IntegrationPtr& integration) {
  const core::PlacementKey placement = core::placement_of(*integration, event);
  return explain_with(event, integration, catalog.pause(placement.integration, placement.product));
}

std::string_view to_text(Verdict verdict) {
  return core::enum_name(kVerdicts, verdict);
}

std::vector<core::IntegrationPtr> expected_to_fire(const store::Catalog& catalog, const core::Event& event) {
  std::vector<core::IntegrationPtr> expected;
  const auto add = [&](const std::vector<core::IntegrationPtr>& integrations) {
    expected.insert(expected.end(), integrations.begin(), integrations.end());
  };
  if (const core::Product* product = catalog.product(event.product)) {
    add(product->organization.is_none() ? catalog.integrations_of(product->id)
                                        : catalog.integrations_of(product->organization));
  }
  if (!event.owner.is_none()) add(catalog.sandbox_integrations_of(event.owner));
  return expected;
}

std::vector<Explanation> explain(const store::Catalog& catalog, const core::Event& event) {
  std::vector<Explanation> explanations;
  for (const core::IntegrationPtr& integration : expected_to_fire(catalog, event))
    explanations.push_back(explain_one(catalog, event, integration));
  std::ranges::stable_partition(explanations, [](const Explanation& one) { return fires(one.verdict); });
  return explanations;
}

}  // namespace fleethook::ingest
