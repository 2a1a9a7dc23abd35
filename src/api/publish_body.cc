#include "api/publish_body.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>

#include "base/text.h"
#include "http/url.h"
#include "json/value.h"

namespace fleethook::api {
namespace {

// Without underscores, in lower case.
constexpr std::string_view kDeviceMembers[] = {"asdeviceid", "deviceid", "coreid"};
constexpr std::string_view kProductMembers[] = {"product", "productid", "productidorslug"};
// Filters and credentials: who sends them counts on their effect.
constexpr std::string_view kRefusedMembers[] = {
    "apikey",   "auth",       "authorization", "bearer",       "deviceids",      "devicename",      "devices",
    "group",    "groups",     "org",           "organization", "organizationid", "organizationids", "password",
    "products", "productids", "secret",        "token",        "username",
};

bool named_in(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// The members as they come from the reader; all that are wrong become one error.
class Reader final : public json::MemberSink {
 public:
  PublishBody body;
  std::optional<Error> error;

  void string(std::string_view key, std::string_view value) override {
    if (key == "name") {
      body.publication.name = value;
    } else if (key == "data") {
      body.publication.data = std::string(value);
    } else if (key == "private") {
      take_private(value == "true" ? json::Value(true) : value == "false" ? json::Value(false) : json::Value(value));
    } else if (key == "ttl") {
      take_ttl_text(value);
    } else {
      take_another(key, value);
    }
  }
  void other(std::string_view key, json::Value value) override {
    if (key == "name") {
      if (!value.is_null()) fail("name", "expected text");
    } else if (key == "data") {
      // Particle's data is text; JSON values are a convenience of ours and become their JSON text.
      if (!value.is_null()) body.publication.data = json::write(value);
    } else if (key == "private") {
      take_private(value);
    } else if (key == "ttl") {
      if (value.is_int() && value.as_int() >= 0 && value.as_int() <= INT32_MAX) {
        body.publication.ttl_s = static_cast<std::int32_t>(value.as_int());
      } else if (!value.is_null()) {
        fail("ttl", "expected a whole number of seconds");
      }
    } else if (!value.is_null()) {
      if (named_in(kDeviceMembers, plain(key))) return fail(std::string(key), "expected a device id, 24 hex digits");
      take_another(key, json::write(value));
    }
  }

  // Names are written in many ways: deviceid, deviceID, device_id.
  static std::string plain(std::string_view key) {
    std::string text = ascii_lower(key);
    std::erase_if(text, [](char c) { return c == '_' || c == '-'; });
    return text;
  }
  void take_another(std::string_view key, std::string_view value) {
    const std::string name = plain(key);
    if (named_in(kDeviceMembers, name)) return take_named(body.device, key, value);
    if (named_in(kProductMembers, name)) return take_named(body.product, key, value);
    if (named_in(kRefusedMembers, name))
      return fail(std::string(key), "an event cannot be published with this member; leave it out");
    // A form carries its token like this.
    if (key != "access_token" && body.unknown.size() < kUnknownShown) body.unknown.emplace_back(key);
  }
  void take_named(std::optional<PublishBody::Named>& into, std::string_view key, std::string_view value) {
    if (into && !ascii_iequals(into->value, value))
      return fail(std::string(key), "says something else than " + into->field);
    into = PublishBody::Named{std::string(key), std::string(value)};
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
    Error another = Error::field(std::move(field), std::move(expected));
    if (!error) {
      error = std::move(another);
    } else if (error->violations.size() < kUnknownShown) {
      error->message.append("; ").append(another.message);
      error->violations.push_back(std::move(another.violations.front()));
    }
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

// Devices send what their sensors give, and JSON must be UTF-8. Bytes that are not are carried through the JSON reader
// as the last 128 code points there are (U+10FF80 to U+10FFFF, for bytes 80 to FF), as Python's surrogateescape does
// with others, and put back behind it, so that the data arrives byte for byte.
constexpr std::string_view kCarrier = "\xF4\x8F";  // how all of U+10F000 to U+10FFFF begin

std::string carried(unsigned char byte) {
  const unsigned low = 0xFF00U + byte;  // of U+10FFxx
  return {'\xF4', '\x8F', static_cast<char>(0x80U | ((low >> 6) & 0x3FU)), static_cast<char>(0x80U | (low & 0x3FU))};
}

// Every byte that is not part of valid UTF-8, carried; nullopt when the text uses the carriers' code points itself.
std::optional<std::string> carry_invalid(std::string_view text) {
  if (text.find(kCarrier) != std::string_view::npos) return std::nullopt;
  std::string out;
  while (!text.empty()) {
    const std::size_t valid = first_invalid_utf8(text);
    out += text.substr(0, valid);
    if (valid >= text.size()) break;
    out += carried(static_cast<unsigned char>(text[valid]));
    text.remove_prefix(valid + 1);
  }
  return out;
}

std::string put_back(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, kCarrier.size(), kCarrier) != 0 || i + 3 >= text.size()) {
      out += text[i];
      continue;
    }
    const unsigned low =
        (static_cast<unsigned>(text[i + 2]) & 0x3FU) << 6 | (static_cast<unsigned>(text[i + 3]) & 0x3FU);
    out += static_cast<char>(low & 0xFFU);
    i += 3;
  }
  return out;
}

}  // namespace

std::vector<core::Warning> warnings_of(const PublishBody& body) {
  std::vector<core::Warning> warnings;
  for (const std::string& name : body.unknown) {
    warnings.push_back({repair_utf8(name), std::string(core::warning_code::kUnknownMember),
                        "'" + repair_utf8(name) + "' is not a member of an event and has no effect"});
  }
  return warnings;
}

Result<PublishBody> read_publish_json(std::string_view text, const Limits& limits) {
  Reader reader;
  auto read = json::read_object(text, reader, limits.json_depth_max);
  if (read.ok()) return finished(std::move(reader));
  if (is_valid_utf8(text)) return std::move(read).error();
  const auto carrying = carry_invalid(text);
  if (!carrying) return std::move(read).error();
  Reader lenient;
  FLEETHOOK_CHECK(json::read_object(*carrying, lenient, limits.json_depth_max));
  lenient.body.publication.name = put_back(lenient.body.publication.name);  // to be refused
  if (lenient.body.publication.data) lenient.body.publication.data = put_back(*lenient.body.publication.data);
  return finished(std::move(lenient));
}

Result<PublishBody> read_publish_request(const http::Request& request, const Limits& limits) {
  if (!is_form(request) || trim_spaces(request.body).starts_with('{')) return read_publish_json(request.body, limits);
  Reader reader;
  FLEETHOOK_TRY(const http::Pairs fields, http::parse_form(request.body, limits.form_fields_max));
  for (const auto& [key, value] : fields) reader.string(key, value);
  return finished(std::move(reader));
}

}  // namespace fleethook::api
