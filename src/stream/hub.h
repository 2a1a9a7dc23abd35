// Live events to everybody who listens (server-sent events). Subscribers belong to a loop; publishing costs next to
// nothing when there are none. Wire format and paths: reference of Particle's event streams.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/loop.h"
#include "core/event.h"
#include "http/server_connection.h"
#include "metrics/registry.h"

namespace fleethook::stream {

// Which events a subscriber sees, and how long. All conditions hold together; an absent one is always true.
struct Filter {
  std::string prefix;  // case-sensitive start of the name; "" = all
  core::UserId owner;  // events of this user's sandbox and claimed devices
  // Beside `owner`: whether the device of a product still reaches the owner. An event may be late: what a delivery
  // made, say, long after the claim has ended. Absent = it does.
  std::function<bool(core::ProductId, std::string_view device)> still_reached;
  std::function<bool(core::ProductId)> products;  // events of these products
  std::string device;                             // 24 hex: published by this device, or made by a delivery of that
  // Why the subscriber may not listen any more; nullopt = it may. Absent = for ever. Asked on its loop before events
  // are written to it and every Limits::stream_rights_checked_every. With a reason the stream ends, and says it in a
  // comment.
  std::function<std::optional<std::string>()> ended;
  std::string listener;        // who listens to what, for the log
  std::shared_ptr<void> held;  // let go when the stream ends
  // `publisher`: who published the event, or the one that it was made for.
  bool matches(const core::Event& event, std::string_view publisher) const;
};

// "event: <name>\ndata: {...}\n\n": one line of JSON with data, ttl, published_at, coreid (and userid, version,
// productID where known).
std::string wire_format(const core::Event& event);

class Hub {
 public:
  // `announced`: the newest event that was accepted before there was a hub.
  Hub(std::vector<Loop*> loops, metrics::Registry& metrics, const Limits& limits, core::EventSeq announced = {});
  ~Hub();
  Hub(const Hub&) = delete;

  // Any thread. Whether anybody listens.
  bool wanted() const;
  // Events as they were accepted: each is announced once, in the order of their numbers, of which `last` is the newest.
  // On one thread at a time.
  void announce(std::vector<core::EventPtr> events, core::EventSeq last);
  // What a delivery made of `cause`, whose number is `seq` (0: it has none). Any thread. It is never seen before its
  // cause: what comes too early waits until that was announced. Of one thread all is seen in the order of its calls.
  void publish_made(const core::EventPtr& cause, core::EventSeq seq, std::vector<core::EventPtr> events);

  // On `loop`, one of the hub's: writes ":ok", then events as they come and a comment every Limits::stream_keepalive,
  // until the peer is gone. The first events are held back for Limits::stream_first_event_delay: clients attach their
  // listeners only after the headers. False when streams_max are open (answer 429 then; nothing was sent).
  bool has_room() const;
  std::size_t open() const;  // streams; any thread
  void subscribe(Loop& loop, Filter filter, std::shared_ptr<http::BodyWriter> writer);
  // Closes all streams of `loop`, on it.
  void close_all(Loop& loop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::stream
