#include "testing/sim_queue.h"

#include <algorithm>
#include <set>
#include <utility>

#include "queue/ready_picker.h"

namespace fleethook::testing {

using queue::Accepted;
using queue::DeliveryKey;
using queue::EventPage;
using queue::EventQuery;
using queue::FoundEvents;
using queue::Kept;
using queue::LaneState;
using queue::Pending;
using queue::Retry;
using queue::WaitingDelivery;

std::function<void(const Result<void>&)> SimQueue::telling(queue::OnDone done) {
  return [this, done = std::move(done)](const Result<void>& result) {
    trouble_ = result ? "" : result.error().message;
    ++revision_;
    done(result);
  };
}

Result<void> SimQueue::own(std::vector<queue::Claim> claims) {
  auto found = lanes();
  if (!found) return std::move(found).error();
  owners_.own(claims, *found);
  return {};
}

void SimQueue::append(std::vector<Accepted> events, OnAppended done) {
  auto batch = std::make_shared<std::vector<Accepted>>(std::move(events));
  disk_.write(
      [this, batch] {
        for (Accepted& accepted : *batch) commit(accepted);
      },
      telling([this, batch, done = std::move(done)](const Result<void>& result) {
        if (!result.ok()) return done(result.error());
        done(queue::Batch(batch));
        hand_over(batch);
      }));
}

void SimQueue::append_once(queue::Note note, std::vector<Accepted> events, OnOnce done) {
  struct Parts {
    std::optional<queue::Note> earlier;
    std::shared_ptr<std::vector<Accepted>> events;
  };
  auto once = std::make_shared<Parts>(Parts{std::nullopt, std::make_shared<std::vector<Accepted>>(std::move(events))});
  disk_.write(
      [this, once, note = std::move(note)] {
        const auto known = notes_.find(note.key);
        if (known != notes_.end() && known->second.until > note.at) {
          once->earlier = known->second;
          once->events.reset();
          return;
        }
        notes_.insert_or_assign(note.key, note);
        for (Accepted& accepted : *once->events) commit(accepted);
      },
      telling([this, once, done = std::move(done)](const Result<void>& result) {
        if (!result.ok()) return done(result.error());
        done(queue::Once{once->earlier, once->events});
        if (once->events != nullptr) hand_over(once->events);
      }));
}

void SimQueue::commit(Accepted& accepted) {
  accepted.seq = core::EventSeq{++last_seq_};
  if (!std::exchange(will_mark_, true)) {
    sim_.after(queue::Timeline::kMarkEvery, [this] {
      will_mark_ = false;
      if (const auto mark = timeline_.next_mark({last_seq_})) timeline_.add(*mark);
    });
  }
  events_.emplace(accepted.seq, accepted.event);
  for (const queue::NewDelivery& delivery : accepted.deliveries) {
    lanes_.try_emplace(delivery.lane->id, delivery.lane->key);
    const DeliveryKey of{delivery.lane->id, accepted.seq, delivery.integration->number};
    const std::uint32_t version = delivery.integration->version;
    const core::PlacementKey placement = core::placement_of(*delivery.integration, *accepted.event);
    products_[{of.event, of.integration}] = placement.product;
    const bool is_ordered = delivery.integration->config.delivery.order_per_device;
    const Moment due = is_ordered ? queue::in_order(queue::device_of(*accepted.event)) : Moment();
    const bool is_new = delivery.parked ? parked_.try_emplace(of, Retry{of, version, {}, due, placement}).second
                                        : ready_.try_emplace(of, version).second;
    created_ += is_new ? 1 : 0;
    if (is_new && on_accepted) on_accepted(accepted, delivery);
  }
}

void SimQueue::commit_ack(const std::vector<DeliveryKey>& keys) {
  for (const DeliveryKey& key : keys) {
    sim_.trace("ack", key.event.value, key.integration.value);
    ready_.erase(key);
    retries_.erase(key);
    parked_.erase(key);
  }
}

void SimQueue::ack(std::vector<DeliveryKey> keys, queue::OnDone done) {
  disk_.write([this, keys = std::move(keys)] { commit_ack(keys); }, telling(std::move(done)));
}

void SimQueue::retry(std::vector<Retry> retries, queue::OnDone done) {
  disk_.write(
      [this, retries = std::move(retries)] {
        for (const Retry& retry : retries) {
          sim_.trace(retry.parked ? "park" : "retry", retry.key.event.value, retry.key.integration.value,
                     retry.progress.attempts);
          if (ready_.erase(retry.key) + retries_.erase(retry.key) + parked_.erase(retry.key) == 0) continue;
          if (retry.parked) products_[{retry.key.event, retry.key.integration}] = retry.parked->product;
          Retry kept = retry;
          if (const core::LanePtr to = std::exchange(kept.lane, nullptr)) {
            lanes_[to->id] = to->key;
            kept.key.lane = to->id;
          }
          (retry.parked ? parked_ : retries_).emplace(kept.key, kept);
        }
      },
      telling(std::move(done)));
}

void SimQueue::load_ready(core::LaneId lane, queue::ReadyWish wish, OnReady done) {
  auto found = std::make_shared<queue::ReadyFound>();
  disk_.read(
      [this, found, lane, wish = std::move(wish)] {
        queue::ReadyPicker picker(wish);
        found->upto = wish.after;
        found->all = true;
        for (auto at = ready_.upper_bound({lane, wish.after.event, wish.after.integration});
             at != ready_.end() && at->first.lane == lane; ++at) {
          if (picker.has_enough()) {
            found->all = false;
            break;
          }
          found->upto = {at->first.event, at->first.integration};
          Pending pending = pending_of(at->first, at->second);
          if (picker.takes({at->first.integration, pending.product}, found->upto))
            found->deliveries.push_back(std::move(pending));
        }
        if (!found->deliveries.empty()) sim_.probe("fresh deliveries loaded from disk");
        sim_.trace("load ready", lane.value, wish.after.event.value, found->deliveries.size());
      },
      [found, done = std::move(done)](const Result<void>& result) {
        if (result) return done(std::move(*found));
        done(result.error());
      });
}

void SimQueue::load_retries(
    core::LaneId lane, const core::PlacementKey& placement, Moment until, std::size_t limit, OnLoaded done) {
  auto found = std::make_shared<std::vector<Pending>>();
  disk_.read(
      [this, found, lane, placement, until, limit] {
        for (auto at = retries_.lower_bound({lane, {}, {}}); at != retries_.end() && at->first.lane == lane; ++at) {
          const Retry& retry = at->second;
          if (retry.due > until || retry.key.integration != placement.integration) continue;
          Pending pending = pending_of(retry);
          if (pending.product == placement.product) found->push_back(std::move(pending));
        }
        std::stable_sort(found->begin(), found->end(),
                         [](const Pending& a, const Pending& b) { return a.due < b.due; });
        if (found->size() > limit) found->resize(limit);
        if (!found->empty()) sim_.probe("retries loaded from disk");
        sim_.trace("load retries", lane.value, placement.integration.value, found->size());
      },
      [found, done = std::move(done)](const Result<void>& result) {
        if (result) return done(std::move(*found));
        done(result.error());
      });
}

void SimQueue::load_ordered(core::LaneId lane,
                            const core::PlacementKey& placement,
                            std::vector<queue::Device> devices,
                            std::size_t each,
                            OnLoaded done) {
  auto found = std::make_shared<std::vector<Pending>>();
  disk_.read(
      [this, found, lane, placement, devices = std::move(devices), each] {
        for (const queue::Device device : devices) {
          std::size_t of_this = 0;
          for (auto at = retries_.lower_bound({lane, {}, {}});
               at != retries_.end() && at->first.lane == lane && of_this < each; ++at) {
            const Retry& retry = at->second;
            if (retry.due != queue::in_order(device)) continue;
            Pending pending = pending_of(retry);
            if (placement != core::PlacementKey{retry.key.integration, pending.product}) continue;
            found->push_back(std::move(pending));
            ++of_this;
          }
        }
        sim_.trace("load ordered", lane.value, placement.integration.value, found->size());
      },
      [found, done = std::move(done)](const Result<void>& result) {
        if (result) return done(std::move(*found));
        done(result.error());
      });
}

void SimQueue::ordered_devices(
    core::LaneId lane, const core::PlacementKey& placement, queue::Device from, std::size_t limit, OnDevices done) {
  auto found = std::make_shared<std::set<queue::Device>>();
  disk_.read(
      [this, found, lane, placement, from] {
        for (const auto& [key, retry] : retries_) {
          if (key.lane != lane || !queue::is_in_order(retry.due) || queue::device_in(retry.due) < from) continue;
          if (placement == core::PlacementKey{key.integration, pending_of(retry).product})
            found->insert(queue::device_in(retry.due));
        }
        sim_.trace("devices in order", lane.value, placement.integration.value, found->size());
      },
      [found, limit, done = std::move(done)](const Result<void>& result) {
        if (!result) return done(result.error());
        std::vector<queue::Device> devices(found->begin(), found->end());
        if (devices.size() > limit) devices.resize(limit);
        done(std::move(devices));
      });
}

queue::Parked SimQueue::parked_of(const core::PlacementKey& placement) const {
  const auto left = parked_left_at_.find(placement);
  return {static_cast<std::uint64_t>(
              std::ranges::count_if(parked_, [&](const auto& one) { return one.second.parked == placement; })),
          left == parked_left_at_.end() ? 0 : left->second};
}

void SimQueue::release(const core::PlacementKey& placement, std::size_t limit, OnReleased done) {
  auto released = std::make_shared<queue::Released>();
  auto lanes = std::make_shared<std::vector<LaneState>>();
  disk_.write(
      [this, released, lanes, placement, limit] {
        std::vector<std::pair<core::EventSeq, DeliveryKey>> found;
        for (const auto& [key, retry] : parked_) {
          if (retry.parked == placement) found.emplace_back(key.event, key);
        }
        std::sort(found.begin(), found.end());
        if (found.size() > limit) found.resize(limit);
        std::map<core::LaneId, Moment> due;
        for (const auto& [event, key] : found) {
          Retry retry = parked_.extract(key).mapped();
          retry.parked.reset();
          const auto at = due.try_emplace(key.lane, retry.due).first;
          at->second = std::min(at->second, retry.due);
          retries_.emplace(key, std::move(retry));
        }
        for (const auto& [id, when] : due) {
          lanes->push_back({id, lanes_.at(id), false, {{placement, when}}});
        }
        released->deliveries = found.size();
        released->more = !found.empty() && found.size() == limit;
        if (!found.empty()) sim_.probe("parked deliveries released");
        if (!found.empty()) parked_left_at_[placement] = ++parked_left_;
        sim_.trace("release", placement.integration.value, placement.product.value, found.size());
      },
      [this, released, lanes, done = std::move(done)](const Result<void>& result) {
        trouble_ = result ? "" : result.error().message;
        if (!result) return done(result.error());
        done(*released);
        owners_.bring_back(*lanes);
      });
}

void SimQueue::find(core::LaneId lane,
                    queue::SearchPlace after,
                    std::vector<core::IntegrationNumber> of,
                    std::size_t limit,
                    OnFound done) {
  constexpr std::size_t kSearchedAtOnce = 16;  // few: so that searches take several steps
  auto found = std::make_shared<queue::Found>();
  disk_.read(
      [this, found, lane, after, of = std::move(of), limit] {
        found->upto = after;
        std::size_t seen = 0;
        const auto search = [&](const auto& table, const auto& pending) {
          for (auto at = table.upper_bound({lane, after.event, after.integration});; ++at) {
            if (at == table.end() || at->first.lane != lane) return true;
            if (seen == kSearchedAtOnce || found->deliveries.size() == limit) return false;
            ++seen;
            found->upto.event = at->first.event;
            found->upto.integration = at->first.integration;
            if (std::ranges::binary_search(of, at->first.integration))
              found->deliveries.push_back(pending(at->second, at->first));
          }
        };
        if (after.retries) {
          found->all = search(retries_, [this](const Retry& retry, const DeliveryKey&) { return pending_of(retry); });
        } else if (search(ready_,
                          [this](std::uint32_t version, const DeliveryKey& key) { return pending_of(key, version); })) {
          found->upto = {.retries = true, .event = {}, .integration = {}};
        }
        if (!found->deliveries.empty()) sim_.probe("found in a search");
        sim_.trace("find", lane.value, after.event.value, found->deliveries.size());
      },
      [found, done = std::move(done)](const Result<void>& result) {
        if (result) return done(std::move(*found));
        done(result.error());
      });
}

void SimQueue::load_parked(const core::PlacementKey& placement,
                           core::EventSeq after_event,
                           core::LaneId after_lane,
                           std::size_t limit,
                           OnLoaded done) {
  auto found = std::make_shared<std::vector<Pending>>();
  disk_.read(
      [this, found, placement, after_event, after_lane, limit] {
        for (const auto& [key, retry] : parked_) {
          if (retry.parked == placement && std::pair(key.event, key.lane) > std::pair(after_event, after_lane))
            found->push_back(pending_of(retry));
        }
        std::ranges::sort(*found, {}, [](const Pending& one) { return std::pair(one.key.event, one.key.lane); });
        if (found->size() > limit) found->resize(limit);
        sim_.trace("load parked", placement.integration.value, placement.product.value, found->size());
      },
      [found, done = std::move(done)](const Result<void>& result) {
        if (result) return done(std::move(*found));
        done(result.error());
      });
}

Pending SimQueue::pending_of(const DeliveryKey& key, std::uint32_t version) const {
  return {key, events_.at(key.event), version, {}, std::nullopt, products_.at({key.event, key.integration})};
}

Pending SimQueue::pending_of(const Retry& retry) const {
  Pending pending = pending_of(retry.key, retry.version);
  pending.progress = retry.progress;
  pending.due = retry.due;
  return pending;
}

std::vector<queue::Waiting> SimQueue::waiting() const {
  std::map<core::PlacementKey, queue::Waiting> counts;
  const auto count = [&](const DeliveryKey& key, std::uint64_t parked) {
    const core::PlacementKey placement{key.integration, products_.at({key.event, key.integration})};
    queue::Waiting& of = counts.try_emplace(placement, queue::Waiting{placement}).first->second;
    ++of.deliveries;
    of.parked += parked;
  };
  for (const auto& [key, version] : ready_) count(key, 0);
  for (const auto& [key, retry] : retries_) count(key, 0);
  for (const auto& [key, retry] : parked_) count(key, 1);
  std::vector<queue::Waiting> list;
  for (const auto& [placement, of] : counts) list.push_back(of);
  return list;
}

Result<std::vector<LaneState>> SimQueue::lanes() {
  std::vector<LaneState> states;
  for (const auto& [id, key] : lanes_) {
    auto state = lane(id);
    if (!state) return std::move(state).error();
    if (state->has_ready || !state->retries.empty()) states.push_back(*std::move(state));
  }
  return states;
}

Result<Kept> SimQueue::event(const core::EventId& id) {
  for (const auto& [seq, event] : events_) {
    if (event->id == id) return Kept{seq, event};
  }
  return Error{Fault::kNotFound, "there is no such event"};
}

Result<FoundEvents> SimQueue::search(const EventQuery& query, const EventPage& page) {
  std::vector<Kept> in_order;
  for (const auto& [seq, event] : events_) {
    if (page.behind.is_none() || (page.oldest_first ? seq > page.behind : seq < page.behind))
      in_order.push_back({seq, event});
  }
  if (!page.oldest_first) std::ranges::reverse(in_order);
  FoundEvents found;
  std::size_t looked = 0;
  for (const Kept& one : in_order) {
    if (found.events.size() == page.limit || looked++ == page.look_max) return found;
    found.behind = one.seq;
    found.looked_at = one.event->accepted_at();
    if (query.fits(*one.event)) found.events.push_back(one);
  }
  found.all = true;
  return found;
}

Result<std::vector<WaitingDelivery>> SimQueue::waiting_for(core::EventSeq event) {
  std::vector<WaitingDelivery> waiting;
  for (const auto& [key, version] : ready_)
    if (key.event == event) waiting.push_back({pending_of(key, version), false});
  for (const auto* put_off : {&retries_, &parked_}) {
    for (const auto& [key, retry] : *put_off)
      if (key.event == event) waiting.push_back({pending_of(retry), put_off == &parked_});
  }
  std::ranges::stable_sort(waiting, {}, [](const WaitingDelivery& one) {
    return std::pair(one.delivery.key.integration, one.delivery.product);
  });
  return waiting;
}

Result<LaneState> SimQueue::lane(core::LaneId id) {
  const auto known = lanes_.find(id);
  if (known == lanes_.end()) return Error{Fault::kNotFound, "there is no such lane"};
  LaneState state{id, known->second, false, {}};
  const auto first = ready_.lower_bound({id, {}, {}});
  state.has_ready = first != ready_.end() && first->first.lane == id;
  std::map<core::PlacementKey, Moment> due;
  for (auto at = retries_.lower_bound({id, {}, {}}); at != retries_.end() && at->first.lane == id; ++at) {
    const core::PlacementKey placement{at->first.integration, pending_of(at->second).product};
    const auto earliest = due.try_emplace(placement, at->second.due).first;
    earliest->second = std::min(earliest->second, at->second.due);
  }
  for (const auto& [placement, when] : due) state.retries.push_back({placement, when});
  return state;
}

void SimQueue::prune(const queue::Timeline::Older& old, std::uint64_t bytes_max, queue::OnDone done) {
  disk_.write(
      [this, old, bytes_max] {
        std::set<core::EventSeq> needed;
        for (const auto& [key, version] : ready_) needed.insert(key.event);
        for (const auto& [key, retry] : retries_) needed.insert(key.event);
        for (const auto& [key, retry] : parked_) needed.insert(key.event);
        // As queue/sqlite counts: the text of an event and 64 bytes for the rest.
        const auto size_of = [](const core::Event& event) {
          return 64 + event.name.size() + event.publisher.size() + event.device.firmware_version.size() +
                 event.device.os_version.size() + event.device.groups.size() + (event.data ? event.data->size() : 0);
        };
        std::uint64_t bytes = 0;
        for (const auto& [seq, event] : events_) bytes += seq > pruned_to_ ? size_of(*event) : 0;
        for (auto at = events_.begin(); at != events_.end();) {
          if (at->first > pruned_to_) {
            const core::Event& oldest = *at->second;
            const bool is_old = at->first <= old.upto && oldest.accepted_at() < old.accepted_before;
            if (!is_old && bytes <= bytes_max) break;
            bytes -= size_of(oldest);
            pruned_to_ = at->first;
          }
          at = needed.contains(at->first) ? std::next(at) : events_.erase(at);
        }
      },
      telling(std::move(done)));
}

queue::QueueStats SimQueue::stats() const {
  return {events_.size(), ready_.size(), retries_.size(), parked_.size(), created_, core::EventSeq{last_seq_}};
}

}  // namespace fleethook::testing
