#include "stream/hub.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

#include "base/assert.h"

namespace fleethook::stream {

struct Hub::Impl {
  struct Shard {
    std::unique_ptr<Listeners> listeners;  // on their loop only
    std::atomic<std::size_t> count{0};
  };

  Impl(const std::vector<Loop*>& loops,
       metrics::Registry& metrics,
       const Limits& limits_in,
       const Listeners::OrganizationOf& organization_of,
       core::EventSeq announced_in)
      : limits(limits_in),
        open(metrics.gauge("fleethook_streams_open", "Open event streams.", {})),
        meters(metrics),
        announced(announced_in.value) {
    for (Loop* loop : loops) {
      auto shard = std::make_shared<Shard>();
      shard->listeners = std::make_unique<Listeners>(*loop, limits, meters, organization_of, [this, at = shard.get()] {
        --at->count;
        open.set(static_cast<double>(--total));
      });
      shards.push_back(std::move(shard));
    }
  }

  Shard& shard_of(const Loop& loop) {
    const auto found = std::find_if(shards.begin(), shards.end(),
                                    [&](const auto& shard) { return &shard->listeners->loop() == &loop; });
    FLEETHOOK_ASSERT(found != shards.end());
    return **found;
  }

  // To every loop where somebody listens. What is posted first is seen first on each of them.
  void post(Batch events) {
    if (events.empty()) return;
    const auto shared = std::make_shared<const Batch>(std::move(events));
    for (const auto& shard : shards) {
      if (shard->count.load(std::memory_order_relaxed) == 0) continue;
      shard->listeners->loop().post([shard, shared] { shard->listeners->take(shared); });
    }
  }

  void announce(Batch events, std::uint64_t last) {
    post(std::move(events));
    const std::lock_guard lock(mutex);
    while (!early.empty() && early.begin()->first <= last) post(std::move(early.extract(early.begin()).mapped()));
    // After what waited: whoever reads it posts behind that.
    announced.store(last, std::memory_order_release);
  }

  void publish_made(Batch events, std::uint64_t seq) {
    if (seq <= announced.load(std::memory_order_acquire)) return post(std::move(events));
    const std::lock_guard lock(mutex);
    if (seq <= announced.load(std::memory_order_relaxed)) return post(std::move(events));
    Batch& waiting = early[seq];
    waiting.insert(waiting.end(), std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
  }

  const Limits limits;
  metrics::Gauge& open;
  Meters meters;
  std::vector<std::shared_ptr<Shard>> shards;
  std::atomic<std::size_t> total{0};
  std::atomic<std::uint64_t> announced;  // the number of the newest announced event; changed under the mutex
  std::mutex mutex;
  // Made by deliveries that were quicker than the announcement of their events, by the number of the event. It is no
  // more than what is sent between a commit and the callback that tells of it.
  std::map<std::uint64_t, Batch> early;
};

Hub::Hub(std::vector<Loop*> loops,
         metrics::Registry& metrics,
         const Limits& limits,
         Listeners::OrganizationOf organization_of,
         core::EventSeq announced)
    : impl_(std::make_unique<Impl>(loops, metrics, limits, organization_of, announced)) {}
Hub::~Hub() = default;

bool Hub::wanted() const {
  return impl_->total.load(std::memory_order_relaxed) != 0;
}

std::size_t Hub::open() const {
  return impl_->total.load();
}

bool Hub::has_room() const {
  return impl_->total.load() < impl_->limits.streams_max;
}

void Hub::announce(std::vector<core::EventPtr> events, core::EventSeq last) {
  Batch batch;
  if (wanted()) {
    batch.reserve(events.size());
    for (core::EventPtr& event : events) batch.push_back({std::move(event), nullptr});
  }
  impl_->announce(std::move(batch), last.value);
}

void Hub::publish_made(const core::EventPtr& cause, core::EventSeq seq, std::vector<core::EventPtr> events) {
  if (!wanted() || events.empty()) return;
  Batch batch;
  batch.reserve(events.size());
  for (core::EventPtr& event : events) batch.push_back({std::move(event), cause});
  impl_->publish_made(std::move(batch), seq.value);
}

void Hub::subscribe(Loop& loop, Filter filter, std::shared_ptr<http::BodyWriter> writer) {
  Impl::Shard& shard = impl_->shard_of(loop);
  ++shard.count;
  impl_->open.set(static_cast<double>(++impl_->total));
  shard.listeners->add(std::move(filter), std::move(writer));
}

void Hub::close_all(Loop& loop) {
  impl_->shard_of(loop).listeners->close_all();
}

}  // namespace fleethook::stream
