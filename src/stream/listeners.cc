#include "stream/listeners.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace fleethook::stream {
namespace {

// A write to a socket costs as much as looking at so many listeners.
constexpr std::size_t kWriteSteps = 64;
// And each so many bytes of it as much as one more: a socket that has never been read takes megabytes.
constexpr std::size_t kStepBytes = 256;
// Texts that are made in one turn: a reader that takes all it gets in a turn is never cut for a burst.
constexpr std::size_t kTurnBytesMax = 256 * 1024;
// Matching is put off no further than this; then it goes on whatever it costs, since memory is what it would take.
constexpr std::size_t kInboxEventsMax = 16'384;

}  // namespace

Meters::Meters(metrics::Registry& metrics)
    : sent(metrics.counter("fleethook_stream_events_total", "Events written to event streams.", {})),
      cut(metrics.counter("fleethook_streams_cut_total", "Streams closed because their reader was too slow.", {})),
      ended(metrics.counter(
          "fleethook_streams_ended_total", "Streams closed because their listener's token or rights ended.", {})) {}

struct Listeners::Listener {
  Filter filter;
  std::shared_ptr<http::BodyWriter> writer;
  std::vector<Wire> pending;
  std::size_t pending_bytes = 0;
  bool live = false;   // its client has had time to attach listeners
  bool busy = true;    // what was written last is not taken yet
  bool ready = false;  // stands in ready_
  bool gone = false;
  Steady last_write{};
  TimerId timer = 0;  // until it is live, then of the keep-alive
};

Listeners::Listeners(
    Loop& loop, const Limits& limits, Meters& meters, OrganizationOf organization_of, std::function<void()> removed)
    : loop_(loop),
      limits_(limits),
      meters_(meters),
      organization_of_(std::move(organization_of)),
      removed_(std::move(removed)),
      steps_(static_cast<std::int64_t>(limits.stream_steps_per_turn_max)),
      earned_at_(loop.clock().steady()) {}

Listeners::~Listeners() {
  loop_.cancel(turn_);
  loop_.cancel(check_);
}

// --- who listens -----------------------------------------------------------------------------------------------------

Listeners::Few& Listeners::place_of(const Filter& filter) {
  if (!filter.product.is_none()) return by_product_[filter.product];
  if (!filter.organization.is_none()) return by_organization_[filter.organization];
  if (!filter.owner.is_none()) return by_owner_[filter.owner];
  return to_all_;
}

void Listeners::forget_place(const ListenerPtr& listener) {
  const Filter& filter = listener->filter;
  Few& place = place_of(filter);
  std::erase(place, listener);
  if (!place.empty()) return;
  if (!filter.product.is_none()) {
    by_product_.erase(filter.product);
  } else if (!filter.organization.is_none()) {
    by_organization_.erase(filter.organization);
  } else if (!filter.owner.is_none()) {
    by_owner_.erase(filter.owner);
  }
}

void Listeners::add(Filter filter, std::shared_ptr<http::BodyWriter> writer) {
  auto listener = std::make_shared<Listener>();
  listener->filter = std::move(filter);
  listener->writer = std::move(writer);
  listener->last_write = loop_.clock().steady();
  place_of(listener->filter).push_back(listener);
  ++count_;
  // Weak, since the listener owns the writer. The writer calls neither inside a call of ours.
  listener->writer->on_closed([this, weak = std::weak_ptr(listener)] {
    if (const auto still = weak.lock()) remove(still);
  });
  listener->writer->on_taken([this, weak = std::weak_ptr(listener)] {
    if (const auto still = weak.lock()) taken(still);
  });
  check_later();
  listener->writer->write(":ok\n\n");
  // Clients attach their listeners only after the headers.
  listener->timer = loop_.schedule_after(limits_.stream_first_event_delay, [this, listener] {
    listener->live = true;
    keep_alive(listener);
    go_on(listener);
  });
}

void Listeners::remove(const ListenerPtr& listener) {
  if (std::exchange(listener->gone, true)) return;
  forget_place(listener);
  --count_;
  loop_.cancel(listener->timer);
  if (count_ == 0) loop_.cancel(std::exchange(check_, 0));
  listener->pending.clear();
  removed_();
}

void Listeners::cut(const ListenerPtr& listener) {
  meters_.cut.add(1);
  const auto writer = listener->writer;
  remove(listener);
  writer->cut();
}

// True: it may not listen any more, and its stream has ended. Its place is free at once; that the peer is gone is told
// later, and finds nothing.
bool Listeners::has_ended(const ListenerPtr& listener) {
  if (!listener->filter.ended) return false;
  const auto reason = listener->filter.ended();
  if (!reason) return false;
  meters_.ended.add(1);
  log::info("stream.ended", {{"listener", listener->filter.listener}, {"reason", *reason}});
  const auto writer = listener->writer;
  remove(listener);
  writer->write(": the stream has ended: " + *reason + "\n\n");
  writer->close();
  return true;
}

Listeners::Few Listeners::all() const {
  Few all = to_all_;
  const auto gather = [&all](const auto& by) {
    for (const auto& [id, few] : by) all.insert(all.end(), few.begin(), few.end());
  };
  gather(by_product_);
  gather(by_organization_);
  gather(by_owner_);
  return all;
}

// Events are rare on some streams, and rights end on all of them.
void Listeners::check_later() {
  if (check_ != 0 || count_ == 0) return;
  check_ = loop_.schedule_after(limits_.stream_rights_checked_every, [this] {
    check_ = 0;
    for (const ListenerPtr& listener : all()) has_ended(listener);
    check_later();
  });
}

