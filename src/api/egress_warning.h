// Said when an integration is saved whose URL the egress guard will refuse.
#pragma once
#include <vector>

#include "api/services.h"
#include "core/integration.h"
#include "core/warning.h"

namespace fleethook::api {

// Adds the warning to `said`. Nothing when the host depends on the event. May wait for DNS: on the pool
// only.
void warn_of_egress(const core::Integration& integration, const Services& services, std::vector<core::Warning>& said);

}  // namespace fleethook::api
