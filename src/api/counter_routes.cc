// Numbers of all integrations of a list, for whoever shows it and keeps it fresh: written as text, from memory.
#include <charconv>
#include <map>

#include "api/answers.h"
#include "api/integration_numbers.h"
#include "api/integration_place.h"
#include "base/text.h"

namespace fleethook::api {
namespace {

void append_number(std::uint64_t number, std::string& out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

std::string key_of(const core::Integration& integration) {
  return "\"" + integration.id.str() + "\":";
}

void append_numbers(const Numbers& numbers, std::string& out) {
  out += "{\"success\":";
  append_number(numbers.today.success, out);
  out += ",\"error\":";
  append_number(numbers.today.error, out);
  out += ",\"sleep\":";
  append_number(numbers.today.sleep, out);
  out += ",\"cancelled\":";
  append_number(numbers.today.cancelled, out);
  out.append(",\"health\":\"").append(to_text(numbers.health)).append("\",\"last_error_at\":");
  if (numbers.last_error == Instant{}) {
    out += "null";
  } else {
    out += '"';
    append_iso8601(numbers.last_error, out);
    out += '"';
  }
  out += '}';
}

http::Response today(Services& services, const Call& call, const Place& place) {
  const Instant now = services.clock.now();
  const std::string etag = list_etag(services, call, now);
  if (auto known = not_modified(call, etag)) return std::move(*known);
  const std::vector<core::IntegrationPtr> listed = integrations_at(place, call);
  std::vector<core::IntegrationNumber> ids;
  ids.reserve(listed.size());
  for (const core::IntegrationPtr& integration : listed) ids.push_back(integration->number);
  const auto numbers = services.store.numbers(ids, utc_day(now));
  const core::ProductId only = place.product != nullptr ? place.product->id : core::ProductId{};

  std::string text = "{\"date\":\"" + utc_day_text(utc_day(now)) +
                     "\",\"revision\":" + std::to_string(call.catalog->revision()) + ",\"counters\":{";
  std::span<const store::PlacementNumbers> rest(numbers);  // in the order of the list
  bool first = true;
  for (const core::IntegrationPtr& integration : listed) {
    std::size_t count = 0;
    while (count < rest.size() && rest[count].integration == integration->number) ++count;
    const Numbers of = numbers_of(*integration, rest.first(count), services.store.open_outages(), only);
    rest = rest.subspan(count);
    if (of.today == store::Counts{} && of.health == Health::kQuiet) continue;
    if (!std::exchange(first, false)) text += ',';
    text += key_of(*integration);
    append_numbers(of, text);
  }
  text += "}}";
  http::Response response = http::Response::json(200, std::move(text));
  set_list_etag(response, etag);
  return response;
}

// "a,b" -> those that are at this place; others are left out, as one that was just deleted.
Result<std::vector<core::IntegrationPtr>> named(const std::string& ids,
                                                const Place& place,
                                                const Call& call,
                                                std::size_t ids_max) {
  std::vector<core::IntegrationPtr> found;
  std::string_view rest = ids;
  for (std::size_t count = 1; !rest.empty(); ++count) {
    if (count > ids_max) return Error::field("ids", "expected at most " + std::to_string(ids_max) + " ids");
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const auto id = core::IntegrationId::parse(rest.substr(0, comma));
    rest.remove_prefix(std::min(rest.size(), comma + 1));
    core::IntegrationPtr integration = id ? call.catalog->integration(*id) : nullptr;
    if (integration != nullptr && shown_at(*integration, place, call)) found.push_back(std::move(integration));
  }
  return found;
}

Result<std::int32_t> days_of(const Call& call, std::int32_t most) {
  const std::string text = call.query("days").value_or(std::to_string(most));
  std::int32_t days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (error != std::errc() || end != text.data() + text.size() || days < 1 || days > most) {
    return Error::field("days", "expected a number from 1 to " + std::to_string(most));
  }
  return days;
}

Result<http::Response> by_day(Services& services, const Call& call, const Place& place, const std::string& ids) {
  FLEETHOOK_TRY(const std::int32_t count, days_of(call, static_cast<std::int32_t>(services.limits.counter_days_max)));
  FLEETHOOK_TRY(const auto integrations, named(ids, place, call, services.limits.counter_ids_max));
  std::vector<core::IntegrationNumber> numbers;
  for (const core::IntegrationPtr& integration : integrations) numbers.push_back(integration->number);
  const std::int32_t last = utc_day(services.clock.now());
  const std::int32_t first = last - count + 1;
  FLEETHOOK_TRY(const auto counters, services.store.counters_of_many(numbers, first, last));

  std::string text = "{\"first_day\":\"" + utc_day_text(first) + "\",\"days\":{";
  std::vector<store::Counts> days;
  for (std::size_t i = 0; i < integrations.size(); ++i) {
    days.assign(static_cast<std::size_t>(count), {});
    for (const store::DayCounts& day : counters[i]) {
      if (place.product == nullptr || day.product == place.product->id) {
        days[static_cast<std::size_t>(day.day - first)] += day.counts;
      }
    }
    if (i > 0) text += ',';
    text += key_of(*integrations[i]);
    char before = '[';
    for (const store::Counts& counts : days) {
      text += std::exchange(before, ',');
      text += '[';
      append_number(counts.success, text);
      text += ',';
      append_number(counts.error, text);
      text += ',';
      append_number(counts.sleep, text);
      text += ',';
      append_number(counts.cancelled, text);
      text += ']';
    }
    text += ']';
  }
  text += "}}";
  return http::Response::json(200, std::move(text));
}

Result<http::Response> counters(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  if (const auto ids = call.query("ids")) return by_day(services, call, place, *ids);
  if (call.query("days"))
    return Error::field("ids", "name the integrations whose days are wanted, with commas between");
  return today(services, call, place);
}

}  // namespace

std::vector<Route> counter_routes() {
  const auto route = [](std::string_view pattern, Permission permission) {
    return Route{.method = "GET",
                 .pattern = pattern,
                 .permission = permission,
                 .on_pool = counters,
                 .summary =
                     "Today's counters and health of all integrations of the list that have any; with ids and "
                     "days, counters by day of those.",
                 .response = "IntegrationCounters",
                 .query = {{"ids", "string", "Ids with commas between: days of these integrations."},
                           {"days", "integer", "How many days, the last of them today."}}};
  };
  return {route("/v1/integrations/counters", Permission::kSandbox),
          route("/v1/products/:product/integrations/counters", Permission::kIntegrationsList),
          route("/v1/orgs/:organization/integrations/counters", Permission::kIntegrationsList)};
}

}  // namespace fleethook::api
