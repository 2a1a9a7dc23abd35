// A queue of maps, to compare real ones with.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
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
    std::optional<Moment> due;
    std::optional<core::PlacementKey> parked{};
    core::ProductId product{};  // of its placement
    bool operator==(const Delivery&) const = default;
  };

  void append(const Accepted& event) {
    events[event.seq] = event.event;
    for (const NewDelivery& delivery : event.deliveries) {
      const DeliveryKey key{delivery.lane->id, event.seq, delivery.integration->number};
      const core::PlacementKey placement = core::placement_of(*delivery.integration, *event.event);
      Delivery made{delivery.integration->version, {}, std::nullopt, std::nullopt, placement.product};
      if (delivery.parked) {
        made.due = Moment();
        made.parked = placement;
      }
      deliveries.try_emplace(key, made);
      lanes[delivery.lane->id] = delivery.lane->key;
    }
  }
  void ack(const DeliveryKey& key) { deliveries.erase(key); }
  void retry(const Retry& retry) {
    const auto found = deliveries.find(retry.key);
    if (found != deliveries.end()) {
      const core::ProductId product = retry.parked ? retry.parked->product : found->second.product;
      const Delivery now{retry.version, retry.progress, retry.due, retry.parked, product};
      found->second = now;
      if (retry.lane == nullptr) return;
      deliveries.erase(found);
      DeliveryKey key = retry.key;
      key.lane = retry.lane->id;
      deliveries[key] = now;
      lanes[key.lane] = retry.lane->key;
    }
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
  std::vector<Waiting> waiting() const {
    std::map<core::PlacementKey, Waiting> counts;
    for (const auto& [key, delivery] : deliveries) {
      Waiting& count = counts[{key.integration, delivery.product}];
      ++count.deliveries;
      if (delivery.parked) ++count.parked;
    }
    std::vector<Waiting> list;
    for (const auto& [placement, count] : counts) list.push_back({placement, count.deliveries, count.parked});
    return list;
  }
  // Of some integrations, not parked, in the order of find(): first what was never tried.
  std::vector<DeliveryKey> found(core::LaneId lane, const std::vector<core::IntegrationNumber>& of) const {
    std::vector<DeliveryKey> keys;
    for (const bool retries : {false, true}) {
      for (const auto& [key, delivery] : deliveries) {
        if (key.lane == lane && !delivery.parked && delivery.due.has_value() == retries &&
            std::ranges::find(of, key.integration) != of.end()) {
          keys.push_back(key);
        }
      }
    }
    return keys;
  }
  std::vector<DeliveryKey> parked(const core::PlacementKey& placement) const {
    std::vector<std::pair<core::EventSeq, DeliveryKey>> found;
    for (const auto& [key, delivery] : deliveries) {
      if (delivery.parked == placement) found.emplace_back(key.event, key);
    }
    std::sort(found.begin(), found.end());
    std::vector<DeliveryKey> keys;
    for (const auto& [event, key] : found) keys.push_back(key);
    return keys;
  }
  std::vector<DeliveryKey> ready(core::LaneId lane, DeliveryKey after, std::size_t limit) const {
    std::vector<DeliveryKey> keys;
    for (const auto& [key, delivery] : deliveries) {
      if (key.lane == lane && !delivery.due && !delivery.parked && key > after && keys.size() < limit)
        keys.push_back(key);
    }
    return keys;
  }
  std::vector<DeliveryKey> retries(core::LaneId lane, Moment until, std::size_t limit) const {
    std::vector<std::pair<Moment, DeliveryKey>> found;
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
  std::map<core::LaneId, std::pair<bool, std::optional<Moment>>> lane_states() const {
    std::map<core::LaneId, std::pair<bool, std::optional<Moment>>> states;
    for (const auto& [key, delivery] : deliveries) {
      if (delivery.parked) continue;
      auto& [has_ready, next_due] = states[key.lane];
      if (!delivery.due) has_ready = true;
      if (delivery.due && (!next_due || *delivery.due < *next_due)) next_due = delivery.due;
    }
    return states;
  }
  void prune(Instant before) {
    prune_kept();
    const std::set<core::EventSeq> needed = waited_for();
    for (auto at = events.upper_bound(pruned_to); at != events.end() && at->second->published_at < before;) {
      pruned_to = at->first;
      at = needed.contains(at->first) ? std::next(at) : events.erase(at);
    }
  }
  // The first half of it.
  void prune_kept() {
    const std::set<core::EventSeq> needed = waited_for();
    std::erase_if(events, [&](const auto& one) { return one.first <= pruned_to && !needed.contains(one.first); });
  }
  std::set<core::EventSeq> waited_for() const {
    std::set<core::EventSeq> needed;
    for (const auto& [key, delivery] : deliveries) needed.insert(key.event);
    return needed;
  }
  QueueStats stats() const {
    QueueStats stats{events.size(), 0, 0, 0};
    for (const auto& [key, delivery] : deliveries) {
      ++(delivery.parked ? stats.parked : delivery.due ? stats.retries : stats.ready);
    }
    return stats;
  }

  std::map<core::EventSeq, core::EventPtr> events;
  core::EventSeq pruned_to;  // what is left up to it was waited for
  std::map<DeliveryKey, Delivery> deliveries;
  std::map<core::LaneId, core::LaneKey> lanes;
};

}  // namespace fleethook::queue
