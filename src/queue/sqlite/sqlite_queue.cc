#include "queue/sqlite/sqlite_queue.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <utility>

#include "queue/sqlite/event_reads.h"
#include "queue/sqlite/idempotency.h"
#include "queue/sqlite/lane_prune.h"
#include "queue/sqlite/prune.h"
#include "queue/sqlite/reader_thread.h"
#include "queue/sqlite/reads.h"
#include "queue/sqlite/release.h"
#include "queue/sqlite/timekeeper.h"
#include "queue/sqlite/writes.h"

namespace fleethook::queue {

struct SqliteQueue::Impl {
  Impl(sqlite::GroupWriter& group_writer, std::unique_ptr<sqlite::Database> connection, const NoteLimits& note_limits)
      : writer(group_writer),
        reader(std::make_unique<ReaderThread>(std::move(connection))),
        book(note_limits),
        notes(book, writer, *reader) {}

  sqlite::GroupWriter& writer;
  WriterState state;
  std::unique_ptr<ReaderThread> reader;
  NoteBook book;
  SqliteNotes notes;
  std::unique_ptr<Timekeeper> time;
  std::atomic<bool> closing{false};
  std::atomic<int> prunes{0};

  // What people search is read by a connection of its own, so that loads do not wait for it. Opened with the first
  // search: many never do.
  std::mutex searching;
  std::unique_ptr<sqlite::Database> searcher;  // guarded by `searching`
  std::string path;
  const char* vfs = nullptr;
  template <class Read>
  auto search(const Read& read) -> decltype(read(*searcher)) {
    const std::lock_guard lock(searching);
    if (searcher == nullptr) {
      FLEETHOOK_TRY(searcher, sqlite::Database::open(path, sqlite::OpenMode::kReadOnly, vfs));
    }
    return read(*searcher);
  }

