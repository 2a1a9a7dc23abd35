#include "api/attempt_view.h"

#include "base/text.h"

namespace fleethook::api {
namespace {

json::Value headers_object(const std::vector<std::pair<std::string, std::string>>& headers) {
  json::Object object;
  for (const auto& [name, value] : headers) object.set(name, value);
  return object;
}

json::Value data_of(const core::Event& event) {
  return event.data ? json::Value(*event.data) : json::Value();
}

}  // namespace

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
  if (!exchange.notes.empty()) {
    json::Array notes;
    for (const std::string& note : exchange.notes) notes.emplace_back(note);
    entry.set("notes", std::move(notes));
  }
  entry.set("attempt", exchange.attempt);
  entry.set("version", exchange.version);
  entry.set("duration_ms", exchange.took.count() / 1000);
  return entry;
}

json::Object attempt_object(const store::Exchange& exchange, Labels& labels) {
  const core::Event& event = *exchange.event;
  const auto or_null = [](bool is, json::Value value) { return is ? std::move(value) : json::Value(); };
  return {{"id", std::to_string(exchange.id)},
          {"time", to_iso8601(exchange.at)},
          {"integration", labels.integration(exchange.integration, exchange.version)},
          {"product", labels.product(exchange.product)},
          {"event", json::Object{{"id", event.id.str()},
                                 {"name", event.name},
                                 {"published_at", to_iso8601(event.published_at)},
                                 {"coreid", event.publisher}}},
          {"replay", or_null(event.replay != 0, event.replay)},
          {"attempt", exchange.attempt},
          {"version", exchange.version},
          {"method", or_null(!exchange.method.empty(), exchange.method)},
          {"url", or_null(!exchange.url.empty(), exchange.url)},
          {"duration_ms", exchange.took.count() / 1000},
          {"status", or_null(exchange.status != 0, exchange.status)},
          {"error", or_null(exchange.error_class != core::ErrorClass::kNone, core::to_text(exchange.error_class))},
          {"message", or_null(!exchange.error.empty(), exchange.error)}};
}

json::Object whole_attempt(const store::Exchange& exchange, Labels& labels) {
  json::Object shown = attempt_object(exchange, labels);
  const json::Object entry = log_entry(exchange);
  for (const char* member : {"event", "request", "response", "notes"}) {
    if (const json::Value* value = entry.find(member)) shown.set(member, *value);
  }
  return shown;
}

}  // namespace fleethook::api
