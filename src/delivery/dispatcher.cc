#include "delivery/dispatcher.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/assert.h"
#include "delivery/context.h"
#include "delivery/lane.h"
#include "delivery/test_run.h"

namespace fleethook::delivery {
namespace {
constexpr Duration kTidyEvery = std::chrono::seconds(5);
}

class Dispatcher::Impl final : public queue::Owner,
                               private Recorder::Listener,
                               public std::enable_shared_from_this<Dispatcher::Impl> {
 public:
  explicit Impl(Surroundings surroundings) : context_(std::move(surroundings), *this) {}
  ~Impl() { FLEETHOOK_ASSERT(stopped_); }

  queue::Claim claim() { return {context_.outside.shards, this}; }
  void found(const std::vector<queue::LaneState>& lanes) override {
    post([lanes](Impl& self) { self.recover(lanes); });
  }
  void offered(const queue::Batch& committed) override {
    post([committed](Impl& self) { self.enqueue(*committed); });
  }
  void brought_back(const std::vector<queue::LaneState>& lanes) override {
    post([lanes](Impl& self) { self.released(lanes); });
  }
  void sweep(const std::vector<core::IntegrationNumber>& of);
  void try_now(const Wish& wish);
  void cancel(const Wish& wish);
  void test(core::IntegrationPtr integration, core::Event event, std::function<void(TestResult)> done);
  void stop(Deadline deadline, std::function<void()> stopped);
  void give_up_idle(std::size_t most);
  Stats stats() const;
  std::vector<LaneView> lanes(std::size_t limit) const;
  std::vector<LineView> lines(const LineQuery& query) const;

 private:
  // On the loop, as all below.
  template <class Run>
  void post(Run run) {
    context_.outside.loop.post([self = shared_from_this(), run = std::move(run)] { run(*self); });
  }
  void recover(const std::vector<queue::LaneState>& lanes);
  void enqueue(const std::vector<queue::Accepted>& committed);
  void released(const std::vector<queue::LaneState>& lanes);
  bool is_ours(core::LaneId lane) const { return context_.outside.shards.test(queue::shard_of(lane)); }
  Lane& lane(core::LaneId id, const core::LaneKey& key);
  void tidy_later();
  void tidy();
  void cut();
  void drain_if_at_rest();

  void acknowledged(const queue::DeliveryKey& key) override;
  void retry_kept(const queue::Retry& retry) override;
  void has_room_again() override;

  Context context_;
  std::unordered_map<core::LaneId, std::unique_ptr<Lane>> lanes_;
  std::vector<Lane*> offered_;  // lanes of one enqueue(), kept for its memory
  std::vector<std::unique_ptr<TestRun>> tests_;
  TimerId tidy_timer_ = 0, deadline_timer_ = 0;
  Deadline deadline_ = Deadline::never();
  bool draining_ = false, stopped_ = false;
};

Lane& Dispatcher::Impl::lane(core::LaneId id, const core::LaneKey& key) {
  const auto [found, is_new] = lanes_.try_emplace(id);
  if (is_new) {
    found->second = std::make_unique<Lane>(context_, id, key);
    tidy_later();
  }
  return *found->second;
}

void Dispatcher::Impl::recover(const std::vector<queue::LaneState>& lanes) {
  if (context_.stopping) return;  // they are on disk
  for (const queue::LaneState& state : lanes) {
    if (is_ours(state.id) && (state.has_ready || !state.retries.empty())) lane(state.id, state.key).recover(state);
  }
}

void Dispatcher::Impl::enqueue(const std::vector<queue::Accepted>& committed) {
  if (context_.stopping) return;  // they are on disk
  Lane* last = nullptr;
  for (const queue::Accepted& accepted : committed) {
    for (const queue::NewDelivery& one : accepted.deliveries) {
      if (one.parked || !is_ours(one.lane->id)) continue;
      if (last == nullptr || last->id() != one.lane->id) {
        last = &lane(one.lane->id, one.lane->key);
        offered_.push_back(last);
      }
      last->offer(accepted, one.integration);
    }
  }
  for (Lane* offered : offered_) offered->pump();
  offered_.clear();
}

void Dispatcher::Impl::released(const std::vector<queue::LaneState>& lanes) {
  if (context_.stopping) return;  // they are on disk
  for (const queue::LaneState& state : lanes) {
    if (is_ours(state.id) && !state.retries.empty()) lane(state.id, state.key).released(state.retries);
  }
}

void Dispatcher::Impl::sweep(const std::vector<core::IntegrationNumber>& of) {
  for (const auto& [id, one] : lanes_) one->sweep(of);
}

void Dispatcher::Impl::try_now(const Wish& wish) {
  for (const auto& [id, one] : lanes_) one->try_now(wish);
}

void Dispatcher::Impl::cancel(const Wish& wish) {
  for (const auto& [id, one] : lanes_) one->cancel(wish);
}

void Dispatcher::Impl::test(core::IntegrationPtr integration, core::Event event, std::function<void(TestResult)> done) {
  if (context_.stopping) {
    context_.outside.loop.post([done = std::move(done)] { done(stopping_result()); });
    return;
  }
  tests_.push_back(std::make_unique<TestRun>(context_, std::move(done), [this](TestRun& run) {
    std::erase_if(tests_, [&run](const auto& one) { return one.get() == &run; });
    drain_if_at_rest();
  }));
  tests_.back()->start(std::move(integration), std::move(event));
}

void Dispatcher::Impl::acknowledged(const queue::DeliveryKey& key) {
  if (const auto found = lanes_.find(key.lane); found != lanes_.end()) found->second->acknowledged(key);
}

void Dispatcher::Impl::retry_kept(const queue::Retry& retry) {
  if (const auto found = lanes_.find(retry.key.lane); found != lanes_.end()) found->second->retry_kept(retry);
}

void Dispatcher::Impl::has_room_again() {
  for (const auto& [id, one] : lanes_) one->pump();
}

void Dispatcher::Impl::tidy_later() {
  if (tidy_timer_ == 0 && !context_.stopping)
    tidy_timer_ = context_.outside.loop.schedule_after(kTidyEvery, [this] { tidy(); });
}

void Dispatcher::Impl::tidy() {
  tidy_timer_ = 0;
  const Steady now = context_.steady();
  std::erase_if(lanes_, [now](const auto& one) { return one.second->tidy(now); });
  const Stats now_stats = stats();
  context_.meters.show({now_stats.lanes, now_stats.in_flight, now_stats.connections, now_stats.breakers_open,
                        now_stats.devices_in_order});
  if (!lanes_.empty()) tidy_later();
}

void Dispatcher::Impl::give_up_idle(std::size_t most) {
  for (const auto& [id, one] : lanes_) {
    if (most == 0) return;
    most -= one->give_up_idle(most);
  }
}

Dispatcher::Stats Dispatcher::Impl::stats() const {
  Stats stats;
  stats.lanes = lanes_.size();
  for (const auto& [id, one] : lanes_) {
    stats.in_flight += one->in_flight();
    stats.in_memory += one->in_memory();
    stats.connections += one->connections();
    stats.breakers_open += one->breakers_open();
    stats.devices_in_order += one->devices_in_order();
  }
  stats.unrecorded = context_.recorder.given_up();
  return stats;
}

std::vector<LaneView> Dispatcher::Impl::lanes(std::size_t limit) const {
  std::vector<const Lane*> all;
  all.reserve(lanes_.size());
  for (const auto& [id, one] : lanes_) all.push_back(one.get());
  const std::size_t kept = std::min(limit, all.size());
  const auto busier = [](const Lane* a, const Lane* b) {
    return a->in_memory() != b->in_memory() ? a->in_memory() > b->in_memory() : a->id() < b->id();
  };
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(), busier);
  std::vector<LaneView> views;
  views.reserve(kept);
  for (std::size_t i = 0; i < kept; ++i) views.push_back(all[i]->view());
  return views;
}

