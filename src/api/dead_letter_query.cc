#include "api/dead_letter_query.h"

#include <array>
#include <utility>

#include "api/search_filters.h"

namespace fleethook::api {
namespace {

Result<store::DeadLetterQuery> read(const Place& place, const Call& call, const ValueOf& value) {
  store::DeadLetterQuery query = dead_letters_at(place, call);
  if (const auto text = value("integration")) {
    FLEETHOOK_TRY(query.integration, read_integration(*text, place, call));
  }
  if (const auto text = value("product")) {
    FLEETHOOK_TRY(query.product, read_product(*text, place, call));
  }
  if (const auto text = value("device")) {
    FLEETHOOK_TRY(query.device, read_device(*text, place, call));
  }
  query.name = value("event").value_or("");
  query.text = value("text").value_or("");
  if (const auto text = value("status")) {
    FLEETHOOK_TRY(query.status, read_status(*text));
  }
  if (const auto text = value("error")) {
    FLEETHOOK_TRY(query.error, read_error(*text));
  }
  FLEETHOOK_TRY(const TimeRange range, read_range(value));
  query.from = range.from;
  query.to = range.to;
  if (const auto text = value("replayed")) {
    FLEETHOOK_TRY(query.replayed, read_bool(*text, "replayed"));
  }
  return query;
}

constexpr std::array<QueryParameter, 10> kParameters = {{
    {"integration", "string", "the id of one integration"},
    {"product", "string", "the id or slug of one product"},
    {"device", "string", "the id or the name of the device that published, or api"},
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
  return all_at<store::DeadLetterQuery>(place, call);
}

Result<store::DeadLetterQuery> asked_dead_letters(const Place& place, const Call& call) {
  return read(place, call, query_of(call));
}

Result<store::DeadLetterQuery> asked_dead_letters(const Place& place,
                                                  const Call& call,
                                                  const json::Object& filter,
                                                  std::string_view member) {
  const auto path = [member](std::string_view name) { return std::string(member) + "." + std::string(name); };
  for (const auto& [name, value] : filter) {
    const bool known = std::ranges::find(kParameters, name, &QueryParameter::name) != kParameters.end();
    if (!known) return Error::field(path(name), "is nothing that dead letters are searched by");
    if (!value.is_string() && !value.is_bool() && !value.is_int() && !value.is_null())
      return Error::field(path(name), "expected a text, as in the query of a search");
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