void Listeners::keep_alive(const ListenerPtr& listener) {
  const Steady now = loop_.clock().steady();
  Steady due = listener->last_write + limits_.stream_keepalive;
  if (due <= now) {
    if (!listener->busy) {
      listener->busy = true;
      listener->writer->write(":\n\n");
    }
    listener->last_write = now;
    due = now + limits_.stream_keepalive;
  }
  listener->timer = loop_.schedule(due, [this, listener] { keep_alive(listener); });
}

void Listeners::close_all() {
  for (const ListenerPtr& listener : all()) {
    const auto writer = listener->writer;
    remove(listener);
    writer->close();
  }
}

// --- what they get ---------------------------------------------------------------------------------------------------

void Listeners::take(const std::shared_ptr<const Batch>& batch) {
  inbox_.push_back(batch);
  inbox_events_ += batch->size();
  if (turn_ == 0) turn();
}

void Listeners::earn() {
  const Steady now = loop_.clock().steady();
  const auto most = static_cast<std::int64_t>(limits_.stream_steps_per_turn_max);
  const double seconds = std::chrono::duration<double>(now - earned_at_).count();
  const auto earned =
      static_cast<std::int64_t>(std::min(seconds * static_cast<double>(limits_.stream_steps_per_s), 1e9));
  if (earned == 0) return;
  earned_at_ = now;
  steps_ = std::min(steps_ + earned, most);
}

// Matching may take half of what is there, so that it never keeps writes waiting, and what these leave.
void Listeners::turn() {
  earn();
  const std::int64_t half = steps_ / 2;
  turn_bytes_ = 0;
  while (!inbox_.empty() && (may_match(half) || inbox_events_ > kInboxEventsMax)) match_next();
  while (!ready_.empty() && steps_ > 0) write_next();
  while (!inbox_.empty() && may_match(0)) match_next();
  if (!inbox_.empty() || !ready_.empty()) go_on_later();
}

bool Listeners::may_match(std::int64_t down_to) const {
  return steps_ > down_to && turn_bytes_ < kTurnBytesMax;
}

// When a quarter of the most can be spent.
void Listeners::go_on_later() {
  const auto lacking = static_cast<double>(limits_.stream_steps_per_turn_max) / 4 - static_cast<double>(steps_);
  const std::chrono::duration<double> wait(std::max(lacking, 1.0) / static_cast<double>(limits_.stream_steps_per_s));
  turn_ = loop_.schedule_after(std::chrono::ceil<Duration>(wait), [this] {
    turn_ = 0;
    turn();
  });
}

void Listeners::match_next() {
  const Batch& batch = *inbox_.front();
  const Shown& shown = batch[next_in_batch_];
  const core::Event& event = *shown.event;
  spend(1);
  Wire wire;  // made for the first listener that wants it
  core::OrganizationId organization;
  if (!by_organization_.empty() && !event.product.is_none()) organization = organization_of_(event.product);
  const auto offer = [&](const auto& by, const auto& id) {
    if (id.is_none() || by.empty()) return;
    if (const auto found = by.find(id); found != by.end()) offer_to(found->second, shown, organization, wire);
  };
  offer(by_product_, event.product);
  offer(by_organization_, organization);
  offer(by_owner_, event.owner);
  if (!to_all_.empty()) offer_to(to_all_, shown, organization, wire);
  --inbox_events_;
  if (++next_in_batch_ < batch.size()) return;
  inbox_.pop_front();
  next_in_batch_ = 0;
}

void Listeners::offer_to(const Few& few, const Shown& shown, const core::OrganizationId& organization, Wire& wire) {
  spend(few.size());
  Few too_slow;
  for (const ListenerPtr& listener : few) {
    if (!listener->filter.matches(*shown.event, shown.publisher(), organization)) continue;
    if (wire == nullptr) {
      wire = std::make_shared<const std::string>(wire_format(*shown.event));
      turn_bytes_ += wire->size();
    }
    if (listener->pending_bytes + wire->size() > limits_.stream_buffer_bytes_max) {
      too_slow.push_back(listener);
      continue;
    }
    listener->pending.push_back(wire);
    listener->pending_bytes += wire->size();
    make_ready(listener);
  }
  for (const ListenerPtr& listener : too_slow) cut(listener);
}

void Listeners::make_ready(const ListenerPtr& listener) {
  if (!listener->live || listener->busy || listener->ready || listener->pending.empty()) return;
  listener->ready = true;
  ready_.push_back(listener);
}

void Listeners::go_on(const ListenerPtr& listener) {
  make_ready(listener);
  if (listener->ready && turn_ == 0) turn();
}

void Listeners::write_next() {
  const ListenerPtr listener = std::move(ready_.front());
  ready_.pop_front();
  listener->ready = false;
  if (listener->gone || has_ended(listener)) return;
  spend(kWriteSteps + listener->pending_bytes / kStepBytes);
  if (!write(*listener)) remove(listener);
}

// All that has gathered. False: the peer has gone.
bool Listeners::write(Listener& listener) {
  std::string joined;
  if (listener.pending.size() > 1) {
    joined.reserve(listener.pending_bytes);
    for (const Wire& wire : listener.pending) joined += *wire;
  }
  listener.busy = true;
  listener.last_write = loop_.clock().steady();
  const bool written = listener.writer->write(joined.empty() ? *listener.pending.front() : joined);
  if (written) meters_.sent.add(listener.pending.size());
  listener.pending.clear();
  listener.pending_bytes = 0;
  return written;
}

void Listeners::taken(const ListenerPtr& listener) {
  if (listener->gone) return;
  listener->busy = false;
  go_on(listener);
}

}  // namespace fleethook::stream
