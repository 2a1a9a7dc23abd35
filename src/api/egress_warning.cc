#include "api/egress_warning.h"

#include "core/compiled_integration.h"
#include "core/oauth2.h"

namespace fleethook::api {

void warn_of_egress(const core::Integration& integration, const Services& services, std::vector<core::Warning>& said) {
  if (!services.egress_refuses || integration.compiled() == nullptr) return;
  const auto look_at = [&](const char* field, const std::string& host, const std::string& what) {
    if (const auto why = services.egress_refuses(host))
      said.push_back({field, std::string(core::warning_code::kEgressRefused), what + " will wait: " + *why});
  };
  if (const core::LanePtr& lane = integration.compiled()->constant_lane(); lane != nullptr)
    look_at("url", lane->key.host, "deliveries to " + lane->key.host);
  if (const core::TokenGrant* grant = integration.compiled()->token_grant(); grant != nullptr)
    look_at("auth.oauth2.token_url", grant->url.host, "deliveries need tokens from " + grant->url.host + ", and");
}

}  // namespace fleethook::api
