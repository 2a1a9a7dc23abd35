// What a delivery costs from offered() to its acknowledgement when everything around it costs nothing: one lane,
// streams in memory that answer at once, a store and a queue that say yes. Includes building, serializing and parsing.
//   delivery_bench [deliveries] [batch] [hmac|ed25519]    the last: each request is signed
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <vector>

#include "base/hex.h"
#include "base/log.h"
#include "core/compiled_integration.h"
#include "delivery/dispatcher.h"
#include "store/catalog_editor.h"

namespace {

using namespace fleethook;

class BenchLoop final : public Loop {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  TimerId schedule(Steady when, Task callback) override { return wheel_.schedule(when, std::move(callback)); }
  bool cancel(TimerId id) override { return wheel_.cancel(id); }
  const Clock& clock() const override { return clock_; }
  bool in_loop() const override { return true; }
  // One turn.
  void turn() {
    std::deque<Task> now;
    now.swap(tasks_);
    for (Task& task : now) task();
    wheel_.advance(clock_.steady());
  }

 private:
  SystemClock clock_;
  TimerWheel wheel_{clock_.steady()};
  std::deque<Task> tasks_;
};

// Answers each write with the same bytes.
class EchoStream final : public http::Stream {
 public:
  explicit EchoStream(Loop& loop) : loop_(loop) {}
  void read_some(std::span<char> into, OnRead done) override {
    into_ = into;
    on_read_ = std::move(done);
    answer();
  }
  void write_all(std::span<const char>, std::span<const char>, OnWrite done) override {
    ++answers_;
    loop_.post([done = std::move(done)] { done({}); });
    answer();
  }
  std::string peer() const override { return "127.0.0.1"; }

