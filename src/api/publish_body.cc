#include "api/publish_body.h"

#include <charconv>

#include "base/text.h"
#include "http/url.h"
#include "json/value.h"

namespace fleethook::api {
namespace {

// The members as they come from the reader; the first wrong one is kept as the error.
class Reader final : public json::MemberSink {
 public:
  PublishBody body;
  std::optional<Error> error;

  void string(std::string_view key, std::string_view value) override {
    if (key == "name") {
      body.publication.name = value;
    } else if (key == "data") {
      body.publication.data = std::string(value);
    } else if (key == "as_device_id") {
      body.as_device_id = std::string(value);
    } else if (key == "private") {
      take_private(value == "true" ? json::Value(true) : value == "false" ? json::Value(false) : json::Value(value));
    } else if (key == "ttl") {
      take_ttl_text(value);
    }
  }
  void other(std::string_view key, json::Value value) override {
    if (key == "name") {
      if (!value.is_null()) fail("name", "expected text");
    } else if (key == "data") {
      // Particle's data is text; JSON values are a convenience of ours and become their JSON text.
      if (!value.is_null()) body.publication.data = json::write(value);
    } else if (key == "as_device_id") {
      if (!value.is_null()) fail("as_device_id", "expected a device id, 24 hex digits");
    } else if (key == "private") {
      take_private(value);
    } else if (key == "ttl") {
      if (value.is_int() && value.as_int() >= 0 && value.as_int() <= INT32_MAX) {
        body.publication.ttl_s = static_cast<std::int32_t>(value.as_int());
      } else if (!value.is_null()) {
        fail("ttl", "expected a whole number of seconds");
      }
    }
  }

  void take_private(const json::Value& value) {
    if (value.is_bool()) {
      body.publication.is_public = !value.as_bool();
    } else if (!value.is_null()) {
      fail("private", "expected true or false");
    }
  }
  void take_ttl_text(std::string_view text) {
    std::int32_t seconds = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (status == std::errc() && end == text.data() + text.size()) {
      body.publication.ttl_s = seconds;
    } else {
      fail("ttl", "expected a whole number of seconds");
    }
  }
  void fail(std::string field, std::string expected) {
    if (!error) error = Error::field(std::move(field), std::move(expected));
  }
};

Result<PublishBody> finished(Reader reader) {
  if (reader.error) return std::move(*reader.error);
  return std::move(reader.body);
}

bool is_form(const http::Request& request) {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  return ascii_iequals(request.headers.get("content-type").substr(0, kForm.size()), kForm);
}

}  // namespace

Result<PublishBody> read_publish_json(std::string_view text, const Limits& limits) {
  Reader reader;
  FLEETHOOK_CHECK(json::read_object(text, reader, limits.json_depth_max));
  return finished(std::move(reader));
}

Result<PublishBody> read_publish_request(const http::Request& request, const Limits& limits) {
  if (!is_form(request) || trim_spaces(request.body).starts_with('{')) return read_publish_json(request.body, limits);
  Reader reader;
  for (const auto& [key, value] : http::parse_form(request.body)) reader.string(key, value);
  return finished(std::move(reader));
}

}  // namespace fleethook::api
