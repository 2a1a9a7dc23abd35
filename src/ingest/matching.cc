#include "ingest/matching.h"

#include <string_view>

#include "ingest/ingest.h"

namespace fleethook::ingest {
namespace {

// The words that begin names of system events. Such an event must not be caught by a short trigger by accident (B31 of
// the reference).
constexpr std::string_view kReserved[] = {"spark", "particle"};

}  // namespace

bool trigger_names_system_event(std::string_view trigger, std::string_view name) {
  for (const std::string_view word : kReserved) {
    if (name.starts_with(word)) return trigger.starts_with(word);
  }
  return true;
}

bool passes_device_filter(const core::IntegrationConfig& config, const core::Event& event) {
  return !config.device || config.device->str() == event.publisher;
}

std::vector<core::IntegrationPtr> matching(const store::Catalog& catalog, const core::Event& event) {
  std::vector<core::IntegrationPtr> found;
  if (event.origin == core::Origin::kDelivery) return found;
  const auto take = [&](const core::IntegrationPtr& integration) {
    const core::IntegrationConfig& config = integration->config;
    if (!trigger_names_system_event(config.event, event.name)) return;
    if (!passes_device_filter(config, event)) return;
    found.push_back(integration);
  };
  if (!event.product.is_none()) {
    if (const store::Triggers* triggers = catalog.triggers(event.product)) triggers->match(event.name, take);
  }
  if (!event.owner.is_none()) {
    if (const store::Triggers* triggers = catalog.sandbox_triggers(event.owner)) triggers->match(event.name, take);
  }
  return found;
}

}  // namespace fleethook::ingest
