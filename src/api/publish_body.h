// The body of a publish: {"name", "data", "ttl", "private", "as_device_id"} as JSON or as a form. Unknown members are
// ignored.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "http/message.h"
#include "ingest/ingest.h"

namespace fleethook::api {

struct PublishBody {
  ingest::Publication publication;  // still unchecked: ingest::check_publication does that
  std::optional<std::string> as_device_id;
};

// kInvalid: not JSON, or a member of the wrong type. `data` that is no text becomes its JSON text. Bytes in the data
// that are not UTF-8 are kept as they are.
Result<PublishBody> read_publish_json(std::string_view text, const Limits& limits);
// By the request's Content-Type. A "form" that begins with a brace is JSON: curl -d calls everything a form.
Result<PublishBody> read_publish_request(const http::Request& request, const Limits& limits);

}  // namespace fleethook::api