 private:
  void answer() {
    if (answers_ == 0 || !on_read_) return;
    --answers_;
    loop_.post([this] {
      static constexpr char kText[] =
          "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: "
          "keep-alive\r\n\r\n";
      std::memcpy(into_.data(), kText, sizeof kText - 1);
      std::exchange(on_read_, nullptr)({}, sizeof kText - 1);
    });
  }
  Loop& loop_;
  std::span<char> into_;
  OnRead on_read_;
  int answers_ = 0;
};

struct EchoTransport final : http::Transport {
  explicit EchoTransport(Loop& on) : loop(on) {}
  void connect(const http::Destination&, Deadline, OnConnected done) override {
    loop.post([this, done = std::move(done)] {
      done({http::ConnectFault::kNone, {}, std::make_unique<EchoStream>(loop)});
    });
  }
  Loop& loop;
};

struct YesLog final : queue::Log {
  Result<void> own(std::vector<queue::Claim>) override { return {}; }
  void disown(queue::Owner&) override {}
  void append(std::vector<queue::Accepted> events, OnAppended done) override {
    done(queue::Batch(std::make_shared<std::vector<queue::Accepted>>(std::move(events))));
  }
  void append_once(queue::Note, std::vector<queue::Accepted> events, OnOnce done) override {
    done(queue::Once{{}, std::make_shared<std::vector<queue::Accepted>>(std::move(events))});
  }
  Result<queue::Kept> event(const core::EventId&) override { return Error{Fault::kNotFound, "none is kept"}; }
  Result<queue::FoundEvents> search(const queue::EventQuery&, const queue::EventPage&) override {
    return queue::FoundEvents{.events = {}, .behind = {}, .looked_at = {}, .all = true};
  }
  void prune(const queue::Timeline::Older&, std::uint64_t, queue::OnDone done) override { done({}); }
  const queue::Timeline& timeline() const override { return times; }
  SystemClock clock;
  queue::Timeline times{clock};
};

struct EmptyRoom final : queue::WaitingRoom {
  void retry(std::vector<queue::Retry>, queue::OnDone done) override { done({}); }
  void load_ready(core::LaneId, queue::ReadyWish wish, OnReady done) override {
    done(queue::ReadyFound{.deliveries = {}, .upto = wish.after, .all = true});
  }
  void load_ordered(
      core::LaneId, const core::PlacementKey&, std::vector<queue::Device>, std::size_t, OnLoaded done) override {
    done(std::vector<queue::Pending>());
  }
  void ordered_devices(core::LaneId, const core::PlacementKey&, queue::Device, std::size_t, OnDevices done) override {
    done(std::vector<queue::Device>());
  }
  void load_retries(core::LaneId, const core::PlacementKey&, Moment, std::size_t, OnLoaded done) override {
    done(std::vector<queue::Pending>{});
  }
  void release(const core::PlacementKey&, std::size_t, OnReleased done) override { done(queue::Released{}); }
  void find(
      core::LaneId, queue::SearchPlace, std::vector<core::IntegrationNumber>, std::size_t, OnFound done) override {
    done(queue::Found{.deliveries = {}, .upto = {}, .all = true});
  }
  void load_parked(const core::PlacementKey&, core::EventSeq, core::LaneId, std::size_t, OnLoaded done) override {
    done(std::vector<queue::Pending>{});
  }
  std::vector<queue::Waiting> waiting() const override { return {}; }
  queue::Parked parked_of(const core::PlacementKey&) const override { return {}; }
  std::uint64_t waiting_revision() const override { return 0; }
  Result<std::vector<queue::LaneState>> lanes() override { return std::vector<queue::LaneState>{}; }
  Result<queue::LaneState> lane(core::LaneId) override { return queue::LaneState{}; }
  Result<std::vector<queue::WaitingDelivery>> waiting_for(core::EventSeq) override {
    return std::vector<queue::WaitingDelivery>{};
  }
};

struct YesSettler final : delivery::Settler {
  void settle(delivery::Settlement settlement, OnSettled done) override {
    ended += settlement.over.size();
    for (const store::Outcome& one : settlement.history.outcomes) succeeded += one.kind == core::OutcomeKind::kSuccess;
    ++groups;
    done({});
  }
  delivery::Balance balance() const override { return {}; }
  std::size_t ended = 0, succeeded = 0, groups = 0;
};

struct OneCatalog final : store::Catalogs {
  store::CatalogPtr catalog() const override { return snapshot; }
  store::CatalogPtr snapshot = std::make_shared<store::Catalog>();
};

// The integration with its user and product, and a key to sign with.
store::CatalogPtr catalog_with(const core::IntegrationPtr& integration, std::string key) {
  store::CatalogEditor editor{store::Catalog()};
  core::User owner;
  owner.id = integration->user;
  owner.username = "owner@example.com";
  editor.put_user(owner);
  core::Product product;
  product.id = integration->products.front();
  product.slug = "product";
  product.user = owner.id;
  editor.put_product(product);
  auto secret = std::make_shared<store::Secret>();
  secret->name = "KEY";
  secret->value = std::move(key);
  secret->access = std::make_shared<core::LastUse>(std::nullopt);
  editor.put_secrets(store::SecretOwner::of(owner.id), {{"KEY", secret}});
  editor.put_integration(integration);
  return std::make_shared<store::Catalog>(editor.so_far());
}

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t total = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500'000;
  const std::size_t batch = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 64;
  BenchLoop loop;
  EchoTransport transport(loop);
  YesLog log;
  EmptyRoom room;
  OneCatalog store;
  YesSettler settler;
  SystemRandom random;
  metrics::Registry metrics;
  auto integration = std::make_shared<core::Integration>();
  integration->number = core::IntegrationNumber{1};
  integration->id = core::IntegrationId::make(loop.clock().now(), random);
  integration->config.event = "temp";
  integration->config.url = "http://127.0.0.1:8080/hook";
  integration->scope = core::Scope::kProduct;
  integration->user = core::UserId::make(loop.clock().now(), random);
  integration->products = {core::ProductId{10001}};
  const std::string_view scheme = argc > 3 ? argv[3] : "";
  if (!scheme.empty()) integration->config.signing = {"KEY"};
  integration->settle();
  store.snapshot =
      catalog_with(integration, (scheme == "ed25519" ? "whsk_" : "whsec_") + to_base64(std::string(32, 'k')));
  const store::OpenOutages outages;
  delivery::Surroundings outside{
      loop, log, room, store, outages, settler, transport, random, metrics, {}, {}, queue::Shards().set(), {}, {}, {}};
  delivery::Dispatcher dispatcher(std::move(outside));

  std::uint64_t seq = 0;
  double building = 0;
  const auto make_batch = [&] {
    auto events = std::make_shared<std::vector<queue::Accepted>>(batch);
    for (queue::Accepted& one : *events) {
      auto event = std::make_shared<core::Event>();
      event->id = core::EventId::make(loop.clock().now(), random);
      event->product = core::ProductId{10001};
      event->name = "temp";
      event->data = "{\"temperature\":21.5,\"humidity\":40}";
      event->publisher = "e00fce6800000000000000ff";
      event->published_at = loop.clock().now();
      one.event = std::move(event);
      one.seq = core::EventSeq{++seq};
      one.deliveries.push_back({integration, integration->compiled()->constant_lane()});
    }
    return events;
  };
  const double before = cpu_us();
  while (settler.ended < total) {
    if (seq < total && dispatcher.stats().in_memory < 2 * batch) {
      const double start = cpu_us();
      auto events = make_batch();
      building += cpu_us() - start;
      dispatcher.claim().owner->offered(events);
    }
    loop.turn();
  }
  const double all = cpu_us() - before - building;
  // The same builds and serializations alone would be part of any implementation.
  if (settler.succeeded != settler.ended) std::printf("only %zu succeeded; ", settler.succeeded);
  std::printf("%zu deliveries, %.2f us each, %.1f in a group\n", total, all / static_cast<double>(total),
              static_cast<double>(total) / static_cast<double>(settler.groups));
  bool stopped = false;
  dispatcher.stop(Deadline::never(), [&stopped] { stopped = true; });
  while (!stopped) loop.turn();
  return 0;
}
