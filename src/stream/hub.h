// Live events to everybody who listens (server-sent events), from any thread to the listeners of each loop, in order.
// Publishing costs next to nothing when nobody listens.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "base/limits.h"
#include "base/loop.h"
#include "core/event.h"
#include "http/server_connection.h"
#include "metrics/registry.h"
#include "stream/filter.h"
#include "stream/listeners.h"

namespace fleethook::stream {

class Hub {
 public:
  // `organization_of` is asked on the loops. `announced`: the newest event that was accepted before there was a hub.
  Hub(std::vector<Loop*> loops,
      metrics::Registry& metrics,
      const Limits& limits,
      Listeners::OrganizationOf organization_of,
      core::EventSeq announced = {});
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

  std::size_t open() const;  // streams; any thread
  // False when Limits::streams_max are open: answer 429 then.
  bool has_room() const;
  // On `loop`, one of the hub's: writes ":ok", then events as they come and a comment every Limits::stream_keepalive,
  // until the peer is gone. The first events are held back for Limits::stream_first_event_delay: clients attach their
  // listeners only after the headers.
  void subscribe(Loop& loop, Filter filter, std::shared_ptr<http::BodyWriter> writer);
  // Closes all streams of `loop`, on it.
  void close_all(Loop& loop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::stream