std::vector<LineView> Dispatcher::Impl::lines(const LineQuery& query) const {
  std::vector<LineView> views;
  for (const auto& [id, one] : lanes_) one->show(query, views);
  return views;
}

void Dispatcher::Impl::stop(Deadline deadline, std::function<void()> stopped) {
  FLEETHOOK_ASSERT(!context_.stopping);
  context_.outside.log.disown(*this);
  context_.stopping = true;
  context_.ended_while_stopping = [this] { drain_if_at_rest(); };
  context_.versions.stop();
  context_.outside.loop.cancel(std::exchange(tidy_timer_, 0));
  deadline_ = deadline;
  // The last to leave may be deep inside a lane or the recorder: `stopped`, which may destroy them, runs in a turn of
  // its own.
  context_.gate.close([this, stopped = std::move(stopped)] {
    context_.outside.loop.post([this, stopped] {
      context_.meters.show({});
      stopped_ = true;
      stopped();
    });
  });
  if (!deadline.is_never()) deadline_timer_ = context_.outside.loop.schedule(*deadline.when(), [this] { cut(); });
  drain_if_at_rest();
}

void Dispatcher::Impl::cut() {
  deadline_timer_ = 0;
  for (const auto& [id, one] : lanes_) one->cut();
  while (!tests_.empty()) tests_.back()->cut();
  drain_if_at_rest();
}

// Once no attempt is under way no result can come: what there is goes to disk.
void Dispatcher::Impl::drain_if_at_rest() {
  if (!context_.stopping || draining_ || !tests_.empty() || stats().in_flight > 0) return;
  draining_ = true;
  context_.recorder.drain(deadline_, [this] { context_.outside.loop.cancel(std::exchange(deadline_timer_, 0)); });
}

Dispatcher::Dispatcher(Surroundings surroundings) : impl_(std::make_shared<Impl>(std::move(surroundings))) {}
Dispatcher::~Dispatcher() = default;

queue::Claim Dispatcher::claim() {
  return impl_->claim();
}
void Dispatcher::sweep(const std::vector<core::IntegrationNumber>& of) {
  impl_->sweep(of);
}
void Dispatcher::try_now(const Wish& wish) {
  impl_->try_now(wish);
}
void Dispatcher::cancel(const Wish& wish) {
  impl_->cancel(wish);
}
void Dispatcher::test(core::IntegrationPtr integration, core::Event event, std::function<void(TestResult)> done) {
  impl_->test(std::move(integration), std::move(event), std::move(done));
}
void Dispatcher::stop(Deadline deadline, std::function<void()> stopped) {
  impl_->stop(deadline, std::move(stopped));
}
void Dispatcher::give_up_idle(std::size_t most) {
  impl_->give_up_idle(most);
}
Dispatcher::Stats Dispatcher::stats() const {
  return impl_->stats();
}
std::vector<LaneView> Dispatcher::lanes(std::size_t limit) const {
  return impl_->lanes(limit);
}
std::vector<LineView> Dispatcher::lines(const LineQuery& query) const {
  return impl_->lines(query);
}

}  // namespace fleethook::delivery
