#include "stream/hub.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "json/value.h"

namespace fleethook::stream {

bool Filter::matches(const core::Event& event, std::string_view publisher) const {
  if (!event.name.starts_with(prefix)) return false;
  if (!owner.is_none() && event.owner != owner) return false;
  if (still_reached && !event.product.is_none() && !still_reached(event.product, publisher)) return false;
  if (products && (event.product.is_none() || !products(event.product))) return false;
  return device.empty() || publisher == device;
}

std::string wire_format(const core::Event& event) {
  std::string out;
  out.reserve(160 + event.name.size() + (event.data ? event.data->size() : 0));
  out += "event: ";
  // Names were checked where they came in; here nothing can make a second line, whatever it is given.
  if (has_hidden_characters(event.name)) {
    out += replace_hidden_characters(event.name, '_');
  } else {
    out += event.name;
  }
  out += "\ndata: {\"data\":";
  if (event.data) {
    json::append_quoted(*event.data, out);
  } else {
    out += "null";
  }
  out += ",\"ttl\":";
  out += std::to_string(event.ttl_s);
  out += ",\"published_at\":\"";
  append_iso8601(event.published_at, out);
  out += "\",\"coreid\":";
  json::append_quoted(event.publisher, out);
  if (!event.owner.is_none()) {
    out += ",\"userid\":\"";
    out += event.owner.str();
    out += '"';
  }
  if (!event.device.firmware_version.empty()) {
    out += ",\"version\":";
    json::append_quoted(event.device.firmware_version, out);
  }
  if (!event.product.is_none()) {
    out += ",\"productID\":";
    out += std::to_string(event.product.value);
  }
  out += "}\n\n";
  return out;
}

namespace {

// An event and who published it, or what it was made of.
struct Shown {
  core::EventPtr event;
  core::EventPtr cause;  // null: itself
  std::string_view publisher() const { return cause ? cause->publisher : event->publisher; }
};
using Batch = std::vector<Shown>;

// One listener; lives on its loop, in its shard's list until the peer is gone.
struct Subscriber {
  Filter filter;
  std::shared_ptr<http::BodyWriter> writer;
  std::string held_back;  // until the client has had time to attach its listeners
  bool live = false;
  bool cut = false;  // it was too slow, and counted; that the peer is gone is told later
  Steady last_write{};
  TimerId keepalive = 0;
};

}  // namespace

struct Hub::Impl {
  // The subscribers of one loop; touched on that loop only, but for `count`.
  struct Shard {
    Loop* loop = nullptr;
    std::vector<std::shared_ptr<Subscriber>> subscribers;
    TimerId check = 0;  // of rights; while there are subscribers
    std::atomic<std::size_t> count{0};
  };

  Impl(std::vector<Loop*> loops, metrics::Registry& metrics, const Limits& limits_in, core::EventSeq announced_in)
      : limits(limits_in),
        open(metrics.gauge("fleethook_streams_open", "Open event streams.", {})),
        sent_total(metrics.counter("fleethook_stream_events_total", "Events written to event streams.", {})),
        cut_total(
            metrics.counter("fleethook_streams_cut_total", "Streams closed because their reader was too slow.", {})),
        ended_total(metrics.counter(
            "fleethook_streams_ended_total", "Streams closed because their listener's token or rights ended.", {})),
        announced(announced_in.value) {
    for (Loop* loop : loops) {
      auto shard = std::make_shared<Shard>();
      shard->loop = loop;
      shards.push_back(std::move(shard));
    }
  }

  Shard& shard_of(const Loop& loop) {
    const auto found =
        std::find_if(shards.begin(), shards.end(), [&](const auto& shard) { return shard->loop == &loop; });
    FLEETHOOK_ASSERT(found != shards.end());
    return **found;
  }

  // Of those that `asked` picks, the ones that may not listen any more are closed.
  template <class Asked>
  void close_ended(Shard& shard, const Asked& asked) {
    std::vector<std::pair<std::shared_ptr<Subscriber>, std::string>> ended;
    for (const auto& subscriber : shard.subscribers) {
      if (!subscriber->filter.ended || !asked(*subscriber)) continue;
      if (auto reason = subscriber->filter.ended()) ended.emplace_back(subscriber, std::move(*reason));
    }
    for (const auto& [subscriber, reason] : ended) end(shard, subscriber, reason);
  }

  // Events are rare on some streams, and rights end on all of them.
  void check_later(Shard& shard) {
    if (shard.check != 0 || shard.subscribers.empty()) return;
    shard.check = shard.loop->schedule_after(limits.stream_rights_checked_every, [this, &shard] {
      shard.check = 0;
      close_ended(shard, [](const Subscriber&) { return true; });
      check_later(shard);
    });
  }

