// What a device or a server published. Immutable once accepted; shared by everything that handles it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/ids.h"

namespace fleethook::core {

// Who made the event. Events made by a delivery (hook-sent, hook-response, hook-error) go to streams only: they never
// match an integration, whatever their name (no chaining).
enum class Origin : std::uint8_t { kDevice = 0, kApi = 1, kDelivery = 2 };

// What the device was when it published, to tell the traffic of a fleet apart by. All "" when no device did.
struct DeviceTraits {
  std::string firmware_version;  // of the product; "" = unknown
  std::string os_version;        // of Device OS; "" = unknown
  std::string groups;            // join_groups() of the names of its groups; "" = in none

  bool operator==(const DeviceTraits&) const = default;
};

struct Event {
  EventId id;
  ProductId product;  // none: published outside a product
  UserId owner;       // whose sandbox it belongs to: whom the device reaches, or API publisher; may be none
  std::string name;   // 1..64 bytes
  std::optional<std::string> data;  // bytes as published (may be invalid UTF-8); nullopt = no data
  std::string publisher;            // `coreid`: device id in hex, "api", or "particle-internal"
  Instant published_at{};
  std::int32_t ttl_s = 60;
  bool is_public = false;  // feeds PARTICLE_EVENT_PUBLIC and nothing else
  Origin origin = Origin::kApi;
  std::uint8_t hops = 0;
  std::uint32_t replay = 0;  // the number of the replay that brought it again; 0: as it was published
  Instant replayed_at{};     // with `replay`
  DeviceTraits device;

  Instant accepted_at() const { return replay == 0 ? published_at : replayed_at; }
  bool operator==(const Event&) const = default;
};
using EventPtr = std::shared_ptr<const Event>;

inline constexpr std::string_view kApiPublisher = "api";
inline constexpr std::string_view kInternalPublisher = "particle-internal";

}  // namespace fleethook::core
