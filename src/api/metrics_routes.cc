// What integrations did over time: a product's traffic in buckets, as fleet-health graphs ask for it, and one
// integration's last week by hour. And what they do now, for Prometheus.
#include <algorithm>
#include <charconv>
#include <map>

#include "api/answers.h"
#include "api/device_groups.h"
#include "api/integration_numbers.h"
#include "api/integration_place.h"
#include "api/placement_metrics.h"
#include "api/router.h"
#include "api/time_query.h"
#include "base/text.h"
#include "core/device_groups.h"

namespace fleethook::api {
namespace {

// --- /metrics/integration of a product
// -------------------------------------------------------------------------------------------------

struct Query {
  Instant from{}, to{};  // both belong to it
  std::int32_t bucket_minutes = 15;
  store::TrafficFilter filter;
};

// Traffic is kept by the minute, so a bucket is whole minutes: up to the next one.
Result<std::int32_t> bucket_minutes(const Call& call, const Limits& limits) {
  const auto sent = call.query("bucket_size");
  std::int64_t seconds = 900;
  if (sent) {
    const auto [end, status] = std::from_chars(sent->data(), sent->data() + sent->size(), seconds);
    const bool number = status == std::errc() && end == sent->data() + sent->size();
    if (!number || seconds <= 15 || seconds > limits.metrics_bucket_s_max) {
      return Error::field("bucket_size", "expected whole seconds, more than 15 and at most " +
                                             std::to_string(limits.metrics_bucket_s_max));
    }
  }
  return static_cast<std::int32_t>((seconds + 59) / 60);
}

Result<std::optional<std::string>> version(const Call& call, std::string_view name, const Limits& limits) {
  auto sent = call.query(name);
  if (sent && (sent->empty() || sent->size() > limits.firmware_version_bytes_max)) {
    return Error::field(std::string(name), "expected a version of 1 to " +
                                               std::to_string(limits.firmware_version_bytes_max) + " characters");
  }
  return sent;
}

// The first bucket begins at a multiple of its size since 1970-01-01T00:00:00Z, as all do.
std::int32_t bucket_of(std::int32_t minute, std::int32_t size) {
  return minute - minute % size;
}

Result<Query> read_query(const Call& call, Instant now, const Limits& limits) {
  Query query;
  FLEETHOOK_TRY(query.bucket_minutes, bucket_minutes(call, limits));
  FLEETHOOK_TRY(const auto end, time_of(call, "end_date", /*last_moment=*/true));
  FLEETHOOK_TRY(const auto start, time_of(call, "start_date", /*last_moment=*/false));
  query.to = end.value_or(now);
  query.from = start.value_or(query.to - std::chrono::days(1));
  if (query.from > query.to)
    return Error::field("start_date", "expected a time before end_date, which is now when it is not given");
  if (query.to - query.from > limits.metrics_range_max) {
    const auto days = std::chrono::duration_cast<std::chrono::days>(limits.metrics_range_max).count();
    return Error::field("start_date", "expected at most " + std::to_string(days) + " days before end_date");
  }
  const auto buckets =
      static_cast<std::size_t>((query.to - query.from) / std::chrono::minutes(query.bucket_minutes)) + 1;
  if (buckets > limits.metrics_buckets_max) {
    return Error::field("bucket_size", "these are " + std::to_string(buckets) + " buckets, and at most " +
                                           std::to_string(limits.metrics_buckets_max) +
                                           " are answered: ask for larger ones, or for less time");
  }
  FLEETHOOK_TRY(query.filter.firmware_version, version(call, "product_fw", limits));
  FLEETHOOK_TRY(query.filter.os_version, version(call, "device_os_version", limits));
  query.filter.group = call.query("device_group");
  if (query.filter.group && !core::is_group_name(*query.filter.group, limits)) {
    return Error::field("device_group", expected_group_name(limits));
  }
  return query;
}

json::Object bucket_object(std::int32_t minute, const store::Counts& counts) {
  json::Object bucket{{"time", to_iso8601(Instant(std::chrono::minutes(minute)))}};
  if (counts.success != 0) bucket.set("success", counts.success);
  if (counts.error != 0) bucket.set("failure", counts.error);
  if (counts.sleep != 0) bucket.set("sleep", counts.sleep);
  if (counts.cancelled != 0) bucket.set("cancelled", counts.cancelled);
  return bucket;
}

Result<http::Response> integration_metrics(Services& services, Call& call) {
  const Instant now = services.clock.now();
  FLEETHOOK_TRY(const Query query, read_query(call, now, services.limits));
  // Only what can be known: neither what was pruned nor what is to come is shown as nothing.
  const Instant from = std::max(query.from, now - services.limits.fine_history_max);
  const Instant to = std::min(query.to, now);
  json::Array buckets;
  if (from <= to) {
    const std::int32_t first = store::minute_of(from), last = store::minute_of(to);
    FLEETHOOK_TRY(const auto minutes, services.store.traffic(call.product->id, first, last, query.filter));
    std::map<std::int32_t, store::Counts> sums;
    for (const store::MinuteCounts& minute : minutes)
      sums[bucket_of(minute.minute, query.bucket_minutes)] += minute.counts;
    for (std::int32_t at = bucket_of(first, query.bucket_minutes); at <= last; at += query.bucket_minutes) {
      buckets.emplace_back(bucket_object(at, sums[at]));
    }
  }
  return answer(200, json::Object{{"integrations", std::move(buckets)}});
}

// --- .../integrations/:id/history
// ------------------------------------------------------------------------------------------------------

using CountsByHour = std::map<std::int32_t, store::Counts>;

struct Hours {
  std::int32_t first = 0, last = 0;
};

// Oldest first, ending with the hour under way; hours without traffic are zeros.
json::Array hours_array(const CountsByHour& counts, Hours hours) {
  json::Array array;
  for (std::int32_t hour = hours.first; hour <= hours.last; ++hour) {
    const auto found = counts.find(hour);
    const store::Counts sum = found == counts.end() ? store::Counts{} : found->second;
    json::Object entry{{"time", to_iso8601(Instant(std::chrono::hours(hour)))}};
    for (const auto& [name, value] : counts_object(sum)) entry.set(name, value);
    array.emplace_back(std::move(entry));
  }
  return array;
}

Result<http::Response> history(Services& services, Call& call) {
  FLEETHOOK_TRY(const Place place, place_of(call));
  FLEETHOOK_TRY(const core::IntegrationPtr integration, integration_to_show(place, call, services.clock.now()));
  const std::int32_t now = store::hour_of(services.clock.now());
  const auto kept = static_cast<std::int32_t>(services.limits.fine_history_max / std::chrono::hours(1));
  const Hours hours{now - kept + 1, now};
  FLEETHOOK_TRY(const auto read, services.store.hour_counters(integration->number, hours.first, hours.last));
  CountsByHour sum;
  std::map<core::ProductId, CountsByHour> by_product;
  for (const store::HourCounts& entry : read) {
    by_product[entry.product][entry.hour] += entry.counts;
    if (place.product == nullptr || place.product->id == entry.product) sum[entry.hour] += entry.counts;
  }
  json::Object body{{"hours", hours_array(sum, hours)}};
  if (place.organization_path) {
    // Products that left keep their past: they stay listed, marked removed.
    for (const core::ProductId id : integration->products) by_product.try_emplace(id);
    json::Array products;
    for (const auto& [id, counts] : by_product) {
      json::Object entry{{"id", id.value}};
      if (const core::Product* product = call.catalog->product(id)) {
        entry.set("slug", product->slug);
        entry.set("name", product->name);
      }
      if (!integration->on(id)) entry.set("removed", true);
      entry.set("hours", hours_array(counts, hours));
      products.emplace_back(std::move(entry));
    }
    body.set("products", std::move(products));
  }
  return answer(200, std::move(body));
}

}  // namespace

std::vector<Route> metrics_routes() {
  const std::vector<QueryParameter> traffic{{"start_date", "string", "a date or time; a day before end_date if absent"},
                                            {"end_date", "string", "a date or time; now if absent"},
                                            {"bucket_size", "integer", "seconds; 900 if absent"},
                                            {"product_fw", "string", "only devices with this firmware version"},
                                            {"device_os_version", "string", "only devices with this OS version"},
                                            {"device_group", "string", "only devices of this group"}};
  constexpr std::string_view kHistory = "The last 7 days by hour; at an organization also of each product.";
  constexpr std::string_view kForPrometheus =
      "For Prometheus: what waits, fails and is delivered, of each integration on each product.";
  return {
      {.method = "GET",
       .pattern = "/v1/products/:product/metrics/integrations",
       .permission = Permission::kIntegrationsMetrics,
       .on_pool = show_placement_metrics,
       .summary = kForPrometheus,
       .response = "text/plain"},
      {.method = "GET",
       .pattern = "/v1/orgs/:organization/metrics/integrations",
       .permission = Permission::kIntegrationsMetrics,
       .on_pool = show_placement_metrics,
       .summary = kForPrometheus,
       .response = "text/plain"},
      {.method = "GET",
       .pattern = "/v1/products/:product/metrics/integration",
       .permission = Permission::kIntegrationsMetrics,
       .on_pool = integration_metrics,
       .summary =
           "Outcomes of all the product's integrations in buckets of bucket_size seconds, of the last 7 days at most.",
       .response = "Metrics",
       .query = traffic},
      {.method = "GET",
       .pattern = "/v1/integrations/:id/history",
       .permission = Permission::kSandbox,
       .on_pool = history,
       .summary = kHistory,
       .response = "History"},
      {.method = "GET",
       .pattern = "/v1/products/:product/integrations/:id/history",
       .permission = Permission::kIntegrationsGet,
       .on_pool = history,
       .summary = kHistory,
       .response = "History"},
      {.method = "GET",
       .pattern = "/v1/orgs/:organization/integrations/:id/history",
       .permission = Permission::kIntegrationsGet,
       .on_pool = history,
       .summary = kHistory,
       .response = "History"},
  };
}

}  // namespace fleethook::api
