// The queue in simulated memory, on a SimDisk. Passes queue/queue_contract.h.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "queue/queue.h"
#include "testing/sim_disk.h"

namespace fleethook::testing {

// Tests may plant faults by a class that overrides some of it.
class SimQueue : public queue::Queue {
 public:
  SimQueue(Sim& sim, SimDisk& disk) : sim_(sim), disk_(disk), timeline_(sim) {}

  Result<void> own(std::vector<queue::Claim> claims) override;
  void disown(queue::Owner& owner) override { owners_.disown(owner); }
  void append(std::vector<queue::Accepted> events, OnAppended done) override;
  void append_once(queue::Note note, std::vector<queue::Accepted> events, OnOnce done) override;
  void ack(std::vector<queue::DeliveryKey> keys, queue::OnDone done) override;
  void retry(std::vector<queue::Retry> retries, queue::OnDone done) override;
  void load_ready(core::LaneId lane, queue::ReadyWish wish, OnReady done) override;
  void load_retries(
      core::LaneId lane, const core::PlacementKey& placement, Moment until, std::size_t limit, OnLoaded done) override;
  void load_ordered(core::LaneId lane,
                    const core::PlacementKey& placement,
                    std::vector<queue::Device> devices,
                    std::size_t each,
                    OnLoaded done) override;
  void ordered_devices(core::LaneId lane,
                       const core::PlacementKey& placement,
                       queue::Device from,
                       std::size_t limit,
                       OnDevices done) override;
  void release(const core::PlacementKey& placement, std::size_t limit, OnReleased done) override;
  void find(core::LaneId lane,
            queue::SearchPlace after,
            std::vector<core::IntegrationNumber> of,
            std::size_t limit,
            OnFound done) override;
  void load_parked(const core::PlacementKey& placement,
                   core::EventSeq after_event,
                   core::LaneId after_lane,
                   std::size_t limit,
                   OnLoaded done) override;
  std::vector<queue::Waiting> waiting() const override;
  queue::Parked parked_of(const core::PlacementKey& placement) const override;
  std::uint64_t waiting_revision() const override { return revision_; }
  Result<std::vector<queue::LaneState>> lanes() override;
  Result<queue::LaneState> lane(core::LaneId id) override;
  Result<std::vector<queue::WaitingDelivery>> waiting_for(core::EventSeq event) override;
  Result<queue::Kept> event(const core::EventId& id) override;
  Result<queue::FoundEvents> search(const queue::EventQuery& query, const queue::EventPage& page) override;
  void prune(const queue::Timeline::Older& old, std::uint64_t bytes_max, queue::OnDone done) override;
  const queue::Timeline& timeline() const override { return timeline_; }
  queue::QueueStats stats() const override;
  std::string trouble() const override { return trouble_; }

  // Commits at once that these are over: a part of another write.
  virtual void commit_ack(const std::vector<queue::DeliveryKey>& keys);
  void counts_changed() { ++revision_; }
  // To the owners of its lanes.
  virtual void hand_over(const queue::Batch& committed) { owners_.offer(committed); }

  // What is committed.
  const std::map<core::EventSeq, core::EventPtr>& events() const { return events_; }
  const std::map<queue::DeliveryKey, std::uint32_t>& ready() const { return ready_; }  // with the version
  const std::map<queue::DeliveryKey, queue::Retry>& retries() const { return retries_; }
  const std::map<queue::DeliveryKey, queue::Retry>& parked_deliveries() const { return parked_; }
  // Runs at the commit of each delivery.
  std::function<void(const queue::Accepted&, const queue::NewDelivery&)> on_accepted;

 protected:
  std::uint64_t created_ = 0;

 private:
  void commit(queue::Accepted& accepted);
  queue::Pending pending_of(const queue::DeliveryKey& key, std::uint32_t version) const;
  queue::Pending pending_of(const queue::Retry& retry) const;
  std::function<void(const Result<void>&)> telling(queue::OnDone done);

  Sim& sim_;
  SimDisk& disk_;
  queue::Owners owners_;
  queue::Timeline timeline_;  // as if the machine stayed up when the process dies
  bool will_mark_ = false;
  std::uint64_t last_seq_ = 0;
  core::EventSeq pruned_to_;  // what is left up to it was waited for
  std::map<core::LaneId, core::LaneKey> lanes_;
  std::map<core::EventSeq, core::EventPtr> events_;
  std::map<crypto::Digest, queue::Note> notes_;
  std::map<queue::DeliveryKey, std::uint32_t> ready_;
  std::map<queue::DeliveryKey, queue::Retry> retries_;
  std::map<queue::DeliveryKey, queue::Retry> parked_;
  std::map<core::PlacementKey, std::uint64_t> parked_left_at_;  // by release()
  std::uint64_t parked_left_ = 0;
  // Products of placements; those of what has ended stay.
  std::map<std::pair<core::EventSeq, core::IntegrationNumber>, core::ProductId> products_;
  std::uint64_t revision_ = 0;
  std::string trouble_;
};

}  // namespace fleethook::testing
