// The bodies of publishes, as JSON (first byte even) or as a form, up to the check that ingest makes. Oracle: what is
// accepted is within the limits, and its stream line is one line.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "api/publish_body.h"
#include "stream/hub.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fleethook;
  if (size == 0) return 0;
  const Limits limits;
  http::Request request;
  request.headers.add("Content-Type", data[0] % 2 == 0 ? "application/json" : "application/x-www-form-urlencoded");
  request.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto body = api::read_publish_request(request, limits);
  if (!body.ok() || !ingest::check_publication(body->publication, limits).ok()) return 0;
  const ingest::Publication& publication = body->publication;
  if (publication.name.empty() || publication.name.size() > limits.event_name_bytes_max) std::abort();
  if (publication.data && publication.data->size() > limits.event_data_bytes_max) std::abort();
  core::Event event;
  event.name = publication.name;
  event.data = publication.data;
  const std::string wire = stream::wire_format(event);
  if (wire.find("\n\n") != wire.size() - 2 || wire.find('\n') == wire.size() - 2) std::abort();
  return 0;
}
