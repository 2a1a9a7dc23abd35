#include "api/integration_numbers.h"

#include <algorithm>

namespace fleethook::api {

std::string_view to_text(Health health) {
  switch (health) {
    case Health::kHealthy:
      return "healthy";
    case Health::kFailing:
      return "failing";
    case Health::kQuiet:
      break;
  }
  return "quiet";
}

json::Object counts_object(const store::Counts& counts) {
  return {
      {"success", counts.success}, {"error", counts.error}, {"sleep", counts.sleep}, {"cancelled", counts.cancelled}};
}

Health health_of(const store::LastOutcomes& last, bool outage_lasts) {
  if (outage_lasts) return Health::kFailing;
  if (!last.known()) return Health::kQuiet;
  return last.failing() ? Health::kFailing : Health::kHealthy;
}

store::PlacementNumbers numbers_on(std::span<const store::PlacementNumbers> placements, core::ProductId product) {
  const auto found = std::ranges::find(placements, product, &store::PlacementNumbers::product);
  return found == placements.end() ? store::PlacementNumbers{} : *found;
}

Numbers numbers_of(const core::Integration& integration,
                   std::span<const store::PlacementNumbers> placements,
                   const store::OpenOutages& outages,
                   core::ProductId only) {
  Numbers numbers;
  const auto fails = [&](core::ProductId product) {
    return (only.is_none() || product == only) && outages.any({integration.number, product});
  };
  if (integration.products.empty() ? fails({}) : std::ranges::any_of(integration.products, fails))
    numbers.health = Health::kFailing;
  for (const store::PlacementNumbers& placement : placements) {
    if (!only.is_none() && placement.product != only) continue;
    numbers.today += placement.today;
    if (integration.scope != core::Scope::kSandbox && !integration.on(placement.product)) continue;
    numbers.health = std::max(numbers.health, health_of(placement.last, false));
    numbers.last_error = std::max(numbers.last_error, placement.last.error);
  }
  return numbers;
}

}  // namespace fleethook::api
