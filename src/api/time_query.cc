#include "api/time_query.h"

#include "base/text.h"

namespace fleethook::api {

Result<Instant> read_time(std::string_view text, std::string_view field, bool last_moment) {
  const auto when = parse_iso8601(text);
  if (!when)
    return Error::field(std::string(field),
                        "expected a date or a time as ISO 8601 has it, such as 2026-01-31 or 2026-01-31T12:00:00Z");
  constexpr std::size_t kDateAlone = 10;
  const bool whole_day = last_moment && text.size() == kDateAlone;
  return whole_day ? *when + std::chrono::days(1) - Duration(1) : *when;
}

Result<std::optional<Instant>> time_of(const Call& call, std::string_view name, bool last_moment) {
  const auto sent = call.query(name);
  if (!sent) return std::optional<Instant>();
  FLEETHOOK_TRY(const Instant when, read_time(*sent, name, last_moment));
  return std::optional(when);
}

}  // namespace fleethook::api
