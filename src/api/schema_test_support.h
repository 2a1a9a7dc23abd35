// Whether a body is what its schema says: the part of OpenAPI 3.0 that api/schema.h writes. Objects are closed: a
// member that the schema does not have is a complaint, so nothing is answered that is not described.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"

namespace fleethook::api {

// One sentence for each place that does not fit; none = it fits. `schemas` are those that references lead to.
std::vector<std::string> complaints(const json::Value& body, std::string_view schema_name, const json::Object& schemas);

}  // namespace fleethook::api
