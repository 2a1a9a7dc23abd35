// How the deliveries of one integration are made: time-out, redirects, retries, and how much at once. Each has a
// default and bounds (DeliverySettingLimits in base/limits.h).
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "json/value.h"

namespace fleethook::core {

enum class Redirects : std::uint8_t { kFollow, kError };
std::string_view to_text(Redirects redirects);  // "follow", "error"

struct DeliverySettings {
  std::chrono::seconds timeout{DeliverySettingLimits::kTimeoutS.standard};
  Redirects redirects = Redirects::kFollow;
  std::vector<std::chrono::seconds> retry_delays;  // between attempts; empty: the policy's own
  std::chrono::seconds retry_for{
      DeliverySettingLimits::kRetryForS.standard};  // from the first attempt; 0 = one attempt
  // Ascending; 3, 4 and 5 stand for all of 3xx, 4xx and 5xx. nullopt: standard_final_statuses().
  std::optional<std::vector<std::uint16_t>> final_statuses;
  std::optional<std::uint32_t> concurrency;  // requests under way at one destination; nullopt: what the lane may
  std::optional<double> rate;                // requests a second at one destination; nullopt: no bound
  bool order_per_device = false;             // one request under way for each device, and its events in their order
  bool operator==(const DeliverySettings&) const = default;
};

// The statuses that no waiting can change: 3xx, 400, 405, 410, 413, 414, 415, 422, 431, 501.
const std::vector<std::uint16_t>& standard_final_statuses();
bool holds_status(const std::vector<std::uint16_t>& statuses, int status);

// Names on the wire, in the order of wire_values().
inline constexpr std::string_view kDeliverySettingNames[] = {
    "timeout", "redirects", "retryDelays", "retryFor", "finalStatuses", "concurrency", "rate", "orderPerDevice"};
// Reads one of them into `settings`: nullptr or null sets its default. A refusal names the field.
Result<void> read_setting(std::string_view name, const json::Value* value, DeliverySettings& settings);
// All with their defaults; null where the default is "none" or the policy's own.
json::Object wire_values(const DeliverySettings& settings);

}  // namespace fleethook::core
