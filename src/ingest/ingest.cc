#include "ingest/ingest.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/gate.h"
#include "base/log.h"
#include "ingest/lane_of.h"
#include "ingest/line.h"

namespace fleethook::ingest {
namespace {

metrics::Counter& refused_total(metrics::Registry& metrics, const char* reason) {
  return metrics.counter("fleethook_events_refused_total",
                         "Events that were refused: invalid; unavailable, when they could not be stored; hops, when "
                         "deliveries led to them in a loop (a request counts once).",
                         {{"reason", reason}});
}

// One portion to the disk, in rows: a few milliseconds. So many rows may be under way: what comes in a turn of the loop
// goes at once, and is in the next commit with all that came before it, unless that much is there already.
struct Portions {
  std::size_t rows, under_way_max;
};
constexpr Portions kPortions{512, 1024};
// While more than one owner publishes: then what comes waits for few rows of somebody else, and a commit costs more.
constexpr Portions kSharedPortions{128, 256};
constexpr Duration kSharedFor = std::chrono::seconds(1);
// So much text costs as much as a row.
constexpr std::size_t kRowBytes = 1024;

std::size_t cost_of(const queue::Accepted& accepted) {
  const core::Event& event = *accepted.event;
  return 1 + accepted.deliveries.size() + (event.data ? event.data->size() / kRowBytes : 0);
}

Owner owner_of(const store::Catalog& catalog, const Publisher& publisher) {
  const core::Product* product = publisher.product.is_none() ? nullptr : catalog.product(publisher.product);
  if (product == nullptr) return Owner::of(publisher.owner);
  return product->organization.is_none() ? Owner::of(product->user) : Owner::of(product->organization);
}

// Between two lines of the log about loops, which are fast.
constexpr Duration kLoopWarningEvery = std::chrono::minutes(1);

}  // namespace

// Shared with the callbacks that the queue holds, so that a batch under way outlives a stop.
struct Ingest::Impl : std::enable_shared_from_this<Ingest::Impl> {
  Impl(Loop& loop_in,
       queue::Log& log_in,
       const store::Catalogs& store_in,
       Random& random_in,
       metrics::Registry& metrics,
       const Limits& limits_in,
       OnCommitted committed_in)
      : loop(loop_in),
        log(log_in),
        store(store_in),
        random(random_in),
        limits(limits_in),
        committed(std::move(committed_in)),
        accepted_total(metrics.counter(
            "fleethook_events_accepted_total", "Events that are on disk and answered with their id.", {})),
        invalid_total(refused_total(metrics, "invalid")),
        unstored_total(refused_total(metrics, "unavailable")),
        loops_total(refused_total(metrics, "hops")),
        matched_total(
            metrics.counter("fleethook_deliveries_created_total", "Deliveries made for accepted events.", {})) {}

  void publish(const Publisher& publisher, Publication publication, OnAccepted done) {
    if (auto checked = check_publication(publication, limits); !checked.ok())
      return refuse(std::move(checked).error(), invalid_total, done);
    const Owner owner = owner_of(*store.catalog(), publisher);
    if (auto room = check_room(owner, 1); !room.ok()) return refuse(std::move(room).error(), unstored_total, done);
    core::WorkBudget work = work_for_lanes(1, limits);
    Single single{make(publisher, std::move(publication), work), {std::move(done), publisher.heard}, 0};
    single.rows = cost_of(single.accepted);
    const std::size_t rows = single.rows;
    join(owner, rows, 1, std::move(single));
  }

  Result<void> check_room(const Owner& owner, std::size_t events) const {
    if (gate.is_closed()) return Error{Fault::kUnavailable, "the server is stopping; try again shortly"};
    // The disk cannot keep up: better say so than let memory grow.
    if (waiting + events > limits.events_waiting_for_disk_max)
      return Error{Fault::kOverloaded, "too many events wait for the disk; slow down and try again"};
    if (line.cost_of(owner) + events > limits.rows_waiting_for_disk_per_owner_max) {
      return Error{Fault::kOverloaded,
                   "too many events of this owner wait for the disk; slow down and try again, others are served first"};
    }
    return {};
  }

  queue::Accepted make(const Publisher& publisher, Publication publication, core::WorkBudget& work) {
    auto event = std::make_shared<core::Event>();
    const Instant now = loop.clock().now();
    event->id = core::EventId::make(now, random);
    event->product = publisher.product;
    event->owner = publisher.owner;
    event->name = std::move(publication.name);
    event->data = std::move(publication.data);
    event->publisher = publisher.coreid;
    event->published_at = now;
    event->ttl_s = publication.ttl_s;
    event->is_public = publication.is_public;
    event->origin = publisher.origin;
    event->device = publisher.device;

    queue::Accepted accepted;
    const store::CatalogPtr catalog = store.catalog();
    for (core::IntegrationPtr& integration : matching(*catalog, *event)) {
      core::LanePtr lane = lane_of(*catalog, *integration, *event, work);
      const core::PlacementKey placement = core::placement_of(*integration, *event);
      const bool held = catalog->pause(placement.integration, placement.product) == core::Pause::kHold;
      accepted.deliveries.push_back({std::move(integration), std::move(lane), held});
    }
    matched_total.add(accepted.deliveries.size());
    // What its deliveries say of it; each integration is a branch.
    event->hops = core::hops_after_branching(publisher.hops, accepted.deliveries.size());
    accepted.event = std::move(event);
    return accepted;
  }

