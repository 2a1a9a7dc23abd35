// The conditions of matching, one by one. Private to ingest/.
#pragma once
#include <vector>

#include "core/event.h"
#include "core/integration.h"
#include "store/catalog.h"

namespace fleethook::ingest {

// A name that begins with a word of system events fires only triggers that begin with that word themselves.
bool trigger_names_system_event(std::string_view trigger, std::string_view name);
// Of the event's product, of the product's organization, of the sandbox of the event's owner; by creation.
std::vector<core::IntegrationPtr> expected_to_fire(const store::Catalog& catalog, const core::Event& event);
bool passes_device_filter(const core::IntegrationConfig& config, const core::Event& event);

}  // namespace fleethook::ingest
