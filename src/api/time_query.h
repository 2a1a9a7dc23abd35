// Times in queries and bodies: ISO 8601, or a date alone.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/call.h"
#include "base/clock.h"
#include "base/result.h"

namespace fleethook::api {

// A date alone stands for its first moment, or for its last one. kInvalid naming the field.
Result<Instant> read_time(std::string_view text, std::string_view field, bool last_moment);
// Of the query; nullopt when it is absent.
Result<std::optional<Instant>> time_of(const Call& call, std::string_view name, bool last_moment);

}  // namespace fleethook::api