  void publish_once(std::vector<Item> items, const MakeNote& make_note, OnOnce done) {
    const Owner owner = items.empty() ? Owner() : owner_of(*store.catalog(), items.front().publisher);
    if (auto room = check_room(owner, items.size()); !room.ok())
      return refuse(std::move(room).error(), unstored_total, done);
    auto whole = std::make_unique<Whole>();
    whole->done = std::move(done);
    std::vector<Result<core::EventId>> said;
    std::size_t cost = 1;
    core::WorkBudget work = work_for_lanes(items.size(), limits);
    for (Item& item : items) {
      if (auto checked = check_publication(item.publication, limits); !checked.ok()) {
        invalid_total.add(1);
        said.emplace_back(std::move(checked).error());
        continue;
      }
      whole->events.push_back(make(item.publisher, std::move(item.publication), work));
      cost += cost_of(whole->events.back());
      said.emplace_back(whole->events.back().event->id);
      whole->heard.push_back(std::move(item.publisher.heard));
    }
    whole->note = make_note(said);
    whole->rows = cost;
    const std::size_t count = whole->events.size();
    join(owner, cost, count, std::move(whole));
  }

  Error refuse_loop(core::ProductId product, core::UserId user, std::uint8_t hops) {
    loops_total.add(1);
    const Steady now = loop.clock().steady();
    if (!warned_at || now - *warned_at >= kLoopWarningEvery) {
      warned_at = now;
      log::warn("ingest.loop_cut", {{"product", product.value}, {"user", user.str()}, {"hops", hops}});
    }
    const std::string most = std::to_string(limits.event_hops_max);
    Error error = Error::field(
        std::string(core::kHopsHeader),
        hops == core::kHopsUnreadable
            ? "expected one number from 0 to " + most + ", as it stood in the request of the delivery that led to this"
            : "a loop: " + std::to_string(hops) + " hops from delivery to delivery led to this, and at most " + most +
                  " may; a webhook publishes what fires it again");
    error.code = kLoopDetected;
    return error;
  }

  static void note_heard(const std::shared_ptr<core::LastUse>& heard, const core::Event& event) {
    if (heard) heard->note(event.published_at);
  }

  template <class Done>
  void refuse(Error error, metrics::Counter& counter, Done& done) {
    counter.add(1);
    // Never inside the call: callers may still be setting up what `done` needs.
    loop.post([error = std::move(error), done = std::move(done)]() mutable { done(std::move(error)); });
  }

  struct Waiter {
    OnAccepted done;
    std::shared_ptr<core::LastUse> heard;  // null: no device published
  };
  struct Single {
    queue::Accepted accepted;
    Waiter waiter;
    std::size_t rows;
  };
  // The events of a request that may come again: together, with its note.
  struct Whole {
    queue::Note note;
    std::vector<queue::Accepted> events;
    std::vector<std::shared_ptr<core::LastUse>> heard;  // for each event
    OnOnce done;
    std::size_t rows = 0;
  };
  using Unit = std::variant<Single, std::unique_ptr<Whole>>;

  void join(const Owner& owner, std::size_t cost, std::size_t events, Unit unit) {
    waiting += events;
    if (owner != last_owner) {
      if (last_owner) another_owner_at = loop.clock().steady();
      last_owner = owner;
    }
    line.add(owner, cost, std::move(unit));
    if (flush_posted) return;
    flush_posted = true;
    loop.post([self = shared_from_this()] { self->flush(); });
  }

  // At the end of the turn in which something came, and whenever the disk has taken a portion.
  void flush() {
    flush_posted = false;
    if (line.empty()) return;
    const bool is_shared = another_owner_at && loop.clock().steady() - *another_owner_at < kSharedFor;
    const Portions& portions = is_shared ? kSharedPortions : kPortions;
    while (!line.empty() && rows_under_way < portions.under_way_max) send(line.take(portions.rows));
  }

  // Single events that follow each other are one append.
  void send(std::vector<Unit> units) {
    std::vector<queue::Accepted> events;
    std::vector<Waiter> waiters;
    std::size_t rows = 0;
    for (Unit& unit : units) {
      if (auto* whole = std::get_if<std::unique_ptr<Whole>>(&unit)) {
        send_singles(std::exchange(events, {}), std::exchange(waiters, {}), std::exchange(rows, 0));
        send_whole(std::move(*whole));
        continue;
      }
      Single& single = std::get<Single>(unit);
      events.push_back(std::move(single.accepted));
      waiters.push_back(std::move(single.waiter));
      rows += single.rows;
    }
    send_singles(std::move(events), std::move(waiters), rows);
  }

