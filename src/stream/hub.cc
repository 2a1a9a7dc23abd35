#include "stream/hub.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "json/value.h"

namespace fleethook::stream {

bool Filter::matches(const core::Event& event) const {
  if (!event.name.starts_with(prefix)) return false;
  if (!owner.is_none() && event.owner != owner) return false;
  if (products && (event.product.is_none() || !products(event.product))) return false;
  return device.empty() || event.publisher == device;
}

std::string wire_format(const core::Event& event) {
  std::string out;
  out.reserve(160 + event.name.size() + (event.data ? event.data->size() : 0));
  out += "event: ";
  out += event.name;
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

// One listener; lives on its loop, in its shard's list until the peer is gone.
struct Subscriber {
  Filter filter;
  std::shared_ptr<http::BodyWriter> writer;
  std::string held_back;  // until the client has had time to attach its listeners
  bool live = false;
  Steady last_write{};
  TimerId keepalive = 0;
};

}  // namespace

struct Hub::Impl {
  // The subscribers of one loop; touched on that loop only, but for `count`.
  struct Shard {
    Loop* loop = nullptr;
    std::vector<std::shared_ptr<Subscriber>> subscribers;
    std::atomic<std::size_t> count{0};
  };

  Impl(std::vector<Loop*> loops, metrics::Registry& metrics, const Limits& limits_in)
      : limits(limits_in),
        open(metrics.gauge("fleethook_streams_open", "Open event streams.", {})),
        sent_total(metrics.counter("fleethook_stream_events_total", "Events written to event streams.", {})),
        cut_total(
            metrics.counter("fleethook_streams_cut_total", "Streams closed because their reader was too slow.", {})),
        ended_total(metrics.counter(
            "fleethook_streams_ended_total", "Streams closed because their listener's token or rights ended.", {})) {
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

  // Those that may not listen any more are closed before anything of `events` is written to them.
  void close_ended(Shard& shard, const std::vector<core::EventPtr>& events) {
    std::vector<std::shared_ptr<Subscriber>> ended;
    for (const auto& subscriber : shard.subscribers) {
      if (!subscriber->filter.may_listen) continue;
      const bool wants =
          std::ranges::any_of(events, [&](const core::EventPtr& event) { return subscriber->filter.matches(*event); });
      if (wants && !subscriber->filter.may_listen()) ended.push_back(subscriber);
    }
    for (const auto& subscriber : ended) end(shard, subscriber);
  }

  void deliver(Shard& shard, const std::vector<core::EventPtr>& events) {
    close_ended(shard, events);
    for (const core::EventPtr& event : events) {
      std::string wire;  // made for the first listener that wants it
      for (const auto& subscriber : shard.subscribers) {
        if (!subscriber->filter.matches(*event)) continue;
        if (wire.empty()) wire = wire_format(*event);
        if (!subscriber->live) {
          if (subscriber->held_back.size() + wire.size() <= limits.stream_buffer_bytes_max)
            subscriber->held_back += wire;
          continue;
        }
        write(shard, *subscriber, wire);
      }
    }
  }

  void write(Shard& shard, Subscriber& subscriber, std::string_view bytes) {
    subscriber.last_write = shard.loop->clock().steady();
    if (subscriber.writer->write(bytes)) {
      sent_total.add(1);
    } else {
      cut_total.add(1);  // on_closed follows and removes it
    }
  }

  // Its place is free at once; that the peer is gone is told later, and finds nothing.
  void end(Shard& shard, const std::shared_ptr<Subscriber>& subscriber) {
    ended_total.add(1);
    remove(shard, subscriber);
    subscriber->writer->close();
  }

  void keep_alive(Shard& shard, const std::shared_ptr<Subscriber>& subscriber) {
    if (subscriber->filter.may_listen && !subscriber->filter.may_listen()) return end(shard, subscriber);
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
};

Hub::Hub(std::vector<Loop*> loops, metrics::Registry& metrics, const Limits& limits)
    : impl_(std::make_unique<Impl>(std::move(loops), metrics, limits)) {}
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

void Hub::publish(std::vector<core::EventPtr> events) {
  if (!wanted() || events.empty()) return;
  const auto shared = std::make_shared<const std::vector<core::EventPtr>>(std::move(events));
  for (const auto& shard : impl_->shards) {
    if (shard->count.load(std::memory_order_relaxed) == 0) continue;
    shard->loop->post([impl = impl_.get(), shard, shared] { impl->deliver(*shard, *shared); });
  }
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
