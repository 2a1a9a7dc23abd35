#include "api/integration_views.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace fleethook::api {
namespace {

constexpr std::int32_t kHistoryDays = 30;
constexpr std::size_t kLogEntries = 10;

json::Object counts_object(const store::Counts& counts) {
  return {{"success", counts.success}, {"error", counts.error}, {"sleep", counts.sleep}};
}

using CountsByDay = std::map<std::int32_t, store::Counts>;

// 30 entries, oldest first, ending with today; days without traffic are zeros.
json::Array days_array(const CountsByDay& days, std::int32_t today) {
  json::Array array;
  for (std::int32_t day = today - kHistoryDays + 1; day <= today; ++day) {
    const auto found = days.find(day);
    json::Object entry{{"date", utc_day_text(day)}};
    const json::Object counts = counts_object(found == days.end() ? store::Counts{} : found->second);
    for (const auto& [name, value] : counts) entry.set(name, value);
    array.emplace_back(std::move(entry));
  }
  return array;
}

json::Object product_object(const core::Product& product) {
  return {{"id", product.id.value}, {"slug", product.slug}, {"name", product.name}};
}

json::Value headers_object(const std::vector<std::pair<std::string, std::string>>& headers) {
  json::Object object;
  for (const auto& [name, value] : headers) object.set(name, value);
  return object;
}

json::Value data_of(const core::Event& event) { return event.data ? json::Value(*event.data) : json::Value(); }

// One attempt of the log (A39 of the reference).
json::Object log_entry(const store::Exchange& exchange) {
  json::Object entry{{"time", to_iso8601(exchange.at)}};
  entry.set("product_id", exchange.product.is_none() ? json::Value() : json::Value(exchange.product.value));
  if (exchange.event != nullptr) {
    const core::Event& event = *exchange.event;
    entry.set("event", json::Object{{"id", event.id.str()},
                                    {"name", event.name},
                                    {"data", data_of(event)},
                                    {"published_at", to_iso8601(event.published_at)},
                                    {"coreid", event.publisher}});
  }
  entry.set("request", json::Object{{"method", exchange.method},
                                    {"url", exchange.url},
                                    {"headers", headers_object(exchange.request_headers)},
                                    {"body", exchange.request_body}});
  if (exchange.status == 0) {
    entry.set("response", nullptr);
  } else {
    entry.set("response", json::Object{{"statusCode", exchange.status},
                                       {"headers", headers_object(exchange.response_headers)},
                                       {"body", exchange.response_body}});
  }
  entry.set("error", exchange.error.empty() ? json::Value() : json::Value(exchange.error));
  entry.set("attempt", exchange.attempt);
  entry.set("version", exchange.version);
  entry.set("duration_ms", exchange.took.count() / 1000);
  return entry;
}

json::Array log_array(const std::vector<store::Exchange>& exchanges) {
  json::Array array;
  for (const store::Exchange& exchange : exchanges) array.emplace_back(log_entry(exchange));
  return array;
}

}  // namespace

json::Array product_objects(const core::Integration& integration, const store::Catalog& catalog) {
  json::Array products;
  for (const core::ProductId id : integration.products) {
    if (const core::Product* product = catalog.product(id)) products.emplace_back(product_object(*product));
  }
  return products;
}

json::Object list_item(const core::Integration& integration, const ViewOptions& options) {
  json::Object item{{"id", integration.id.str()}};
  for (const auto& [name, value] : core::wire_form(integration.config, integration.scope)) item.set(name, value);
  item.set("created_at", to_iso8601(integration.created_at));
  item.set("updated_at", to_iso8601(integration.updated_at));
  item.set("version", integration.version);

  const auto today = options.store.counters_of_day(integration.number, utc_day(options.now));
  const auto of = [&](core::ProductId product) {
    const auto found = std::find_if(today.begin(), today.end(), [&](const auto& entry) { return entry.first == product; });
    return found == today.end() ? store::Counts{} : found->second;
  };
  store::Counts sum;
  if (options.product != nullptr) {
    sum = of(options.product->id);
  } else {
    for (const auto& [product, counts] : today) sum += counts;
  }
  item.set("todayCounters", counts_object(sum));

  if (integration.scope != core::Scope::kSandbox) {
    item.set("shared", integration.shared());
    json::Array ids;
    json::Array products;
    for (const core::ProductId id : integration.products) {
      ids.emplace_back(id.value);
      const core::Product* product = options.catalog.product(id);
      if (product == nullptr) continue;
      json::Object entry = product_object(*product);
      if (options.organization_path) entry.set("todayCounters", counts_object(of(id)));
      products.emplace_back(std::move(entry));
    }
    item.set("product_ids", std::move(ids));
    item.set("products", std::move(products));
  }
  return item;
}

Result<json::Object> detail_view(const core::Integration& integration, const ViewOptions& options) {
  json::Object view = list_item(integration, options);
  const std::int32_t today = utc_day(options.now);
  FLEETHOOK_TRY(const auto days, options.store.counters(integration.number, today - kHistoryDays + 1, today));
  CountsByDay sum;
  std::map<core::ProductId, CountsByDay> by_product;
  for (const store::DayCounts& entry : days) {
    by_product[entry.product][entry.day] += entry.counts;
    if (options.product == nullptr || options.product->id == entry.product) sum[entry.day] += entry.counts;
  }
  view.set("counters", days_array(sum, today));
  // One source for both: the last day's entry is today's.
  view.set("todayCounters", counts_object(sum[today]));

  if (options.organization_path) {
    json::Array products;
    // Products that left keep their past days: they stay listed, marked removed.
    for (const core::ProductId id : integration.products) by_product.try_emplace(id);
    for (auto& [id, counts] : by_product) {
      const core::Product* product = options.catalog.product(id);
      json::Object entry = product != nullptr ? product_object(*product) : json::Object{{"id", id.value}};
      if (!integration.on(id)) entry.set("removed", true);
      entry.set("todayCounters", counts_object(counts[today]));
      entry.set("counters", days_array(counts, today));
      products.emplace_back(std::move(entry));
    }
    view.set("products", std::move(products));
  }
  const core::ProductId only = options.product != nullptr ? options.product->id : core::ProductId{};
  FLEETHOOK_TRY(const auto logs, options.store.exchanges(integration.number, only, /*success=*/true, kLogEntries));
  FLEETHOOK_TRY(const auto errors, options.store.exchanges(integration.number, only, /*success=*/false, kLogEntries));
  view.set("logs", log_array(logs));
  view.set("errors", log_array(errors));
  return view;
}

json::Object created_view(const core::Integration& integration, const ViewOptions& options) {
  json::Object view{{"ok", true}};
  for (const auto& [name, value] : list_item(integration, options)) view.set(name, value);
  const bool webhook = integration.config.type == core::IntegrationType::kWebhook;
  view.set(webhook ? "hookUrl" : "integrationUrl",
           options.base_url + (webhook ? "/webhooks/" : "/integrations/") + integration.id.str());
  return view;
}

}  // namespace fleethook::api
