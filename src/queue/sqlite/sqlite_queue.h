// The embedded queue: tables in the data folder's SQLite file, written by the same thread as the store's, so one fsync
// covers both.
#pragma once
#include <memory>
#include <string>

#include "queue/queue.h"
#include "sqlite/group_writer.h"

namespace fleethook::queue {

// Thread-safe, as Queue says. Callbacks of append, append_once, ack, retry, release and prune run on the writer's
// thread, those of loads on the queue's reader thread. lanes(), lane() and event() wait for the reader thread, own()
// for the writer's: not from a callback. search() and waiting_for() read on the caller's, one at a time. Owners hear on
// the writer's thread.
class SqliteQueue final : public Queue {
 public:
  // `path` is the file that `writer` writes; its schema has been brought up to date (queue/sqlite/schema.h). `writer`
  // outlives the queue. Counts what waits: 0.4 s for 5,000,000 deliveries. kUnavailable or kCorrupt when
  // the file cannot be read.
  // `clock` outlives it; `uptime` is that of the machine (base/moment.h), by which the timeline goes on: none is known.
  static Result<std::unique_ptr<SqliteQueue>> open(sqlite::GroupWriter& writer,
                                                   const std::string& path,
                                                   const Clock& clock,
                                                   const char* vfs = nullptr,
                                                   const NoteLimits& note_limits = {},
                                                   const Uptime& uptime = {});
  // Waits for what is under way; a prune() is cut short.
  ~SqliteQueue() override;

  Result<void> own(std::vector<Claim> claims) override;
  void disown(Owner& owner) override;
  void append(std::vector<Accepted> events, OnAppended done) override;
  void append_once(Note note, std::vector<Accepted> events, OnOnce done) override;
  void ack(std::vector<DeliveryKey> keys, OnDone done) override;
  // The same as a work that the caller submits as a part of another one.
  std::unique_ptr<sqlite::Work> ack_work(std::vector<DeliveryKey> keys);
  void retry(std::vector<Retry> retries, OnDone done) override;
  void load_ready(core::LaneId lane, ReadyWish wish, OnReady done) override;
  void load_retries(
      core::LaneId lane, const core::PlacementKey& placement, Moment until, std::size_t limit, OnLoaded done) override;
  void load_ordered(core::LaneId lane,
                    const core::PlacementKey& placement,
                    std::vector<Device> devices,
                    std::size_t each,
                    OnLoaded done) override;
  void ordered_devices(
      core::LaneId lane, const core::PlacementKey& placement, Device from, std::size_t limit, OnDevices done) override;
  void release(const core::PlacementKey& placement, std::size_t limit, OnReleased done) override;
  void find(core::LaneId lane,
            SearchPlace after,
            std::vector<core::IntegrationNumber> of,
            std::size_t limit,
            OnFound done) override;
  void load_parked(const core::PlacementKey& placement,
                   core::EventSeq after_event,
                   core::LaneId after_lane,
                   std::size_t limit,
                   OnLoaded done) override;
  std::vector<Waiting> waiting() const override;
  Parked parked_of(const core::PlacementKey& placement) const override;
  std::uint64_t waiting_revision() const override;
  Result<std::vector<LaneState>> lanes() override;
  Result<LaneState> lane(core::LaneId id) override;
  Result<std::vector<WaitingDelivery>> waiting_for(core::EventSeq event) override;
  Result<Kept> event(const core::EventId& id) override;
  Result<FoundEvents> search(const EventQuery& query, const EventPage& page) override;
  void prune(const Timeline::Older& old, std::uint64_t bytes_max, OnDone done) override;
  const Timeline& timeline() const override;
  QueueStats stats() const override;
  std::string trouble() const override;
  Notes& notes();  // goes with the queue
  // Writes down where the timeline stands, if it is time to: to be called each second. One small transaction in ten
  // seconds while anything comes or waits, else one in an hour. The destructor does so too.
  void keep_time();

 private:
  struct Impl;
  explicit SqliteQueue(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::queue