  void deliver(Shard& shard, const Batch& events) {
    close_ended(shard, [&](const Subscriber& subscriber) {  // before anything of `events` is written to them
      return std::ranges::any_of(
          events, [&](const Shown& one) { return subscriber.filter.matches(*one.event, one.publisher()); });
    });
    for (const Shown& one : events) {
      std::string wire;  // made for the first listener that wants it
      for (const auto& subscriber : shard.subscribers) {
        if (!subscriber->filter.matches(*one.event, one.publisher())) continue;
        if (wire.empty()) wire = wire_format(*one.event);
        if (!subscriber->live) {
          if (subscriber->held_back.size() + wire.size() <= limits.stream_buffer_bytes_max)
            subscriber->held_back += wire;
          continue;
        }
        write(shard, *subscriber, wire);
      }
    }
  }

  // To every loop where somebody listens. What is posted first is seen first on each of them.
  void post(Batch events) {
    if (events.empty()) return;
    const auto shared = std::make_shared<const Batch>(std::move(events));
    for (const auto& shard : shards) {
      if (shard->count.load(std::memory_order_relaxed) == 0) continue;
      shard->loop->post([this, shard, shared] { deliver(*shard, *shared); });
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

  void write(Shard& shard, Subscriber& subscriber, std::string_view bytes) {
    if (subscriber.cut) return;
    subscriber.last_write = shard.loop->clock().steady();
    if (subscriber.writer->write(bytes)) {
      sent_total.add(1);
    } else {
      subscriber.cut = true;  // on_closed follows and removes it
      cut_total.add(1);
    }
  }

  // Its place is free at once; that the peer is gone is told later, and finds nothing.
  void end(Shard& shard, const std::shared_ptr<Subscriber>& subscriber, const std::string& reason) {
    ended_total.add(1);
    log::info("stream.ended", {{"listener", subscriber->filter.listener}, {"reason", reason}});
    remove(shard, subscriber);
    subscriber->writer->write(": the stream has ended: " + reason + "\n\n");
    subscriber->writer->close();
  }

  void keep_alive(Shard& shard, const std::shared_ptr<Subscriber>& subscriber) {
    const Steady now = shard.loop->clock().steady();
    Steady due = subscriber->last_write + limits.stream_keepalive;
    if (due <= now) {
      subscriber->writer->write(":\n\n");
      subscriber->last_write = now;
      due = now + limits.stream_keepalive;
    }
    subscriber->keepalive = shard.loop->schedule(due, [this, &shard, subscriber] { keep_alive(shard, subscriber); });
  }

  void remove(Shard& shard, const std::shared_ptr<Subscriber>& subscriber) {
    if (std::erase(shard.subscribers, subscriber) == 0) return;
    shard.loop->cancel(subscriber->keepalive);
    if (shard.subscribers.empty()) shard.loop->cancel(std::exchange(shard.check, 0));
    --shard.count;
    --total;
    open.set(static_cast<double>(total.load()));
  }

  const Limits limits;
  metrics::Gauge& open;
  metrics::Counter& sent_total;
  metrics::Counter& cut_total;
  metrics::Counter& ended_total;
  std::vector<std::shared_ptr<Shard>> shards;
  std::atomic<std::size_t> total{0};
  std::atomic<std::uint64_t> announced;  // the number of the newest announced event; changed under the mutex
  std::mutex mutex;
  // Made by deliveries that were quicker than the announcement of their events, by the number of the event. It is no
  // more than what is sent between a commit and the callback that tells of it.
  std::map<std::uint64_t, Batch> early;
};

Hub::Hub(std::vector<Loop*> loops, metrics::Registry& metrics, const Limits& limits, core::EventSeq announced)
    : impl_(std::make_unique<Impl>(std::move(loops), metrics, limits, announced)) {}
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
  Impl* impl = impl_.get();
  Impl::Shard& shard = impl->shard_of(loop);
  auto subscriber = std::make_shared<Subscriber>();
  subscriber->filter = std::move(filter);
  subscriber->writer = std::move(writer);
  subscriber->last_write = loop.clock().steady();
  shard.subscribers.push_back(subscriber);
  ++shard.count;
  ++impl->total;
  impl->open.set(static_cast<double>(impl->total.load()));
  // Posted, since a write in the middle of deliver() may find out that the peer has gone. Weak, since the subscriber
  // owns the writer.
  subscriber->writer->on_closed([impl, &shard, listener = std::weak_ptr(subscriber)] {
    shard.loop->post([impl, &shard, listener] {
      if (const auto still = listener.lock()) impl->remove(shard, still);
    });
  });
  impl->check_later(shard);
  subscriber->writer->write(":ok\n\n");
  subscriber->keepalive = loop.schedule_after(impl->limits.stream_first_event_delay, [impl, &shard, subscriber] {
    subscriber->live = true;
    if (!subscriber->held_back.empty()) impl->write(shard, *subscriber, std::exchange(subscriber->held_back, {}));
    impl->keep_alive(shard, subscriber);
  });
}

void Hub::close_all(Loop& loop) {
  for (const auto& subscriber : std::vector(impl_->shard_of(loop).subscribers)) subscriber->writer->close();
}

}  // namespace fleethook::stream
