// A dispatcher in a small simulated world, for the tests of this folder: one loop, one disk, receivers as the test
// makes them.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "core/compiled_integration.h"
#include "delivery/dispatcher.h"
#include "delivery/releaser.h"
#include "testing/sim_network.h"
#include "testing/sim_settler.h"

namespace fleethook::delivery {

// What a receiver was sent.
struct ReceivedRequest {
  std::string host;
  http::Request request;
  Steady at{};
  std::uint64_t nth_on_link = 0;
};

class DeliveryWorld : public testing::Imposter::Witness {
 public:
  explicit DeliveryWorld(std::uint64_t seed = 1) : sim(seed) {
    log::configure(log::Format::kText, log::Level::kError);
    user = store.create_user({"owner@example.com", "", {}, false}, {})->id;
    product = store.create_product({"one", "one", "", 0, {}, {}, user}, {})->id;
  }
  ~DeliveryWorld() override { stop(); }

  testing::Imposter& receiver(const std::string& host, testing::Personality personality = {}) {
    return network.add(host, 80, std::move(personality), *this);
  }
  core::IntegrationPtr integration(core::IntegrationConfig config) {
    store::NewIntegration made;
    made.scope = core::Scope::kProduct;
    made.user = user;
    made.products = {product};
    made.config = std::move(config);
    return *store.create_integration(made);
  }
  core::IntegrationPtr integration(const std::string& url,
                                   core::DeliveryPolicy policy = core::DeliveryPolicy::kDurable) {
    core::IntegrationConfig config;
    config.event = "temp";
    config.url = url;
    config.policy = policy;
    return integration(config);
  }
  // The dispatcher of a new life of the process, which knows what is on disk.
  void start() {
    Surroundings outside{*loop,  queue,    queue,  store, store.open_outages(),  settler, *transport,
                         random, *metrics, limits, retry, queue::Shards().set(), {},      {},
                         {}};
    outside.streams_wanted = [this] { return streams_wanted; };
    outside.publish = [this](const core::EventPtr&, core::EventSeq seq, std::vector<core::Event> made) {
      for (core::Event& one : made) {
        events.push_back(std::move(one));
        event_causes.push_back(seq);
      }
    };
    outside.load_version = [this](core::IntegrationNumber number, std::uint32_t version, auto done) {
      ++versions_asked;
      auto result = versions_fail > 0 ? (--versions_fail, Result<core::IntegrationPtr>(version_error))
                                      : store.integration_version(number, version);
      loop->post([done, result] { done(result); });
    };
    outside.kept_answers = kept_answers;
    outside.fair = fair;
    if (pauses_gone)
      outside.pause = [this](const core::IntegrationId& id, const core::PlacementKey& placement,
                             const std::string& why) {
        pauses.emplace_back(placement, why);
        ASSERT_TRUE(store.set_pause(id, {placement.product}, core::Pause::kHold, queue.stats().last, {{}, why}).ok());
      };
    dispatcher = std::make_unique<Dispatcher>(std::move(outside));
    ASSERT_TRUE(queue.own({dispatcher->claim()}).ok());
    releaser = std::make_unique<Releaser>(Releaser::Surroundings{
        *loop, queue, queue, store, settler, *metrics,
        [this](const std::vector<core::IntegrationNumber>& of) {
          if (dispatcher) dispatcher->sweep(of);
        },
        [this](core::IntegrationNumber number, std::uint32_t version, auto done) {
          loop->post([this, number, version, done] { done(store.integration_version(number, version)); });
        },
        [this](const core::Integration& of, const core::Event& event) { return lane_of(of, event); }});
    releaser->start();
  }
  // In good order; then the world stands as after the end of the process.
  void stop(Deadline deadline = Deadline::never()) {
    if (!dispatcher) return;
    bool stopped = false;
    if (releaser) {
      releaser->stop([&stopped] { stopped = true; });
      while (!stopped) ASSERT_TRUE(sim.step()) << "does not stop";
      releaser.reset();
    }
    stopped = false;
    dispatcher->stop(deadline, [&stopped] { stopped = true; });
    while (!stopped) ASSERT_TRUE(sim.step()) << "does not stop";
    unrecorded = dispatcher->stats().unrecorded;
    dispatcher.reset();
  }
  // The process dies. What it consisted of cannot be taken apart in order: it is left in memory, as in a dead process.
  void crash() {
    static auto* const graveyard = new std::vector<std::pair<std::unique_ptr<Dispatcher>, std::unique_ptr<Releaser>>>;
    static auto* const loops = new std::vector<std::unique_ptr<testing::SimLoop>>;
    static auto* const rest =
        new std::vector<std::pair<std::unique_ptr<testing::SimTransport>, std::unique_ptr<metrics::Registry>>>;
    loop->kill();
    disk.crash();
    network.crashed({loop.get()});
    graveyard->emplace_back(std::move(dispatcher), std::move(releaser));
    loops->push_back(std::move(loop));
    rest->emplace_back(std::move(transport), std::move(metrics));
    loop = std::make_unique<testing::SimLoop>(sim, Duration::zero());
    transport = std::make_unique<testing::SimTransport>(network, *loop);
    metrics = std::make_unique<metrics::Registry>();
  }
  // Events for `integration`, committed and given to the dispatcher as ingest does it. `offer` false: only on disk.
  void publish(const core::IntegrationPtr& to, std::size_t count = 1, bool offer = true) {
    std::vector<queue::Accepted> batch(count);
    for (queue::Accepted& one : batch) {
      auto event = std::make_shared<core::Event>();
      event->id = core::EventId::make(sim.now(), random);
      event->product = product;
      event->name = "temp";
      event->data = numbered ? std::to_string(++last_number) : "21.5";
      event->publisher = device;
      event->published_at = sim.now();
      event->device.firmware_version = firmware;
      event->hops = hops;
      const bool held = store.catalog()->pause(to->number, product) == core::Pause::kHold;
      one.deliveries.push_back({to, lane_of(*to, *event), held});
      one.event = std::move(event);
    }
    if (!offer) queue.kept_back.insert(batch.front().event->id);
    queue.append(std::move(batch), [](const Result<queue::Batch>&) {});
  }
  core::LanePtr lane_of(const core::Integration& of, const core::Event& event) const {
    auto lane = of.compiled()->lane(event);
    return lane ? *lane : core::named_lane({"u:" + user.str(), false, "", 0});
  }
  void set_pause(const core::IntegrationPtr& of, core::Pause pause) {
    ASSERT_TRUE(store.set_pause(of->id, {product}, pause, queue.stats().last, {}).ok());
  }
  void drop_what_waits(const core::IntegrationPtr& of) {
    ASSERT_TRUE(store.drop_waiting(of->id, {product}, queue.stats().last, {}).ok());
  }
  void move_what_waits(const core::IntegrationPtr& of) {
    ASSERT_TRUE(store.move_waiting(of->id, {product}, queue.stats().last, {}).ok());
  }
  void run(Duration span) { sim.run_until(sim.steady() + span); }

