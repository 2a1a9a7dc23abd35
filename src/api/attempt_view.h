// How attempts are shown.
#pragma once
#include "api/labels.h"
#include "json/value.h"
#include "store/history.h"

namespace fleethook::api {

// One attempt in the log of its integration (A39 of the reference): with request and answer, as far as they were kept.
json::Object log_entry(const store::Exchange& exchange);
// One among those of many integrations, without what was sent and answered.
json::Object attempt_object(const store::Exchange& exchange, Labels& labels);
// The same with all of it.
json::Object whole_attempt(const store::Exchange& exchange, Labels& labels);

}  // namespace fleethook::api
