#include "delivery/reporter.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "core/compiled_integration.h"
#include "core/mask.h"
#include "core/response_plan.h"
#include "json/value.h"

namespace fleethook::delivery {
namespace {

bool is_sensitive(std::string_view header) {
  constexpr std::string_view kSensitive[] = {"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"};
  return std::ranges::any_of(kSensitive, [&](std::string_view name) { return ascii_iequals(header, name); });
}

std::string masked(std::string_view text, const core::NamedValues& values) {
  std::string shown(text);
  core::mask(shown, values);
  return shown;
}

std::vector<std::pair<std::string, std::string>> as_pairs(const http::Headers& headers,
                                                          const core::NamedValues& values) {
  std::vector<std::pair<std::string, std::string>> pairs;
  pairs.reserve(headers.size());
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::string_view name = headers.name_at(i);
    pairs.emplace_back(masked(name, values),
                       is_sensitive(name) ? std::string(core::kMask) : masked(headers.value_at(i), values));
  }
  return pairs;
}

// What goes into the log of a body. `whose`: for the note on one that does not.
std::string kept_body(std::string_view body,
                      const http::Headers& headers,
                      const core::NamedValues& values,
                      const Limits& limits,
                      const char* whose,
                      store::Exchange& exchange) {
  if (core::can_be_masked(headers.get("Content-Type"), body, values))
    return core::masked_beginning(body, values, limits.logged_body_bytes_max, limits.mask_work_bytes_max);
  exchange.notes.push_back(std::string("the body of the ") + whose + " " + core::kNotKept);
  return {};
}

std::string as_text(const http::Url& url) {
  if (url.host.empty()) return {};  // was not built
  std::string text = url.tls ? "https://" : "http://";
  if (!url.user.empty() || !url.password.empty()) text.append(core::kMask).append("@");
  return text.append(url.host_header()).append(url.target);
}

}  // namespace

void Reporter::sent(const Attempt& attempt) {
  if (attempt.delivery().progress.sent > 0 || !wanted()) return;
  const Instant now = outside_.loop.clock().now();
  std::vector<core::Event> events;
  events.push_back(attempt.compiled()->sent_event(*attempt.delivery().event, now, attempt.values()));
  publish(attempt.delivery(), std::move(events), now);
}

void Reporter::ended(const Attempt& attempt, bool last) {
  if (attempt.compiled() == nullptr || !wanted()) return;
  const AttemptReport& report = attempt.report();
  const core::Event& cause = *attempt.delivery().event;
  const core::Integration& integration = *attempt.delivery().integration;
  core::WorkBudget work = turns_.for_people(integration);
  if (!report.error.empty()) {
    const bool tell_of_retry = !last && attempt.compiled()->policy() != core::DeliveryPolicy::kParticle;
    if (tell_of_retry && attempt.number() > 1) return;
    const std::string error = tell_of_retry ? report.error + "; it will be tried again" : report.error;
    auto events = attempt.compiled()->error_events(cause, error, report.ended_at, attempt.values(), &work);
    turns_.built(integration, work);
    return publish(attempt.delivery(), std::move(events), report.ended_at);
  }
  core::Reply reply;
  reply.status = report.response.status;
  reply.content_type = report.response.headers.get("Content-Type");
  reply.body = report.response.body;
  reply.truncated = report.truncated;
  auto events = attempt.compiled()->response_events(cause, reply, report.ended_at, attempt.values(), &work);
  turns_.built(integration, work);
  publish(attempt.delivery(), std::move(events), report.ended_at);
}

void Reporter::condition(const Attempt& attempt, const store::Outage& outage) {
  if (!wanted()) return;
  const Delivery& delivery = attempt.delivery();
  const Instant now = outside_.loop.clock().now();
  json::Object data{{"integration_id", delivery.integration->id.str()}, {"destination", outage.destination}};
  if (!outage.is_end()) {
    data.set("failing_since", to_iso8601(outage.began_at));
    data.set("error", outage.error);
  }
  std::string name = (outage.is_end() ? "hook-recovered/" : "hook-failing/") + delivery.event->name;
  core::mask(name, attempt.values());
  std::vector<core::Event> events;
  events.push_back(core::ResponsePlan::made_by(*delivery.event, std::move(name), json::write(data), now));
  publish(delivery, std::move(events), now);
}

