// How integrations fare, as lists and details show it: today's counters and health, from memory.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "core/integration.h"
#include "json/value.h"
#include "store/history.h"

namespace fleethook::api {

// Failing: an outage lasts (store/outages.h), or the last delivery that ended as a success or an error was an error.
// Quiet: nothing is known.
enum class Health : std::uint8_t { kQuiet, kHealthy, kFailing };
std::string_view to_text(Health health);
Health health_of(const store::LastOutcomes& last, bool outage_lasts);

// {"success": 1, ...}, each kind of outcome.
json::Object counts_object(const store::Counts& counts);

struct Numbers {
  store::Counts today;
  Health health = Health::kQuiet;
  Instant last_error{};  // Instant{} = none is known
};

// `placements` are those of the integration, as History::numbers() gives them.
// Of one product; a default one when there is nothing of it.
store::PlacementNumbers numbers_on(std::span<const store::PlacementNumbers> placements, core::ProductId product);
// Of one product, or with none of all: the counters of products that left are in the sum, but only a product that it
// runs on makes it failing.
Numbers numbers_of(const core::Integration& integration,
                   std::span<const store::PlacementNumbers> placements,
                   const store::OpenOutages& outages,
                   core::ProductId only);

}  // namespace fleethook::api
