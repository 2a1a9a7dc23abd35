// What became of one event: each delivery that it made, with its attempts and with what comes next; and what it did not
// fire, with why, as it was then.
#pragma once
#include "api/call.h"
#include "api/integration_place.h"
#include "base/result.h"
#include "json/value.h"
#include "queue/event_search.h"

namespace fleethook::api {

// "deliveries" and "not_fired" of what concerns the place. API pool only.
Result<json::Object> trace_of(Services& services, const Call& call, const Place& place, const queue::Kept& kept);

}  // namespace fleethook::api
