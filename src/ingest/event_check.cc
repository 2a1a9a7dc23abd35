#include <string>

#include "base/text.h"
#include "ingest/ingest.h"

namespace fleethook::ingest {

Result<void> check_publication(const Publication& publication, const Limits& limits) {
  if (publication.name.empty())
    return Error::field("name",
                        "an event needs a name of 1 to " + std::to_string(limits.event_name_bytes_max) + " bytes");
  if (publication.name.size() > limits.event_name_bytes_max) {
    return Error::field("name", "at most " + std::to_string(limits.event_name_bytes_max) + " bytes, got " +
                                    std::to_string(publication.name.size()));
  }
  // The name goes into one line of an event stream, into topics, and before people.
  const bool was_repaired = publication.name.find("\xEF\xBF\xBD") != std::string_view::npos;
  if (was_repaired || !is_valid_utf8(publication.name)) return Error::field("name", "must be UTF-8");
  if (has_hidden_characters(publication.name))
    return Error::field("name", "must not have control characters or characters that are not seen");
  if (publication.data && publication.data->size() > limits.event_data_bytes_max) {
    Error error = Error::field("data", "at most " + std::to_string(limits.event_data_bytes_max) + " bytes, got " +
                                           std::to_string(publication.data->size()));
    error.fault = Fault::kTooLarge;
    return error;
  }
  if (publication.ttl_s < 0 || publication.ttl_s > limits.event_ttl_s_max) {
    return Error::field("ttl", "seconds from 0 to " + std::to_string(limits.event_ttl_s_max));
  }
  return {};
}

}  // namespace fleethook::ingest
