// Integrations, products and devices as other things name them: {"id", "name", ...}, deleted ones too.
#pragma once
#include <map>
#include <string_view>

#include "api/call.h"
#include "core/integration.h"
#include "json/value.h"

namespace fleethook::api {

// Of one answer: remembers what it had to read. API pool only.
class Labels {
 public:
  Labels(Services& services, const Call& call) : services_(services), call_(call) {}
  // null: nothing is known of it (any more). `version`: one that it has had.
  json::Value integration(core::IntegrationNumber number, std::uint32_t version);
  // As it is, or as it was in that version when it is deleted; null as above.
  core::IntegrationPtr known(core::IntegrationNumber number, std::uint32_t version);
  // null: none.
  json::Value product(core::ProductId id) const;
  // Of the device in this product, or in a sandbox; null: it is not there, or has no name.
  json::Value device_name(std::string_view coreid, core::ProductId product) const;

 private:
  Services& services_;
  const Call& call_;
  std::map<core::IntegrationNumber, core::IntegrationPtr> gone_;  // read from versions; null: nothing is known
};

}  // namespace fleethook::api
