#include "api/egress_warning.h"

#include "core/compiled_integration.h"

namespace fleethook::api {

void warn_of_egress(const core::Integration& integration, const Services& services, std::vector<core::Warning>& said) {
  if (!services.egress_refuses || integration.compiled() == nullptr) return;
  const core::LanePtr& lane = integration.compiled()->constant_lane();
  if (lane == nullptr) return;
  const std::string& host = lane->key.host;
  if (const auto why = services.egress_refuses(host)) {
    said.push_back(
        {"url", std::string(core::warning_code::kEgressRefused), "deliveries to " + host + " will wait: " + *why});
  }
}

}  // namespace fleethook::api
