// What an event costs in the queue: appended with one delivery, then acknowledged, in groups as they form under load.
//   queue_bench FILE [events] [outstanding] [lanes] [data bytes] [backlog deliveries] [of them to one event]
// Prints processor time and wall time of each event; the size of a group is about half of `outstanding`.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include "queue/sqlite/schema.h"
#include "queue/sqlite/sqlite_queue.h"

namespace {

using namespace fleethook;

double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

// Keeps `outstanding` events between publish and acknowledgement; acknowledges 16 at a time, as a loop's turn would.
class Load {
 public:
  Load(queue::Queue& queue, std::size_t events, std::size_t lanes, std::size_t data_bytes)
      : queue_(queue), left_(events), unfinished_(events), lanes_(lanes) {
    auto integration = std::make_shared<core::Integration>();
    integration->number.value = 7;
    integration->scope = core::Scope::kProduct;
    integration_ = integration;
    core::Event event;
    event.name = "temperature/room";
    event.data = std::string(data_bytes, 'x');
    event.publisher = "0123456789abcdef01234567";
    event.product.value = 17;
    event.published_at = SystemClock().now();
    event_ = std::make_shared<core::Event>(event);
  }

  void run(std::size_t outstanding) {
    acks_at_once_ = std::clamp<std::size_t>(outstanding / 2, 1, 16);
    took_.reserve(left_);
    for (std::size_t i = 0; i < outstanding; ++i) publish();
    finished_.get_future().wait();
  }
  // Microseconds from append() to its answer. After run().
  std::uint32_t took(double share) {
    const auto at = took_.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(took_.size() - 1));
    std::nth_element(took_.begin(), at, took_.end());
    return *at;
  }

 private:
  void publish() {
    if (left_ == 0) return;
    --left_;
    std::vector<queue::Accepted> events(1);
    events[0].event = event_;
    const std::size_t lane = left_ * 2654435761u % lanes_;
    events[0].deliveries.push_back(
        {integration_, core::named_lane({"o:0123456789abcdef01234567", true, "host" + std::to_string(lane), 443})});
    const Steady start = clock_.steady();
    queue_.append(std::move(events), [this, start](const Result<queue::Batch>& result) {
      if (!result) std::abort();
      const queue::Accepted& appended = (*result)->front();
      took_.push_back(static_cast<std::uint32_t>((clock_.steady() - start).count()));
      acks_.push_back({appended.deliveries[0].lane->id, appended.seq, core::IntegrationNumber{7}, event_->product});
      if (acks_.size() == acks_at_once_ || left_ == 0) acknowledge();
    });
  }

  void acknowledge() {
    const std::size_t count = acks_.size();
    queue_.ack(std::exchange(acks_, {}), [this, count](Result<void> result) {
      if (!result) std::abort();
      for (std::size_t i = 0; i < count; ++i) publish();
      unfinished_ -= count;
      if (unfinished_ == 0) finished_.set_value();
    });
    acks_.reserve(acks_at_once_);
  }

  queue::Queue& queue_;
  std::size_t left_, unfinished_, lanes_, acks_at_once_ = 16;
  core::IntegrationPtr integration_;
  core::EventPtr event_;
  std::vector<queue::DeliveryKey> acks_;
  SystemClock clock_;
  std::vector<std::uint32_t> took_;
  std::promise<void> finished_;
};

// Deliveries that nobody takes, over 50 lanes, `share` of them to one event.
void fill(queue::Queue& queue, std::size_t deliveries, std::size_t share) {
  constexpr std::size_t kAtOnce = 1000;
  for (std::size_t done = 0; done < deliveries; done += kAtOnce) {
    std::vector<queue::Accepted> events(kAtOnce / share);
    for (queue::Accepted& accepted : events) {
      core::Event event;
      event.name = "backlog";
      event.data = std::string(120, 'x');
      accepted.event = std::make_shared<core::Event>(event);
      for (std::size_t i = 0; i < share; ++i) {
        auto integration = std::make_shared<core::Integration>();
        integration->number.value = i + 1;
        const std::size_t lane = (done / kAtOnce + i) % 50;
        accepted.deliveries.push_back(
            {integration, core::named_lane({"o:backlog", true, "dead" + std::to_string(lane), 443})});
      }
    }
    std::promise<void> promise;
    queue.append(std::move(events), [&](const Result<queue::Batch>&) { promise.set_value(); });
    promise.get_future().wait();
  }
}

