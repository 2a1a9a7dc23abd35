// The listeners of one loop. What is published goes to those who want it, in order, in small portions, so that streams
// never take more than a part of a loop, however many listen and however much there is.
//
//   take(batch) --> inbox ---- match: only those listeners are looked at whom the event's product, organization
//                              |      or owner may concern
//                              v
//                  pending of each listener: shared texts      more than stream_buffer_bytes_max: cut off
//                              |
//                              v      in turn, one write for each: what has gathered
//                  the socket; the next write when all of this one is taken
//
// Work is counted in steps: one for a listener that is looked at, kWriteSteps for a write, and more for a long one.
// There are Limits::stream_steps_per_s of them. So a few listeners get each event at once and in a write of its own;
// thousands get several in one write, a little later.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "base/loop.h"
#include "http/server_connection.h"
#include "metrics/registry.h"
#include "stream/filter.h"

namespace fleethook::stream {

// An event and who published it, or what it was made of.
struct Shown {
  core::EventPtr event;
  core::EventPtr cause;  // null: itself
  std::string_view publisher() const { return cause ? cause->publisher : event->publisher; }
};
using Batch = std::vector<Shown>;

// What is counted, of all loops.
struct Meters {
  explicit Meters(metrics::Registry& metrics);
  metrics::Counter& sent;
  metrics::Counter& cut;
  metrics::Counter& ended;
};

// Lives on its loop.
class Listeners {
 public:
  // The organization of a product; none if it has none.
  using OrganizationOf = std::function<core::OrganizationId(core::ProductId)>;
  // `removed` is called when a listener has left, for whatever reason.
  Listeners(
      Loop& loop, const Limits& limits, Meters& meters, OrganizationOf organization_of, std::function<void()> removed);
  ~Listeners();
  Listeners(const Listeners&) = delete;

  void add(Filter filter, std::shared_ptr<http::BodyWriter> writer);
  void take(const std::shared_ptr<const Batch>& batch);
  void close_all();

  Loop& loop() const { return loop_; }

 private:
  struct Listener;
  using ListenerPtr = std::shared_ptr<Listener>;
  using Few = std::vector<ListenerPtr>;
  using Wire = std::shared_ptr<const std::string>;
  // Listeners by what they listen to: each stands in one list, chosen by the narrowest of its conditions.
  template <class Id>
  using By = std::unordered_map<Id, Few>;

  Few& place_of(const Filter& filter);
  Few all() const;
  void forget_place(const ListenerPtr& listener);
  void match_next();
  void offer_to(const Few& few, const Shown& shown, const core::OrganizationId& organization, Wire& wire);
  void write_next();
  bool write(Listener& listener);
  void turn();
  void go_on_later();
  void make_ready(const ListenerPtr& listener);
  void go_on(const ListenerPtr& listener);
  void taken(const ListenerPtr& listener);
  void remove(const ListenerPtr& listener);
  void cut(const ListenerPtr& listener);
  bool has_ended(const ListenerPtr& listener);
  void check_later();
  void keep_alive(const ListenerPtr& listener);
  bool may_match(std::int64_t down_to) const;
  void spend(std::size_t steps) { steps_ -= static_cast<std::int64_t>(steps); }
  void earn();

  Loop& loop_;
  const Limits& limits_;
  Meters& meters_;
  const OrganizationOf organization_of_;
  const std::function<void()> removed_;

  By<core::ProductId> by_product_;
  By<core::OrganizationId> by_organization_;
  By<core::UserId> by_owner_;
  Few to_all_;
  std::size_t count_ = 0;

  std::deque<std::shared_ptr<const Batch>> inbox_;
  std::size_t next_in_batch_ = 0;  // of the first batch
  std::size_t inbox_events_ = 0;
  std::deque<ListenerPtr> ready_;  // have something pending, and their socket is free
  std::size_t turn_bytes_ = 0;     // of texts made in this turn
  std::int64_t steps_;             // may be spent; below 0 after a large one
  Steady earned_at_;
  TimerId turn_ = 0, check_ = 0;
};

}  // namespace fleethook::stream
