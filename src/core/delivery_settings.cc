#include "core/delivery_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "core/enum_names.h"

namespace fleethook::core {
namespace {

using Bounds = DeliverySettingLimits;
constexpr std::array<std::string_view, 2> kRedirects = {"follow", "error"};

std::string number_text(double number) {
  std::string text;
  json::append_number(number, text);
  return text;
}

// A number, or the text of one as forms send it.
std::optional<double> number_of(const json::Value& value) {
  if (value.is_number()) return value.as_double();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.as_string();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

template <class Number>
std::string between(const SettingLimit<Number>& bounds) {
  return "from " + number_text(static_cast<double>(bounds.min)) + " to " + number_text(static_cast<double>(bounds.max));
}

template <class Number>
std::optional<double> within(const json::Value& value, const SettingLimit<Number>& bounds) {
  const auto number = number_of(value);
  if (!number || *number < static_cast<double>(bounds.min) || *number > static_cast<double>(bounds.max))
    return std::nullopt;
  return number;
}

std::optional<std::int64_t> whole_within(const json::Value& value, const SettingLimit<std::int64_t>& bounds) {
  const auto number = within(value, bounds);
  if (!number || *number != std::floor(*number)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

Result<std::int64_t> whole(std::string_view field,
                           const json::Value& value,
                           const SettingLimit<std::int64_t>& bounds,
                           std::string_view what) {
  if (const auto number = whole_within(value, bounds)) return *number;
  return Error::field(std::string(field), "must be a whole number " + std::string(what) + between(bounds));
}

Result<void> read_retry_delays(const json::Value& value, DeliverySettings& settings) {
  const std::string expected = "must be a list of " + std::to_string(Bounds::kRetryDelays.min) + " to " +
                               std::to_string(Bounds::kRetryDelays.max) + " waits in whole seconds, each " +
                               between(Bounds::kRetryDelayS) + " (null: the policy's own)";
  if (!value.is_array()) return Error::field("retryDelays", expected);
  const json::Array& items = value.as_array();
  if (items.size() < Bounds::kRetryDelays.min || items.size() > Bounds::kRetryDelays.max)
    return Error::field("retryDelays", expected);
  std::vector<std::chrono::seconds> delays;
  for (const json::Value& item : items) {
    const auto delay = whole_within(item, Bounds::kRetryDelayS);
    if (!delay) return Error::field("retryDelays." + std::to_string(delays.size()), expected);
    delays.emplace_back(*delay);
  }
  settings.retry_delays = std::move(delays);
  return {};
}

std::optional<std::uint16_t> status_of(const json::Value& value) {
  if (value.is_string() && value.as_string().size() == 3 && value.as_string().ends_with("xx")) {
    const char first = value.as_string().front();
    if (first >= '3' && first <= '5') return static_cast<std::uint16_t>(first - '0');
  }
  const auto status = whole_within(value, Bounds::kFinalStatus);
  if (!status) return std::nullopt;
  return static_cast<std::uint16_t>(*status);
}

Result<void> read_final_statuses(const json::Value& value, DeliverySettings& settings) {
  const std::string expected = "must be a list of statuses " + between(Bounds::kFinalStatus) +
                               R"(, or "3xx", "4xx", "5xx" for all of a kind ([]: none is final))";
  if (!value.is_array()) return Error::field("finalStatuses", expected);
  std::vector<std::uint16_t> statuses;
  for (std::size_t i = 0; i < value.as_array().size(); ++i) {
    const auto status = status_of(value.as_array()[i]);
    if (!status) return Error::field("finalStatuses." + std::to_string(i), expected);
    statuses.push_back(*status);
  }
  std::ranges::sort(statuses);
  statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
  // One that its kind holds already says nothing.
  std::erase_if(statuses, [&](std::uint16_t status) {
    return status >= 100 && std::ranges::find(statuses, static_cast<std::uint16_t>(status / 100)) != statuses.end();
  });
  settings.final_statuses.reset();
  if (statuses != standard_final_statuses()) settings.final_statuses = std::move(statuses);
  return {};
}

json::Array statuses_value(const std::vector<std::uint16_t>& statuses) {
  json::Array array;
  for (const std::uint16_t status : statuses) {
    array.emplace_back(status < 10 ? json::Value(std::to_string(status) + "xx") : json::Value(status));
  }
  return array;
}

json::Value delays_value(const std::vector<std::chrono::seconds>& delays) {
  if (delays.empty()) return nullptr;
  json::Array array;
  for (const std::chrono::seconds delay : delays) array.emplace_back(delay.count());
  return array;
}

// A whole number is written without a point, so that it reads back as it was.
json::Value rate_value(double rate) {
  return rate == std::floor(rate) ? json::Value(static_cast<std::int64_t>(rate)) : json::Value(rate);
}

}  // namespace

std::string_view to_text(Redirects redirects) {
  return enum_name(kRedirects, redirects);
}

const std::vector<std::uint16_t>& standard_final_statuses() {
  static const std::vector<std::uint16_t> kFinal = {3, 400, 405, 410, 413, 414, 415, 422, 431, 501};
  return kFinal;
}

bool holds_status(const std::vector<std::uint16_t>& statuses, int status) {
  return std::ranges::any_of(statuses, [&](std::uint16_t one) { return one == status || one == status / 100; });
}

Result<void> read_setting(std::string_view name, const json::Value* value, DeliverySettings& settings) {
  const DeliverySettings standard;
  const bool unset = value == nullptr || value->is_null();
  if (name == "timeout") {
    settings.timeout = standard.timeout;
    if (unset) return {};
    FLEETHOOK_TRY(const auto seconds, whole(name, *value, Bounds::kTimeoutS, "of seconds "));
    settings.timeout = std::chrono::seconds(seconds);
  } else if (name == "redirects") {
    settings.redirects = standard.redirects;
    if (unset) return {};
    const auto* chosen = std::ranges::find_if(kRedirects, [&](std::string_view word) {
      return value->is_string() && ascii_iequals(word, value->as_string());
    });
    if (chosen == kRedirects.end()) return Error::field("redirects", "must be one of " + enum_list(kRedirects));
    settings.redirects = static_cast<Redirects>(chosen - kRedirects.begin());
  } else if (name == "retryDelays") {
    settings.retry_delays.clear();
    if (!unset) return read_retry_delays(*value, settings);
  } else if (name == "retryFor") {
    settings.retry_for = standard.retry_for;
    if (unset) return {};
    FLEETHOOK_TRY(const auto seconds, whole(name, *value, Bounds::kRetryForS, "of seconds "));
    settings.retry_for = std::chrono::seconds(seconds);
  } else if (name == "finalStatuses") {
    settings.final_statuses.reset();
    if (!unset) return read_final_statuses(*value, settings);
  } else if (name == "concurrency") {
    settings.concurrency.reset();
    if (unset) return {};
    FLEETHOOK_TRY(const auto requests, whole(name, *value, Bounds::kConcurrency, "of requests "));
    settings.concurrency = static_cast<std::uint32_t>(requests);
  } else if (name == "rate") {
    settings.rate.reset();
    if (unset) return {};
    const auto rate = within(*value, Bounds::kRatePerS);
    if (!rate) return Error::field("rate", "must be a number of requests a second " + between(Bounds::kRatePerS));
    settings.rate = *rate;
  } else if (name == "orderPerDevice") {
    settings.order_per_device = false;
    if (unset) return {};
    const bool says_true = value->is_string() && value->as_string() == "true";
    const bool says_false = value->is_string() && value->as_string() == "false";
    if (!value->is_bool() && !says_true && !says_false) return Error::field("orderPerDevice", "must be true or false");
    settings.order_per_device = value->is_bool() ? value->as_bool() : says_true;
  }
  return {};
}

json::Object wire_values(const DeliverySettings& settings) {
  return {
      {"timeout", settings.timeout.count()},
      {"redirects", to_text(settings.redirects)},
      {"retryDelays", delays_value(settings.retry_delays)},
      {"retryFor", settings.retry_for.count()},
      {"finalStatuses", statuses_value(settings.final_statuses.value_or(standard_final_statuses()))},
      {"concurrency", settings.concurrency ? json::Value(*settings.concurrency) : json::Value()},
      {"rate", settings.rate ? rate_value(*settings.rate) : json::Value()},
      {"orderPerDevice", settings.order_per_device},
  };
}

}  // namespace fleethook::core
