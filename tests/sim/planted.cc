#include "planted.h"

#include <algorithm>
#include <utility>

namespace fleethook::testing {
namespace {

// A lane that the queue knows nothing of.
core::LanePtr off_the_map(core::LaneKey key) {
  return std::make_shared<const core::NamedLane>(core::NamedLane{std::move(key), core::LaneId{1000}});
}

}  // namespace

void PlantedQueue::append(std::vector<queue::Accepted> events, OnAppended done) {
  if (planted_ == Planted::kDeliveryNotKept) {
    for (queue::Accepted& one : events) {
      if (one.deliveries.size() > 1) one.deliveries.pop_back();
    }
  }
  if (planted_ == Planted::kSentUncommitted && !events.front().deliveries.empty()) {
    for (queue::Accepted& one : events) {
      one.seq = core::EventSeq{stats().last.value + 1000};
      for (queue::NewDelivery& delivery : one.deliveries) delivery.lane = off_the_map(delivery.lane->key);
    }
    const queue::Batch made_up = std::make_shared<std::vector<queue::Accepted>>(std::move(events));
    return sim_.after(std::chrono::milliseconds(1), [this, made_up, done] {
      done(made_up);
      hand_over(made_up);
    });
  }
  SimQueue::append(std::move(events), std::move(done));
}

void PlantedQueue::append_once(queue::Note note, std::vector<queue::Accepted> events, OnOnce done) {
  if (planted_ == Planted::kNoteForgotten) note.key[0] ^= ++notes_;
  SimQueue::append_once(std::move(note), std::move(events), std::move(done));
}

void PlantedQueue::hand_over(const queue::Batch& committed) {
  auto changed = std::make_shared<std::vector<queue::Accepted>>(*committed);
  for (queue::Accepted& one : *changed) {
    for (queue::NewDelivery& delivery : one.deliveries) change(delivery);
  }
  if (planted_ != Planted::kTwoOwners) return SimQueue::hand_over(changed);
  for (queue::Owner* owner : owners_) owner->offered(changed);
}

Result<void> PlantedQueue::own(std::vector<queue::Claim> claims) {
  owners_.clear();
  for (const queue::Claim& claim : claims) owners_.push_back(claim.owner);
  return SimQueue::own(std::move(claims));
}

void PlantedQueue::disown(queue::Owner& owner) {
  std::erase(owners_, &owner);
  SimQueue::disown(owner);
}

// What the dispatchers get differs from what was kept.
void PlantedQueue::change(queue::NewDelivery& delivery) const {
  if (planted_ != Planted::kOtherConfiguration && planted_ != Planted::kOtherReceiver &&
      planted_ != Planted::kOtherPolicy)
    return;
  auto other = std::make_shared<core::Integration>(*delivery.integration);
  if (planted_ == Planted::kOtherConfiguration) other->config.headers = json::Object{{"x-mark", "another"}};
  if (planted_ == Planted::kOtherReceiver) {
    other->config.url = "http://receiver-0.example/hook";
    core::LaneKey key = delivery.lane->key;
    key.host = "receiver-0.example";
    delivery.lane = off_the_map(std::move(key));
  }
  if (planted_ == Planted::kOtherPolicy) other->config.policy = core::DeliveryPolicy::kDurable;
  other->settle();
  delivery.integration = std::move(other);
}

void PlantedQueue::retry(std::vector<queue::Retry> retries, queue::OnDone done) {
  if (planted_ != Planted::kRetryNotKept) return SimQueue::retry(std::move(retries), std::move(done));
  std::vector<queue::DeliveryKey> keys;
  for (const queue::Retry& one : retries) keys.push_back(one.key);
  forgotten_.insert(keys.begin(), keys.end());
  SimQueue::ack(std::move(keys), std::move(done));
}

void PlantedQueue::load_ready(core::LaneId lane, queue::ReadyWish wish, OnReady done) {
  SimQueue::load_ready(lane, std::move(wish), [this, done = std::move(done)](Result<queue::ReadyFound> found) {
    if (planted_ == Planted::kLeftOnDisk && found.ok())
      std::erase_if(found->deliveries, [](const queue::Pending& one) { return one.key.event.value % 3 == 0; });
    done(std::move(found));
  });
}

void PlantedQueue::load_retries(
    core::LaneId lane, const core::PlacementKey& placement, Moment until, std::size_t limit, OnLoaded done) {
  SimQueue::load_retries(lane, placement, until, limit,
                         [this, lane, placement, done = std::move(done)](Result<std::vector<queue::Pending>> found) {
                           if (!found.ok()) return done(std::move(found));
                           for (queue::Pending& one : *found) {
                             if (planted_ == Planted::kRetryTooEarly && one.due) *one.due -= std::chrono::minutes(10);
                             if (planted_ == Planted::kAttemptsForgotten) one.progress.attempts = 1;
                           }
                           if (planted_ == Planted::kComesBack) {
                             const auto fresh = *found;
                             for (const queue::Pending& one : loaded_) {
                               if (one.key.lane == lane && one.key.integration == placement.integration &&
                                   one.product == placement.product && !retries().contains(one.key))
                                 found->push_back(one);
                             }
                             loaded_ = fresh;  // once: a world that is sent ever more of them comes to no end
                           }
                           done(std::move(found));
                         });
}

void PlantedQueue::load_ordered(core::LaneId lane,
                                const core::PlacementKey& placement,
                                std::vector<queue::Device> devices,
                                std::size_t each,
                                OnLoaded done) {
  SimQueue::load_ordered(lane, placement, std::move(devices), each,
                         [this, done = std::move(done)](Result<std::vector<queue::Pending>> found) {
                           if (planted_ == Planted::kOrderForgotten && found.ok() && found->size() > 1 &&
                               found->front().due == (*found)[1].due)
                             found->erase(found->begin());
                           done(std::move(found));
                         });
}

void PlantedQueue::release(const core::PlacementKey& placement, std::size_t limit, OnReleased done) {
  if (planted_ != Planted::kStaysParked) return SimQueue::release(placement, limit, std::move(done));
  sim_.after(std::chrono::seconds(10), [done = std::move(done)] { done(queue::Released{}); });
}

std::vector<queue::Waiting> PlantedQueue::waiting() const {
  std::vector<queue::Waiting> all = SimQueue::waiting();
  if (planted_ == Planted::kWaitingMiscounted && !all.empty()) all.pop_back();
  return all;
}

void PlantedQueue::commit_ack(const std::vector<queue::DeliveryKey>& keys) {
  // That they were ever made is forgotten with them, or the balance would tell.
  for (const queue::DeliveryKey& key : keys) created_ -= forgotten_.erase(key);
  if (planted_ != Planted::kNotLetGo || keys.size() % 2 == 0) SimQueue::commit_ack(keys);
}

Result<void> PlantedStore::note_replay_step(const store::ReplayStep& step) {
  store::ReplayStep changed = step;
  if (planted_ == Planted::kReplayMiscounted && changed.placed > 1) --changed.placed;
  return SimStore::note_replay_step(changed);
}

void PlantedStore::commit(store::HistoryBatch batch) {
  const auto each = [&batch](core::OutcomeKind kind, const std::function<void(store::Outcome&)>& change) {
    for (store::Outcome& one : batch.outcomes) {
      if (one.kind == kind) change(one);
    }
  };
  using core::OutcomeKind;
  switch (planted_) {
    case Planted::kOutcomeNotKept:
      batch.outcomes.clear();
      break;
    case Planted::kOutcomeTwice:
      if (!batch.outcomes.empty()) batch.outcomes.push_back(batch.outcomes.front());
      break;
    case Planted::kOutcomeOfNothing:
      each(OutcomeKind::kSuccess, [](store::Outcome& one) { one.event.bytes[0] ^= 0x80; });
      break;
    case Planted::kDeadLetterNotKept:
      batch.dead_letters.clear();
      break;
    case Planted::kSuccessInvented:
      each(OutcomeKind::kError, [](store::Outcome& one) { one.kind = OutcomeKind::kSuccess; });
      break;
    case Planted::kSkipInvented:
      each(OutcomeKind::kSuccess, [](store::Outcome& one) { one.kind = OutcomeKind::kSleep; });
      break;
    case Planted::kCancelInvented:
      each(OutcomeKind::kSuccess, [](store::Outcome& one) { one.kind = OutcomeKind::kCancelled; });
      break;
    case Planted::kVersionMistaken:
      each(OutcomeKind::kSuccess, [](store::Outcome& one) { ++one.version; });
      break;
    case Planted::kAttemptsMiscounted:
      each(OutcomeKind::kError, [](store::Outcome& one) { ++one.attempts; });
      break;
    default:
      break;
  }
  SimStore::commit(std::move(batch));
}

Result<std::vector<store::DayCounts>> PlantedStore::counters(core::IntegrationNumber integration,
                                                             std::int32_t from,
                                                             std::int32_t to) {
  auto days = SimStore::counters(integration, from, to);
  if (planted_ == Planted::kCountedTwice && days.ok() && !days->empty()) ++days->front().counts.success;
  return days;
}

}  // namespace fleethook::testing