  store::Counts counts() const {
    store::Counts all;
    for (const auto& [key, one] : store.outcomes()) {
      ++all.of(one.kind);
    }
    return all;
  }
  std::set<std::string> ids() const {
    std::set<std::string> all;
    for (const ReceivedRequest& one : requests) all.insert(std::string(one.request.headers.get("webhook-id")));
    return all;
  }
  bool queue_is_empty() const { return queue.waiting().empty(); }
  std::vector<std::string> event_names() const {
    std::vector<std::string> names;
    for (const core::Event& one : events) names.push_back(one.name + "=" + one.data.value_or(""));
    return names;
  }

  void received(const testing::Imposter& at, const testing::Imposter::Request& request) override {
    requests.push_back({at.host, request.request, sim.steady(), request.nth_on_link});
    if (on_request) on_request();
  }
  void answered(const testing::Imposter&, const http::Request&, int, std::optional<Duration>, bool) override {}

  testing::Sim sim;
  testing::SimDisk disk{sim};
  // Does not offer the batches that begin with one of `kept_back`: as if its lane had lost them from memory.
  struct Queue : testing::SimQueue {
    using SimQueue::SimQueue;
    void hand_over(const queue::Batch& committed) override {
      if (!kept_back.contains(committed->front().event->id)) SimQueue::hand_over(committed);
    }
    std::set<core::EventId> kept_back;
  };
  Queue queue{sim, disk};
  testing::SimStore store{sim, sim.random(), disk};
  testing::SimSettler settler{disk, store, queue};
  testing::SimNetwork network{sim};
  SeededRandom random{99};
  std::unique_ptr<testing::SimLoop> loop = std::make_unique<testing::SimLoop>(sim, Duration::zero());
  std::unique_ptr<testing::SimTransport> transport = std::make_unique<testing::SimTransport>(network, *loop);
  std::unique_ptr<metrics::Registry> metrics = std::make_unique<metrics::Registry>();
  Limits limits;
  FairSettings fair;
  core::RetrySettings retry;
  core::UserId user;
  core::ProductId product;
  std::string device = "api";  // who publishes
  bool numbered = false;       // the data of each event is its number
  int last_number = 0;         // of those
  std::string firmware;        // of the device whose events are published
  std::uint8_t hops = 0;       // of the events that are published

  Shares* kept_answers = nullptr;
  bool streams_wanted = true;
  std::vector<core::Event> events;
  std::vector<core::EventSeq> event_causes;  // of each of them
  std::vector<ReceivedRequest> requests;
  bool pauses_gone = false;                                        // at 410, as the server does
  std::vector<std::pair<core::PlacementKey, std::string>> pauses;  // that the dispatcher asked for
  std::function<void()> on_request;
  std::size_t unrecorded = 0;  // by the last stop()
  int versions_asked = 0, versions_fail = 0;
  Error version_error{Fault::kUnavailable, "simulated"};
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<Releaser> releaser;
};

}  // namespace fleethook::delivery
