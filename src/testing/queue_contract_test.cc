// The simulated queue does what every queue must.
#include "queue/queue_contract.h"

#include <mutex>

#include "queue/queue_parked_contract.h"
#include "queue/queue_search_contract.h"
#include "testing/sim_queue.h"

namespace fleethook::testing {
namespace {

// Tests of the contract wait for each answer, some of them on several threads: the simulation runs until it has come,
// one call at a time. A question that is answered at once takes its turn as well: nothing in the simulation is locked.
class SteppedQueue final : public queue::QueueUnderTest, private queue::Queue {
 public:
  queue::Queue& queue() override { return *this; }
  void reopen() override { disk_.crash(); }

 private:
  template <class Call>
  void run(Call call) {
    const std::lock_guard lock(mutex_);
    call();
    while (sim_.step()) {
    }
  }
  template <class Call>
  auto ask(Call call) const {
    const std::lock_guard lock(mutex_);
    return call();
  }
  Result<void> own(std::vector<queue::Claim> claims) override {
    return ask([&] { return inner_.own(std::move(claims)); });
  }
  void disown(queue::Owner& owner) override {
    ask([&] { inner_.disown(owner); });
  }
  void append(std::vector<queue::Accepted> events, OnAppended done) override {
    run([&] { inner_.append(std::move(events), std::move(done)); });
  }
  void append_once(queue::Note note, std::vector<queue::Accepted> events, OnOnce done) override {
    run([&] { inner_.append_once(std::move(note), std::move(events), std::move(done)); });
  }
  void ack(std::vector<queue::DeliveryKey> keys, queue::OnDone done) override {
    run([&] { inner_.ack(std::move(keys), std::move(done)); });
  }
  void retry(std::vector<queue::Retry> retries, queue::OnDone done) override {
    run([&] { inner_.retry(std::move(retries), std::move(done)); });
  }
  void load_ready(core::LaneId lane, queue::ReadyWish wish, OnReady done) override {
    run([&] { inner_.load_ready(lane, std::move(wish), std::move(done)); });
  }
  void load_retries(
      core::LaneId lane, const core::PlacementKey& placement, Moment until, std::size_t limit, OnLoaded done) override {
    run([&] { inner_.load_retries(lane, placement, until, limit, std::move(done)); });
  }
  void load_ordered(core::LaneId lane,
                    const core::PlacementKey& placement,
                    std::vector<queue::Device> devices,
                    std::size_t each,
                    OnLoaded done) override {
    run([&] { inner_.load_ordered(lane, placement, std::move(devices), each, std::move(done)); });
  }
  void ordered_devices(core::LaneId lane,
                       const core::PlacementKey& placement,
                       queue::Device from,
                       std::size_t limit,
                       OnDevices done) override {
    run([&] { inner_.ordered_devices(lane, placement, from, limit, std::move(done)); });
  }
  queue::Parked parked_of(const core::PlacementKey& placement) const override {
    return ask([&] { return inner_.parked_of(placement); });
  }
  void prune(const queue::Timeline::Older& old, std::uint64_t bytes_max, queue::OnDone done) override {
    run([&] { inner_.prune(old, bytes_max, std::move(done)); });
  }
  void release(const core::PlacementKey& placement, std::size_t limit, OnReleased done) override {
    run([&] { inner_.release(placement, limit, std::move(done)); });
  }
  void find(core::LaneId lane,
            queue::SearchPlace after,
            std::vector<core::IntegrationNumber> of,
            std::size_t limit,
            OnFound done) override {
    run([&] { inner_.find(lane, after, std::move(of), limit, std::move(done)); });
  }
  void load_parked(const core::PlacementKey& placement,
                   core::EventSeq after_event,
                   core::LaneId after_lane,
                   std::size_t limit,
                   OnLoaded done) override {
    run([&] { inner_.load_parked(placement, after_event, after_lane, limit, std::move(done)); });
  }
  std::vector<queue::Waiting> waiting() const override {
    return ask([&] { return inner_.waiting(); });
  }
  std::uint64_t waiting_revision() const override {
    return ask([&] { return inner_.waiting_revision(); });
  }
  Result<std::vector<queue::LaneState>> lanes() override {
    return ask([&] { return inner_.lanes(); });
  }
  Result<queue::LaneState> lane(core::LaneId id) override {
    return ask([&] { return inner_.lane(id); });
  }
  Result<queue::Kept> event(const core::EventId& id) override {
    return ask([&] { return inner_.event(id); });
  }
  Result<queue::FoundEvents> search(const queue::EventQuery& query, const queue::EventPage& page) override {
    return ask([&] { return inner_.search(query, page); });
  }
  Result<std::vector<queue::WaitingDelivery>> waiting_for(core::EventSeq event) override {
    return ask([&] { return inner_.waiting_for(event); });
  }
  const queue::Timeline& timeline() const override { return inner_.timeline(); }
  queue::QueueStats stats() const override {
    return ask([&] { return inner_.stats(); });
  }
  std::string trouble() const override {
    return ask([&] { return inner_.trouble(); });
  }

  mutable std::mutex mutex_;
  Sim sim_{1};
  SimDisk disk_{sim_};
  SimQueue inner_{sim_, disk_};
};

}  // namespace
}  // namespace fleethook::testing

namespace fleethook::queue {
INSTANTIATE_TEST_SUITE_P(Simulated,
                         QueueContract,
                         ::testing::Values(QueueBackend{
                             "sim", [] { return std::make_unique<fleethook::testing::SteppedQueue>(); }}),
                         name_of_backend);
}  // namespace fleethook::queue
