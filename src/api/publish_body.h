// The body of a publish: {"name", "data", "ttl", "private", "as_device_id"} as JSON or as a form. No member is dropped
// in silence: what names a device or a product works, what looks like another filter or a credential is refused, the
// rest is warned of.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "core/warning.h"
#include "http/message.h"
#include "ingest/ingest.h"

namespace fleethook::api {

struct PublishBody {
  // A member as it was spelled, and its text.
  struct Named {
    std::string field;
    std::string value;
  };
  ingest::Publication publication;   // still unchecked: ingest::check_publication does that
  std::optional<Named> device;       // who publishes: as_device_id, deviceid, device_id, coreid, core_id, in any case
  std::optional<Named> product;      // where to: product, productid, product_id, in any case; the path decides
  std::vector<std::string> unknown;  // at most kUnknownShown
};
inline constexpr std::size_t kUnknownShown = 16;

// One of each that is unknown.
std::vector<core::Warning> warnings_of(const PublishBody& body);

// kInvalid: not JSON, or members that are wrong: all of them, at most kUnknownShown. `data` that is no text becomes its
// JSON text. Bytes in the data that are not UTF-8 are kept as they are.
Result<PublishBody> read_publish_json(std::string_view text, const Limits& limits);
// By the request's Content-Type. A "form" that begins with a brace is JSON: curl -d calls everything a form.
Result<PublishBody> read_publish_request(const http::Request& request, const Limits& limits);

}  // namespace fleethook::api
