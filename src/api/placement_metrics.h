// Numbers of single placements as Prometheus reads them: some series for each integration on each product. On pages of
// their own, since there may be very many, and not everybody may know of them.
#pragma once
#include <string>

#include "api/call.h"
#include "api/services.h"
#include "base/result.h"
#include "core/catalog_types.h"
#include "http/message.h"
#include "store/catalog.h"

namespace fleethook::api {

// Of what: a product, else an organization, else all of the installation.
struct MetricsScope {
  const core::Organization* organization = nullptr;
  const core::Product* product = nullptr;
};

// Of metrics::kTextType, from memory. At most Limits::placements_in_metrics_max placements, those that wait or fail
// first; fleethook_integration_placements_left_out says how many more there are.
std::string placement_metrics(Services& services, const store::Catalog& catalog, const MetricsScope& scope);

// The handler of all its routes: of what the path names.
Result<http::Response> show_placement_metrics(Services& services, Call& call);

}  // namespace fleethook::api
