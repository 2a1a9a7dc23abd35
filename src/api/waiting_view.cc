#include "api/waiting_view.h"

#include <string>

#include "base/text.h"

namespace fleethook::api {
namespace {

json::Value text_or_null(const std::string& text) {
  return text.empty() ? json::Value() : json::Value(text);
}

json::Value or_null(const std::optional<Instant>& at) {
  return at ? json::Value(to_iso8601(*at)) : json::Value();
}

}  // namespace

json::Object outage_facts(const store::Outage& outage) {
  return {{"id", std::to_string(outage.id)},
          {"destination", text_or_null(outage.destination)},
          {"version", outage.version},
          {"began_at", to_iso8601(outage.began_at)},
          {"ended_at", or_null(outage.ended_at)},
          {"failures", outage.failures},
          {"status", outage.status == 0 ? json::Value() : json::Value(outage.status)},
          {"error_class", core::to_text(outage.error_class)},
          {"error", outage.error}};
}

json::Object outage_object(const store::Outage& outage, Labels& labels) {
  json::Object shown = outage_facts(outage);
  shown.set("integration", labels.integration(outage.placement.integration, outage.version));
  shown.set("product", labels.product(outage.placement.product));
  return shown;
}

json::Object destination_object(const delivery::LineView& line) {
  json::Value breaker;
  if (line.breaker != delivery::BreakerState::kClosed) {
    breaker = json::Object{{"state", to_text(line.breaker)},
                           {"since", to_iso8601(line.since)},
                           {"reason", line.reason},
                           {"next_try_at", to_iso8601(line.next_try_at)}};
  }
  return {{"destination", text_or_null(line.destination)},
          {"failing", line.failing},
          {"in_memory", line.in_memory},
          {"in_flight", line.in_flight},
          {"more_on_disk", line.more_on_disk},
          {"next_attempt_at", or_null(line.due_at)},
          {"breaker", std::move(breaker)}};
}

}  // namespace fleethook::api
