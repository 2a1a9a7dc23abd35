#include <string>

#include "ingest/ingest.h"

namespace fleethook::ingest {

Result<void> check_publication(const Publication& publication, const Limits& limits) {
  if (publication.name.empty())
    return Error::field("name",
                        "an event needs a name of 1 to " + std::to_string(limits.event_name_bytes_max) + " characters");
  if (publication.name.size() > limits.event_name_bytes_max) {
    return Error::field("name", "at most " + std::to_string(limits.event_name_bytes_max) + " characters, got " +
                                    std::to_string(publication.name.size()));
  }
  for (const char c : publication.name) {
    // The name goes into one line of an event stream and into topics: printable ASCII only.
    if (c < 0x20 || c > 0x7e) return Error::field("name", "printable ASCII characters only");
  }
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
