// Checks what a configuration says before it is saved: every template, the URL, header names and values.
#pragma once
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "core/integration.h"

namespace fleethook::core {

// Appends one violation for each place that is wrong; its field is the path of the member ("json.a.b"), its message
// begins with the place in the text ("line 1, column 5: ...").
void check_templates(const IntegrationConfig& config, const Limits& limits, std::vector<Violation>& violations);

}  // namespace fleethook::core
