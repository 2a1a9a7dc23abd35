// What tests of queues share: a queue with its data, calls that wait, events made in a line.
#pragma once
#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "queue/queue.h"

namespace fleethook::queue {

// One queue with its data.
class QueueUnderTest {
 public:
  virtual ~QueueUnderTest() = default;
  virtual Queue& queue() = 0;
  // Ends it and opens it again on the same data.
  virtual void reopen() = 0;
};
struct QueueBackend {
  std::string name;
  std::function<std::unique_ptr<QueueUnderTest>()> make;
};
inline void PrintTo(const QueueBackend& backend, std::ostream* out) {
  *out << backend.name;
}
inline std::string name_of_backend(const testing::TestParamInfo<QueueBackend>& info) {
  return info.param.name;
}

// A clock that moves only when a test says so. Thread-safe.
class HandClock final : public Clock {
 public:
  Instant now() const override { return Instant(Duration(wall_.load())); }
  Steady steady() const override { return Steady(Duration(steady_.load())); }
  void advance(Duration span) {
    wall_ += span.count();
    steady_ += span.count();
  }
  // Of the wall clock.
  void step(Duration by) { wall_ += by.count(); }

 private:
  std::atomic<Duration::rep> wall_{1'767'225'600'000'000};  // 2026-01-01
  std::atomic<Duration::rep> steady_{3'600'000'000};
};

// Owns shards from its construction on, and notes what it hears. `queue` outlives it.
class Heard final : public Owner {
 public:
  explicit Heard(Queue& queue, const Shards& shards = Shards().set()) : queue_(queue) {
    EXPECT_TRUE(queue.own({{shards, this}}).ok());
  }
  ~Heard() { queue_.disown(*this); }
  Heard(const Heard&) = delete;
  void found(const std::vector<LaneState>& lanes) override {
    const std::lock_guard lock(mutex_);
    said_.push_back("found");
    found_.insert(found_.end(), lanes.begin(), lanes.end());
  }
  void offered(const Batch& committed) override {
    const std::lock_guard lock(mutex_);
    for (const Accepted& event : *committed) said_.push_back(event.event->name);
  }
  void brought_back(const std::vector<LaneState>& lanes) override {
    const std::lock_guard lock(mutex_);
    for (const LaneState& lane : lanes) said_.push_back("back to " + lane.key.host);
    back_.insert(back_.end(), lanes.begin(), lanes.end());
  }

  // All that came of calls that were answered before. The second waits for the first.
  std::vector<std::string> said() { return settled(said_); }
  std::vector<LaneState> lanes_found() { return settled(found_); }
  std::vector<LaneState> lanes_back() { return settled(back_); }

 private:
  template <class What>
  What settled(const What& what) {
    std::promise<void> answered;
    queue_.ack({}, [&answered](const Result<void>&) { answered.set_value(); });
    answered.get_future().get();
    const std::lock_guard lock(mutex_);
    return what;
  }

  Queue& queue_;
  std::mutex mutex_;
  std::vector<std::string> said_;  // guarded by mutex_, as the rest
  std::vector<LaneState> found_, back_;
};

// The calls of a Queue, each waiting for its answer.
namespace waiting {

inline Result<std::vector<Accepted>> append(Queue& queue, std::vector<Accepted> events) {
  std::promise<Result<std::vector<Accepted>>> answer;
  queue.append(std::move(events), [&answer](Result<Batch> appended) {
    appended.ok() ? answer.set_value(**appended) : answer.set_value(std::move(appended).error());
  });
  return answer.get_future().get();
}
inline Result<Once> append_once(Queue& queue, Note note, std::vector<Accepted> events) {
  std::promise<Result<Once>> answer;
  queue.append_once(std::move(note), std::move(events),
                    [&answer](Result<Once> once) { answer.set_value(std::move(once)); });
  return answer.get_future().get();
}
inline Result<void> ack(Queue& queue, std::vector<DeliveryKey> keys) {
  std::promise<Result<void>> answer;
  queue.ack(std::move(keys), [&answer](Result<void> result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}
inline Result<void> retry(Queue& queue, std::vector<Retry> retries) {
  std::promise<Result<void>> answer;
  queue.retry(std::move(retries), [&answer](Result<void> result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}
inline Result<Released> release(Queue& queue, const core::PlacementKey& placement, std::size_t limit = 1000) {
  std::promise<Result<Released>> answer;
  queue.release(placement, limit, [&answer](Result<Released> result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}
inline Result<Found> find(Queue& queue,
                          core::LaneId lane,
                          SearchPlace after,
                          std::vector<core::IntegrationNumber> of,
                          std::size_t limit = 1'000'000) {
  std::promise<Result<Found>> answer;
  queue.find(lane, after, std::move(of), limit, [&answer](Result<Found> found) { answer.set_value(std::move(found)); });
  return answer.get_future().get();
}
inline Result<std::vector<Pending>> load_parked(Queue& queue,
                                                const core::PlacementKey& placement,
                                                core::EventSeq after_event = {},
                                                core::LaneId after_lane = {},
                                                std::size_t limit = 1'000'000) {
  std::promise<Result<std::vector<Pending>>> answer;
  queue.load_parked(placement, after_event, after_lane, limit,
                    [&answer](Result<std::vector<Pending>> loaded) { answer.set_value(std::move(loaded)); });
  return answer.get_future().get();
}
inline Result<void> prune(Queue& queue, Instant before, std::uint64_t bytes_max = UINT64_MAX) {
  std::promise<Result<void>> answer;
  queue.prune({{UINT64_MAX}, before}, bytes_max,
              [&answer](Result<void> result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}
inline Result<ReadyFound> load_wished(Queue& queue, core::LaneId lane, ReadyWish wish) {
  std::promise<Result<ReadyFound>> answer;
  queue.load_ready(lane, std::move(wish), [&answer](Result<ReadyFound> found) { answer.set_value(std::move(found)); });
  return answer.get_future().get();
}
inline Result<std::vector<Pending>> load_retries_of(Queue& queue,
                                                    core::LaneId lane,
                                                    const core::PlacementKey& placement,
                                                    Moment until = Moment::max(),
                                                    std::size_t limit = 1'000'000) {
  std::promise<Result<std::vector<Pending>>> answer;
  queue.load_retries(lane, placement, until, limit,
                     [&answer](Result<std::vector<Pending>> loaded) { answer.set_value(std::move(loaded)); });
  return answer.get_future().get();
}
inline Result<std::vector<Pending>> load_ordered(Queue& queue,
                                                 core::LaneId lane,
                                                 const core::PlacementKey& placement,
                                                 std::vector<Device> devices,
                                                 std::size_t each) {
  std::promise<Result<std::vector<Pending>>> answer;
  queue.load_ordered(lane, placement, std::move(devices), each,
                     [&answer](Result<std::vector<Pending>> loaded) { answer.set_value(std::move(loaded)); });
  return answer.get_future().get();
}
inline Result<std::vector<Device>> ordered_devices(
    Queue& queue, core::LaneId lane, const core::PlacementKey& placement, Device from, std::size_t limit) {
  std::promise<Result<std::vector<Device>>> answer;
  queue.ordered_devices(lane, placement, from, limit,
                        [&answer](Result<std::vector<Device>> found) { answer.set_value(std::move(found)); });
  return answer.get_future().get();
}
inline Result<std::vector<Pending>> load_ready(Queue& queue,
                                               core::LaneId lane,
                                               core::EventSeq after = {},
                                               core::IntegrationNumber after_integration = {},
                                               std::size_t limit = 1'000'000) {
  const auto found = load_wished(
      queue, lane,
      {.after = {after, after_integration}, .of = {}, .others_each = SIZE_MAX, .limit = limit, .for_first = false});
  if (!found) return found.error();
  return found->deliveries;
}
// Of all placements, as load_retries() brings those of one.
inline Result<std::vector<Pending>> load_retries(Queue& queue,
                                                 core::LaneId lane,
                                                 Moment until = Moment::max(),
                                                 std::size_t limit = 1'000'000) {
  const auto state = queue.lane(lane);
  if (!state) return std::vector<Pending>();  // there is no such lane
  std::vector<Pending> all;
  for (const PlacementDue& one : state->retries) {
    auto some = load_retries_of(queue, lane, one.placement, until, limit);
    if (!some) return some;
    all.insert(all.end(), some->begin(), some->end());
  }
  std::ranges::sort(all, {}, [](const Pending& one) { return std::pair(*one.due, one.key); });
  if (all.size() > limit) all.resize(limit);
  return all;
}

}  // namespace waiting

inline Instant at(std::int64_t us) {
  return Instant(Duration(us));
}

inline Moment due_at(std::int64_t us) {
  return Moment(Duration(us));
}

inline core::IntegrationPtr integration(std::uint64_t number, std::uint32_t version = 1) {
  auto made = std::make_shared<core::Integration>();
  made->number.value = number;
  made->version = version;
  made->scope = core::Scope::kOrganization;
  return made;
}

inline core::Event event_named(std::string name, std::int64_t published_us = 1'000'000) {
  core::Event event;
  event.id.bytes[0] = 1;
  event.name = std::move(name);
  event.publisher = core::kApiPublisher;
  event.published_at = at(published_us);
  return event;
}

// Of a request that came at 0; forgotten at 1,000.
inline Note note_named(std::uint8_t key, std::string answer) {
  Note note;
  note.key[0] = key;
  note.request[31] = key;
  note.caller.bytes[0] = 1;
  note.until = due_at(1000);
  note.status = 200;
  note.answer = std::move(answer);
  return note;
}

inline core::LanePtr lane_to(std::string host) {
  return core::named_lane({"o:5f", true, std::move(host), 443});
}

// An event for each of `hosts` and integration numbers.
inline Accepted accepted(core::Event event, std::vector<std::pair<std::string, std::uint64_t>> deliveries = {}) {
  Accepted made;
  made.event = std::make_shared<core::Event>(std::move(event));
  for (auto& [host, number] : deliveries) made.deliveries.push_back({integration(number), lane_to(std::move(host))});
  return made;
}

inline DeliveryKey key_of(const Accepted& event, std::size_t delivery = 0) {
  return {event.deliveries[delivery].lane->id, event.seq, event.deliveries[delivery].integration->number};
}

}  // namespace fleethook::queue
