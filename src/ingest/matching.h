// The conditions of matching, one by one. Private to ingest/.
#pragma once
#include "core/event.h"
#include "core/integration.h"

namespace fleethook::ingest {

// A name that begins with a word of system events fires only triggers that begin with that word themselves.
bool trigger_names_system_event(std::string_view trigger, std::string_view name);
bool passes_device_filter(const core::IntegrationConfig& config, const core::Event& event);

}  // namespace fleethook::ingest