  void send_singles(std::vector<queue::Accepted> events, std::vector<Waiter> waiters, std::size_t rows) {
    if (events.empty()) return;
    rows_under_way += rows;
    auto under_way = std::make_shared<UnderWay>(UnderWay{shared_from_this(), enter(), std::move(waiters), {}, rows});
    log.append(std::move(events), [under_way](Result<queue::Batch> appended) {
      Impl& self = *under_way->self;
      if (appended.ok() && self.committed) self.committed(**appended);
      self.loop.post([under_way, appended = std::move(appended)] { under_way->self->answer(*under_way, appended); });
    });
  }

  void send_whole(std::unique_ptr<Whole> whole) {
    rows_under_way += whole->rows;
    const std::size_t rows = whole->rows;
    queue::Note note = std::move(whole->note);
    std::vector<queue::Accepted> events = std::move(whole->events);
    auto under_way = std::make_shared<UnderWay>(UnderWay{shared_from_this(), enter(), {}, std::move(whole), rows});
    const std::size_t count = events.size();
    log.append_once(std::move(note), std::move(events), [under_way, count](Result<queue::Once> result) {
      Impl& self = *under_way->self;
      if (result.ok() && has_events(*result) && self.committed) self.committed(*result->events);
      self.loop.post([under_way, count, result = std::move(result)]() mutable {
        under_way->self->answer_whole(*under_way, count, std::move(result));
      });
    });
  }

  // stop() sends all before it closes the gate.
  std::optional<Gate::Entry> enter() {
    auto entry = gate.enter();
    FLEETHOOK_ASSERT(entry.has_value());
    return entry;
  }

  // On its way to the disk.
  struct UnderWay {
    std::shared_ptr<Impl> self;
    std::optional<Gate::Entry> entry;
    std::vector<Waiter> waiters;
    std::unique_ptr<Whole> whole;  // null: single events
    std::size_t rows;
  };

  static bool has_events(const queue::Once& once) { return once.events != nullptr && !once.events->empty(); }

  void answer(UnderWay& under_way, const Result<queue::Batch>& appended) {
    taken(under_way.waiters.size(), under_way.rows);
    if (appended.ok()) {
      const std::vector<queue::Accepted>& events = **appended;
      accepted_total.add(events.size());
      for (std::size_t i = 0; i < under_way.waiters.size(); ++i) {
        const core::Event& event = *events[i].event;
        note_heard(under_way.waiters[i].heard, event);
        under_way.waiters[i].done(event.id);
      }
    } else {
      unstored_total.add(under_way.waiters.size());
      for (Waiter& waiter : under_way.waiters) waiter.done(appended.error());
    }
    under_way.waiters.clear();
    under_way.entry.reset();
  }

  void answer_whole(UnderWay& under_way, std::size_t count, Result<queue::Once> result) {
    taken(count, under_way.rows);
    Whole& whole = *under_way.whole;
    if (!result.ok()) {
      unstored_total.add(count);
      whole.done(std::move(result).error());
    } else {
      if (has_events(*result)) {
        accepted_total.add(result->events->size());
        for (std::size_t i = 0; i < result->events->size(); ++i)
          note_heard(whole.heard[i], *(*result->events)[i].event);
      }
      whole.done(std::move(result->earlier));
    }
    under_way.entry.reset();
  }

  void taken(std::size_t events, std::size_t rows) {
    waiting -= events;
    rows_under_way -= rows;
    flush();
  }

  void stop(std::function<void()> stopped) {
    while (!line.empty()) send(line.take(kPortions.rows));
    gate.close(std::move(stopped));
  }

  Loop& loop;
  queue::Log& log;
  const store::Catalogs& store;
  Random& random;
  const Limits limits;
  const OnCommitted committed;  // may be empty
  metrics::Counter& accepted_total;
  metrics::Counter &invalid_total, &unstored_total, &loops_total;
  metrics::Counter& matched_total;

  Line<Unit> line;
  std::optional<Owner> last_owner;         // of whom something came
  std::optional<Steady> another_owner_at;  // when it was not the one before
  std::size_t rows_under_way = 0;
  bool flush_posted = false;
  std::optional<Steady> warned_at;  // of loops
  std::size_t waiting = 0;          // events that are not answered yet
  Gate gate;
};

Ingest::Ingest(Loop& loop,
               queue::Log& log,
               const store::Catalogs& store,
               Random& random,
               metrics::Registry& metrics,
               const Limits& limits,
               OnCommitted committed)
    : impl_(std::make_shared<Impl>(loop, log, store, random, metrics, limits, std::move(committed))) {}

Ingest::~Ingest() = default;

void Ingest::publish(const Publisher& publisher, Publication publication, OnAccepted done) {
  impl_->publish(publisher, std::move(publication), std::move(done));
}

void Ingest::publish_once(std::vector<Item> items, const MakeNote& make_note, OnOnce done) {
  impl_->publish_once(std::move(items), make_note, std::move(done));
}

Error Ingest::refuse_loop(core::ProductId product, core::UserId user, std::uint8_t hops) {
  return impl_->refuse_loop(product, user, hops);
}

void Ingest::stop(std::function<void()> stopped) {
  impl_->stop(std::move(stopped));
}

}  // namespace fleethook::ingest
