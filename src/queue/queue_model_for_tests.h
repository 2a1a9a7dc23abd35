// A queue of maps, to compare real ones with.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "queue/queue.h"

namespace fleethook::queue {

// A queue as one would write it without a disk.
class QueueModel {
 public:
  struct Delivery {
    std::uint32_t version = 1;
    Progress progress;
    std::optional<Instant> due;
    std::optional<core::PlacementKey> parked{};
    bool operator==(const Delivery&) const = default;
  };

  void append(const Accepted& event) {
    events[event.seq] = event.event;
    for (const NewDelivery& delivery : event.deliveries) {
      const DeliveryKey key{delivery.lane_id, event.seq, delivery.integration->number};
      Delivery made{delivery.integration->version, {}, std::nullopt, std::nullopt};
      if (delivery.parked) {
        made.due = event.event->published_at;
        made.parked = core::placement_of(*delivery.integration, *event.event);
      }
      deliveries.try_emplace(key, made);
      lanes[delivery.lane_id] = delivery.lane;
    }
  }
  void ack(const DeliveryKey& key) { deliveries.erase(key); }
  void retry(const Retry& retry) {
    const auto found = deliveries.find(retry.key);
    if (found != deliveries.end()) found->second = {retry.version, retry.progress, retry.due, retry.parked};
  }
  // How many came back.
  std::uint64_t release(const core::PlacementKey& placement, std::size_t limit) {
    std::vector<std::pair<core::EventSeq, DeliveryKey>> found;
    for (const auto& [key, delivery] : deliveries) {
      if (delivery.parked == placement) found.emplace_back(key.event, key);
    }
    std::sort(found.begin(), found.end());
    if (found.size() > limit) found.resize(limit);
    for (const auto& [event, key] : found) deliveries.at(key).parked.reset();
    return found.size();
  }
  std::vector<Parked> parked() const {
    std::map<core::PlacementKey, std::uint64_t> counts;
    for (const auto& [key, delivery] : deliveries) {
      if (delivery.parked) ++counts[*delivery.parked];
    }
    std::vector<Parked> list;
    for (const auto& [placement, count] : counts) list.push_back({placement, count});
    return list;
  }
  std::vector<DeliveryKey> ready(core::LaneId lane, DeliveryKey after, std::size_t limit) const {
    std::vector<DeliveryKey> keys;
    for (const auto& [key, delivery] : deliveries) {
      if (key.lane == lane && !delivery.due && !delivery.parked && key > after && keys.size() < limit)
        keys.push_back(key);
    }
    return keys;
  }
  std::vector<DeliveryKey> retries(core::LaneId lane, Instant until, std::size_t limit) const {
    std::vector<std::pair<Instant, DeliveryKey>> found;
    for (const auto& [key, delivery] : deliveries) {
      if (key.lane == lane && delivery.due && !delivery.parked && *delivery.due <= until)
        found.emplace_back(*delivery.due, key);
    }
    std::sort(found.begin(), found.end());
    std::vector<DeliveryKey> keys;
    for (const auto& [due, key] : found) {
      if (keys.size() < limit) keys.push_back(key);
    }
    return keys;
  }
  std::map<core::LaneId, std::pair<bool, std::optional<Instant>>> lane_states() const {
    std::map<core::LaneId, std::pair<bool, std::optional<Instant>>> states;
    for (const auto& [key, delivery] : deliveries) {
      if (delivery.parked) continue;
      auto& [has_ready, next_due] = states[key.lane];
      if (!delivery.due) has_ready = true;
      if (delivery.due && (!next_due || *delivery.due < *next_due)) next_due = delivery.due;
    }
    return states;
  }
  void prune(Instant before) {
    core::EventSeq end{UINT64_MAX};
    for (const auto& [key, delivery] : deliveries) end = std::min(end, key.event);
    while (!events.empty() && events.begin()->first < end && events.begin()->second->published_at < before) {
      events.erase(events.begin());
    }
  }
  QueueStats stats() const {
    QueueStats stats{events.size(), 0, 0, 0};
    for (const auto& [key, delivery] : deliveries) {
      ++(delivery.parked ? stats.parked : delivery.due ? stats.retries : stats.ready);
    }
    return stats;
  }

  std::map<core::EventSeq, core::EventPtr> events;
  std::map<DeliveryKey, Delivery> deliveries;
  std::map<core::LaneId, core::LaneKey> lanes;
};

}  // namespace fleethook::queue