void Reporter::publish(const Delivery& of, std::vector<core::Event> events, Instant now) {
  if (events.empty()) return;
  for (core::Event& event : events) event.id = core::EventId::make(now, outside_.random);
  outside_.publish(of.event, of.seq, std::move(events));
}

std::optional<store::Exchange> Reporter::exchange(const Attempt& attempt) {
  const AttemptReport& report = attempt.report();
  const bool success = report.error.empty();
  if (takes_whole(attempt.delivery(), success, report.ended_at)) return full_exchange(attempt);
  if (success) return std::nullopt;
  store::Exchange exchange = row_of(attempt);
  exchange.notes.push_back("request and answer are not kept: in a minute at most " +
                           std::to_string(outside_.limits.logged_failures_per_minute_max) +
                           " failures on a product are kept whole, and " +
                           std::to_string(outside_.limits.logged_per_owner_and_minute_max) + " attempts of one owner");
  auto without_data = std::make_shared<core::Event>(*attempt.delivery().event);
  without_data->data.reset();
  exchange.event = std::move(without_data);
  return exchange;
}

bool Reporter::takes_whole(const Delivery& delivery, bool success, Instant at) {
  const std::int64_t minute = std::chrono::floor<std::chrono::minutes>(at.time_since_epoch()).count();
  if (minute != minute_) {
    minute_ = minute;
    logged_.clear();
    logged_of_.clear();
  }
  Logged& logged = logged_[{delivery.integration->number, product_of(delivery)}];
  std::uint32_t& count = success ? logged.successes : logged.failures;
  const Limits& limits = outside_.limits;
  if (count >= (success ? limits.logged_successes_per_minute_max : limits.logged_failures_per_minute_max)) return false;
  std::uint32_t& of_owner = logged_of_[core::lane_owner(*delivery.integration)];
  if (of_owner >= limits.logged_per_owner_and_minute_max) return false;
  ++count;
  ++of_owner;
  return true;
}

// What is short.
store::Exchange Reporter::row_of(const Attempt& attempt) const {
  const AttemptReport& report = attempt.report();
  store::Exchange exchange;
  exchange.integration = attempt.delivery().integration->number;
  exchange.product = product_of(attempt.delivery());
  exchange.version = attempt.delivery().integration->version;
  exchange.event = attempt.delivery().event;
  exchange.success = report.error.empty();
  exchange.attempt = attempt.number();
  exchange.at = report.started_at;
  exchange.took = report.took;
  exchange.method = attempt.request().method;
  exchange.status = report.outcome.status;
  exchange.error = report.error;
  exchange.error_class = report.error_class;
  exchange.notes = report.notes;
  return exchange;
}

// Rendered once more, with masks: what a template makes of a value, its letters say, no search finds.
void Reporter::show_request(const Attempt& attempt, store::Exchange& exchange) const {
  const auto shown = attempt.shown_request();
  if (!shown.ok()) {
    exchange.url = core::kMask;
    return;
  }
  const core::NamedValues hidden = core::and_masks(attempt.values());
  exchange.url = masked(as_text(shown->url), hidden);
  exchange.request_headers = as_pairs(shown->headers, hidden);
  exchange.request_body = kept_body(shown->body, shown->headers, hidden, outside_.limits, "request", exchange);
}

store::Exchange Reporter::full_exchange(const Attempt& attempt) const {
  const AttemptReport& report = attempt.report();
  const core::OutgoingRequest& request = attempt.request();
  store::Exchange exchange = row_of(attempt);
  const core::NamedValues& values = attempt.values();
  if (values.secrets.empty() || request.url.host.empty()) {
    exchange.url = masked(as_text(request.url), values);
    exchange.request_headers = as_pairs(request.headers, values);
    exchange.request_body = kept_body(request.body, request.headers, values, outside_.limits, "request", exchange);
  } else {
    show_request(attempt, exchange);
  }
  if (report.outcome.status == 0) return exchange;
  exchange.response_headers = as_pairs(report.response.headers, values);
  exchange.response_body =
      kept_body(report.response.body, report.response.headers, values, outside_.limits, "answer", exchange);
  return exchange;
}

}  // namespace fleethook::delivery