  // Runs `read` on the reader thread and waits.
  template <class T>
  Result<T> read_and_wait(std::function<Result<T>(sqlite::Database&)> read) {
    FLEETHOOK_ASSERT(!reader->is_current());
    std::promise<Result<T>> promise;
    reader->post([&](sqlite::Database& database) { promise.set_value(read(database)); });
    return promise.get_future().get();
  }
};

Result<std::unique_ptr<SqliteQueue>> SqliteQueue::open(sqlite::GroupWriter& writer,
                                                       const std::string& path,
                                                       const Clock& clock,
                                                       const char* vfs,
                                                       const NoteLimits& note_limits,
                                                       const Uptime& uptime) {
  FLEETHOOK_TRY(auto connection, sqlite::Database::open(path, sqlite::OpenMode::kReadOnly, vfs));
  auto impl = std::make_unique<Impl>(writer, std::move(connection), note_limits);
  impl->path = path;
  impl->vfs = vfs;
  FLEETHOOK_CHECK(writer.run_and_wait([&](sqlite::Database& database) -> Result<void> {
    FLEETHOOK_CHECK(impl->state.load(database));
    FLEETHOOK_TRY(impl->time, Timekeeper::load(database, clock, uptime, impl->state, writer));
    return impl->book.load(database);
  }));
  return std::unique_ptr<SqliteQueue>(new SqliteQueue(std::move(impl)));
}

SqliteQueue::SqliteQueue(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqliteQueue::~SqliteQueue() {
  impl_->closing = true;
  if (impl_->time) impl_->time->keep(true);
  // Works refer to us. An empty one comes after them; a prune goes to the reader and back, and ends on the writer.
  do {
    (void)impl_->writer.run_and_wait([](sqlite::Database&) { return Result<void>(); }).ok();
  } while (impl_->prunes != 0);
  impl_->reader.reset();
}

// Nothing is committed between what is found and what is offered: what was written before in the same transaction is
// found, and its works are done before the owner is known.
Result<void> SqliteQueue::own(std::vector<Claim> claims) {
  std::vector<LaneState> lanes;
  return impl_->writer.run_and_wait(
      [&](sqlite::Database& database) -> Result<void> {
        FLEETHOOK_TRY(lanes, read_lanes(database));
        return {};
      },
      [&] { impl_->state.owners.own(claims, lanes); }, "own");
}

void SqliteQueue::disown(Owner& owner) {
  impl_->state.owners.disown(owner);
}

void SqliteQueue::append(std::vector<Accepted> events, OnAppended done) {
  impl_->writer.submit(make_append(impl_->state, std::move(events), std::move(done)));
}

void SqliteQueue::append_once(Note note, std::vector<Accepted> events, OnOnce done) {
  impl_->writer.submit(
      make_append_once(impl_->book, impl_->state, std::move(note), std::move(events), std::move(done)));
}

Notes& SqliteQueue::notes() {
  return impl_->notes;
}

void SqliteQueue::ack(std::vector<DeliveryKey> keys, OnDone done) {
  impl_->writer.submit(make_ack(impl_->state, std::move(keys), std::move(done)));
}

std::unique_ptr<sqlite::Work> SqliteQueue::ack_work(std::vector<DeliveryKey> keys) {
  return make_ack(impl_->state, std::move(keys), [](const Result<void>&) {});
}

void SqliteQueue::retry(std::vector<Retry> retries, OnDone done) {
  impl_->writer.submit(make_retry(impl_->state, std::move(retries), std::move(done)));
}

void SqliteQueue::load_ready(core::LaneId lane, ReadyWish wish, OnReady done) {
  impl_->reader->post([lane, wish = std::move(wish), done = std::move(done)](sqlite::Database& database) {
    done(read_ready(database, lane, wish));
  });
}

void SqliteQueue::load_retries(
    core::LaneId lane, const core::PlacementKey& placement, Moment until, std::size_t limit, OnLoaded done) {
  impl_->reader->post([lane, placement, until, limit, done = std::move(done)](sqlite::Database& database) {
    done(read_retries(database, lane, placement, until, limit));
  });
}

void SqliteQueue::load_ordered(core::LaneId lane,
                               const core::PlacementKey& placement,
                               std::vector<Device> devices,
                               std::size_t each,
                               OnLoaded done) {
  impl_->reader->post(
      [lane, placement, devices = std::move(devices), each, done = std::move(done)](sqlite::Database& database) {
        done(read_ordered(database, lane, placement, devices, each));
      });
}

void SqliteQueue::ordered_devices(
    core::LaneId lane, const core::PlacementKey& placement, Device from, std::size_t limit, OnDevices done) {
  impl_->reader->post([lane, placement, from, limit, done = std::move(done)](sqlite::Database& database) {
    done(read_ordered_devices(database, lane, placement, from, limit));
  });
}

void SqliteQueue::release(const core::PlacementKey& placement, std::size_t limit, OnReleased done) {
  impl_->writer.submit(make_release(impl_->state, placement, limit, std::move(done)));
}

void SqliteQueue::find(
    core::LaneId lane, SearchPlace after, std::vector<core::IntegrationNumber> of, std::size_t limit, OnFound done) {
  impl_->reader->post([lane, after, of = std::move(of), limit, done = std::move(done)](sqlite::Database& database) {
    done(search_lane(database, lane, after, of, limit));
  });
}

void SqliteQueue::load_parked(const core::PlacementKey& placement,
                              core::EventSeq after_event,
                              core::LaneId after_lane,
                              std::size_t limit,
                              OnLoaded done) {
  impl_->reader->post([placement, after_event, after_lane, limit, done = std::move(done)](sqlite::Database& database) {
    done(read_parked(database, placement, after_event, after_lane, limit));
  });
}

std::vector<Waiting> SqliteQueue::waiting() const {
  return impl_->state.counters.waiting();
}

Parked SqliteQueue::parked_of(const core::PlacementKey& placement) const {
  return impl_->state.counters.parked_of(placement);
}

std::uint64_t SqliteQueue::waiting_revision() const {
  return impl_->state.counters.revision();
}

Result<std::vector<LaneState>> SqliteQueue::lanes() {
  return impl_->read_and_wait<std::vector<LaneState>>(read_lanes);
}

Result<LaneState> SqliteQueue::lane(core::LaneId id) {
  return impl_->read_and_wait<LaneState>([id](sqlite::Database& database) { return read_lane(database, id); });
}

Result<std::vector<WaitingDelivery>> SqliteQueue::waiting_for(core::EventSeq event) {
  return impl_->search([event](sqlite::Database& database) { return read_waiting_for(database, event); });
}

Result<Kept> SqliteQueue::event(const core::EventId& id) {
  return impl_->read_and_wait<Kept>(
      [&id, stretches = impl_->time->timeline().accepted_about(time_in(id))](sqlite::Database& database) {
        return read_event_by_id(database, id, stretches);
      });
}

Result<FoundEvents> SqliteQueue::search(const EventQuery& query, const EventPage& page) {
  return impl_->search([&](sqlite::Database& database) { return search_events(database, query, page); });
}

const Timeline& SqliteQueue::timeline() const {
  return impl_->time->timeline();
}

void SqliteQueue::keep_time() {
  impl_->time->keep(false);
}

void SqliteQueue::prune(const Timeline::Older& old, std::uint64_t bytes_max, OnDone done) {
  ++impl_->prunes;
  auto finished = [impl = impl_.get(), done = std::move(done)](Result<void> result) {
    done(std::move(result));
    --impl->prunes;
  };
  const PruneTools tools{impl_->state, impl_->writer, *impl_->reader, impl_->closing};
  queue::prune(tools, old, bytes_max, [tools, finished = std::move(finished)](Result<void> result) {
    if (!result.ok() || tools.closing) return finished(std::move(result));
    prune_lanes(tools, finished);
  });
}

QueueStats SqliteQueue::stats() const {
  const Rows rows = impl_->state.counters.rows();
  const auto count = [](std::int64_t value) { return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0)); };
  return {count(rows.events), count(rows.ready),   count(rows.retries),
          count(rows.parked), count(rows.created), impl_->state.counters.last()};
}

std::string SqliteQueue::trouble() const {
  return impl_->writer.last_failure();
}

}  // namespace fleethook::queue
