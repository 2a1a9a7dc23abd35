#include "api/dead_letter_query.h"

#include <array>
#include <charconv>
#include <utility>

#include "api/time_query.h"

namespace fleethook::api {
namespace {

// The value of a parameter; nullopt when it is absent.
using ValueOf = std::function<std::optional<std::string>(std::string_view name)>;

Result<std::pair<std::int32_t, std::int32_t>> read_status(const std::string& text) {
  using Range = std::pair<std::int32_t, std::int32_t>;
  if (text == "none") return Range{0, 0};
  if (text.size() == 3 && text.ends_with("xx") && text[0] >= '1' && text[0] <= '5') {
    const std::int32_t first = (text[0] - '0') * 100;
    return Range{first, first + 99};
  }
  std::int32_t status = 0;
  const auto [end, result] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (result == std::errc() && end == text.data() + text.size() && status >= 100 && status <= 999)
    return Range{status, status};
  return Error::field("status", "expected an HTTP status such as 503, a class such as 5xx, or none for no answer");
}

Result<bool> read_bool(const std::string& text, std::string_view field) {
  if (text == "true" || text == "false") return text == "true";
  return Error::field(std::string(field), "expected true or false");
}

// One that runs here, or ran: of what is gone only its history tells.
Result<core::IntegrationNumber> read_integration(const std::string& text, const Place& place, const Call& call) {
  const auto id = core::IntegrationId::parse(text);
  const core::IntegrationPtr found = id ? call.catalog->integration(*id) : nullptr;
  const bool theirs = found != nullptr && (place.organization != nullptr ? found->organization == place.organization->id
                                                                         : shown_at(*found, place, call));
  if (!theirs) return Error::field("integration", "there is no integration " + text + " here");
  return found->number;
}

Result<core::ProductId> read_product(const std::string& text, const Place& place, const Call& call) {
  const auto product = find_product(*call.catalog, text);
  const bool theirs =
      product.ok() &&
      (place.product != nullptr ? (*product)->id == place.product->id
                                : place.organization != nullptr && (*product)->organization == place.organization->id);
  if (!theirs) return Error::field("product", "there is no product " + text + " here");
  return (*product)->id;
}

Result<store::DeadLetterQuery> read(const Place& place, const Call& call, const ValueOf& value) {
  store::DeadLetterQuery query = dead_letters_at(place, call);
  if (const auto text = value("integration")) {
    FLEETHOOK_TRY(query.integration, read_integration(*text, place, call));
  }
  if (const auto text = value("product")) {
    FLEETHOOK_TRY(query.product, read_product(*text, place, call));
  }
  query.device = value("device").value_or("");
  query.name = value("event").value_or("");
  query.text = value("text").value_or("");
  if (const auto text = value("status")) {
    FLEETHOOK_TRY(query.status, read_status(*text));
  }
  if (const auto text = value("error")) {
    query.error = core::parse_error_class(*text);
    if (!query.error) return Error::field("error", "expected one of: " + core::error_class_list());
  }
  if (const auto text = value("from")) {
    FLEETHOOK_TRY(query.from, read_time(*text, "from", /*last_moment=*/false));
  }
  if (const auto text = value("to")) {
    FLEETHOOK_TRY(const Instant last, read_time(*text, "to", /*last_moment=*/true));
    query.to = last + Duration(1);
  }
  if (query.from >= query.to) return Error::field("from", "expected a time before the one in `to`");
  if (const auto text = value("replayed")) {
    FLEETHOOK_TRY(query.replayed, read_bool(*text, "replayed"));
  }
  return query;
}

constexpr std::array<QueryParameter, 10> kParameters = {{
    {"integration", "string", "the id of one integration"},
    {"product", "string", "the id or slug of one product"},
    {"device", "string", "the id of the device that published, or api"},
    {"event", "string", "what the name of the event begins with"},
    {"status", "string", "of the last answer: 503, 5xx, or none for no answer"},
    {"error", "string",
     "of the last attempt: dns, connect, tls, timeout, reset, protocol, redirect, 4xx, 5xx, "
     "template, egress or local"},
    {"from", "string", "given up at this time or later"},
    {"to", "string", "given up at this time or before"},
    {"text", "string", "in the event's data, or in the reason"},
    {"replayed", "boolean", "whether a replay has taken it"},
}};

}  // namespace

std::vector<QueryParameter> dead_letter_parameters() {
  return {kParameters.begin(), kParameters.end()};
}

store::DeadLetterQuery dead_letters_at(const Place& place, const Call& call) {
  store::DeadLetterQuery query;
  if (place.organization != nullptr) {
    query.organization = place.organization->id;
  } else {
    query.user = place.product != nullptr ? place.product->user : call.user->id;
  }
  if (place.product != nullptr) {
    query.product = place.product->id;
  } else if (place.organization == nullptr) {
    query.product = core::ProductId();
  }
  return query;
}

Result<store::DeadLetterQuery> asked_dead_letters(const Place& place, const Call& call) {
  return read(place, call, [&](std::string_view name) { return call.query(name); });
}

Result<store::DeadLetterQuery> asked_dead_letters(const Place& place, const Call& call, const json::Object& filter) {
  for (const auto& [name, value] : filter) {
    const bool known = std::ranges::find(kParameters, name, &QueryParameter::name) != kParameters.end();
    if (!known) return Error::field("filter." + std::string(name), "is nothing that dead letters are searched by");
    if (!value.is_string() && !value.is_bool() && !value.is_int() && !value.is_null())
      return Error::field("filter." + std::string(name), "expected a text, as in the query of a search");
  }
  return read(place, call, [&](std::string_view name) -> std::optional<std::string> {
    const json::Value* value = filter.find(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (value->is_bool()) return value->as_bool() ? "true" : "false";
    if (value->is_int()) return std::to_string(value->as_int());
    return std::string(value->as_string());
  });
}

}  // namespace fleethook::api
