// How placements fare that something waits of: their outages, and what their lanes know.
#pragma once
#include <vector>

#include "api/call.h"
#include "api/labels.h"
#include "delivery/lane_view.h"
#include "json/value.h"
#include "store/outages.h"

namespace fleethook::api {

// Without integration and product, where these are known.
json::Object outage_facts(const store::Outage& outage);
json::Object outage_object(const store::Outage& outage, Labels& labels);
// One destination of a placement.
json::Object destination_object(const delivery::LineView& line);

}  // namespace fleethook::api
