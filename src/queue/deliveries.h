// The values that go through a queue: events with the deliveries that they make, and deliveries that wait.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <vector>

#include "base/moment.h"
#include "base/result.h"
#include "core/event.h"
#include "core/integration.h"
#include "core/lane_key.h"
#include "core/pause.h"

namespace fleethook::queue {

// One event for one placement.
struct NewDelivery {
  core::IntegrationPtr integration;
  core::LanePtr lane;
  bool parked = false;  // its placement is held: it waits for release(), and no lane hears of it
};
struct Accepted {
  core::EventPtr event;
  core::EventSeq seq;  // filled by append()
  std::vector<NewDelivery> deliveries;
};

// Names one delivery. Unique.
struct DeliveryKey {
  core::LaneId lane;
  core::EventSeq event;
  core::IntegrationNumber integration;
  // Of its placement. No part of the name: whoever acknowledges and knows it spares the queue a look.
  core::ProductId product{};
  auto operator<=>(const DeliveryKey& other) const {
    return std::tie(lane, event, integration) <=> std::tie(other.lane, other.event, other.integration);
  }
  bool operator==(const DeliveryKey& other) const { return (*this <=> other) == 0; }
};

// How far a delivery has come; zero for one that was never tried.
struct Progress {
  std::uint32_t attempts = 0;
  std::uint32_t sent = 0;     // attempts that were really sent
  Moment first_attempt_at{};  // of Timeline::sure()
  bool operator==(const Progress&) const = default;
};

// A delivery read back from disk.
struct Pending {
  DeliveryKey key;
  core::EventPtr event;
  std::uint32_t version = 1;  // of the integration's configuration
  Progress progress;
  std::optional<Moment> due;  // set for retries
  core::ProductId product{};  // of its placement; none: the sandbox
};

struct Retry {
  DeliveryKey key;
  std::uint32_t version = 1;
  Progress progress;
  Moment due{};  // of Timeline::now()
  // Set: it is parked. It waits for release() of its placement, and only then for `due`.
  std::optional<core::PlacementKey> parked{};
  // With `parked`: the lane that it goes to. Null: that of the key.
  core::LanePtr lane = nullptr;
};

struct PlacementHash {
  std::size_t operator()(const core::PlacementKey& key) const noexcept {
    return std::hash<std::uint64_t>()((key.integration.value * 0x9E3779B97F4A7C15ULL) ^ key.product.value);
  }
};

using OnDone = std::function<void(Result<void>)>;

}  // namespace fleethook::queue