// What it takes to find the backlog and to read it in windows of 1024, as lanes do.
void read_back(queue::Queue& queue) {
  const Steady start = SystemClock().steady();
  const std::vector<queue::LaneState> lanes = queue.lanes().value();
  std::printf("%zu lanes listed in %.1f ms\n", lanes.size(),
              static_cast<double>((SystemClock().steady() - start).count()) / 1e3);
  const double cpu = cpu_us();
  std::size_t rows = 0;
  for (const queue::LaneState& lane : lanes) {
    queue::ReadyWish wish;
    wish.others_each = wish.limit = 1024;
    for (bool more = true; more;) {
      std::promise<queue::ReadyFound> promise;
      queue.load_ready(lane.id, wish,
                       [&](Result<queue::ReadyFound> loaded) { promise.set_value(std::move(loaded).value()); });
      const queue::ReadyFound window = promise.get_future().get();
      rows += window.deliveries.size();
      more = !window.all;
      wish.after = window.upto;
    }
  }
  std::printf("%zu deliveries read, %.2f us CPU each\n", rows, (cpu_us() - cpu) / static_cast<double>(rows));
}

std::size_t argument(int argc, char** argv, int index, std::size_t otherwise) {
  return argc > index ? static_cast<std::size_t>(std::strtoull(argv[index], nullptr, 10)) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    return std::fprintf(stderr, "usage: queue_bench FILE [events] [outstanding] [lanes] [data bytes] [backlog]\n"), 2;
  const std::size_t events = argument(argc, argv, 2, 200'000);
  const std::size_t outstanding = argument(argc, argv, 3, 200);
  const std::size_t lanes = argument(argc, argv, 4, 20);
  const std::size_t data_bytes = argument(argc, argv, 5, 120);
  const std::size_t backlog = argument(argc, argv, 6, 0);
  SystemClock clock;

  auto database = sqlite::Database::open(argv[1], sqlite::OpenMode::kReadWriteCreate).value();
  if (const char* pragma = std::getenv("QUEUE_BENCH_PRAGMA")) (void)database->execute(pragma).ok();
  queue::migrate_schema(*database).ok() ? void() : std::abort();
  sqlite::GroupWriter writer(std::move(database));
  const Steady opening = clock.steady();
  auto queue = queue::SqliteQueue::open(writer, argv[1], clock).value();
  std::printf("opened in %.1f ms, %llu ready\n", static_cast<double>((clock.steady() - opening).count()) / 1e3,
              static_cast<unsigned long long>(queue->stats().ready));
  if (backlog > 0) fill(*queue, backlog, argument(argc, argv, 7, 1));
  if (backlog > 0) read_back(*queue);

  const auto before = writer.stats();
  const double cpu = cpu_us();
  const Steady start = clock.steady();
  Load load(*queue, events, lanes, data_bytes);
  load.run(outstanding);
  const double wall = static_cast<double>((clock.steady() - start).count());
  const double used = cpu_us() - cpu;
  const auto commits = writer.stats().commits - before.commits;
  const double n = static_cast<double>(events);
  std::printf("%.2f us CPU, %.2f us wall an event; %.0f events/s, %.1f events a commit, %.0f us a commit\n", used / n,
              wall / n, n / wall * 1e6, n / static_cast<double>(commits), wall / static_cast<double>(commits));
  std::printf("append answered: p50 %u us, p99 %u us, p99.9 %u us, max %u us\n", load.took(0.5), load.took(0.99),
              load.took(0.999), load.took(1.0));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("at most %ld MB resident\n", usage.ru_maxrss / 1024);
}
