// How long it takes to find events in a log of many.
//   event_search_bench FILE [events] [devices]
// Fills FILE unless it has so many events, then searches for a device that published once, for one that publishes all
// the time, for what replays brought, and for a text that is nowhere. Prints milliseconds and requests for each.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "queue/sqlite/schema.h"
#include "queue/sqlite/sqlite_queue.h"

namespace {

using namespace fleethook;

std::string device(std::size_t number) {
  char text[25];
  std::snprintf(text, sizeof text, "e00fce68%016zx", number);
  return text;
}

void fill(queue::Queue& queue, std::size_t from, std::size_t events, std::size_t devices) {
  SystemRandom random;
  const Instant start = SystemClock().now() - std::chrono::hours(24);
  for (std::size_t done = from; done < events;) {
    std::vector<queue::Accepted> some;
    for (; done < events && some.size() < 4096; ++done) {
      core::Event event;
      event.published_at = start + Duration(static_cast<std::int64_t>(done) * 100);
      event.id = core::EventId::make(event.published_at, random);
      event.name = "temperature/room";
      event.data = std::string(120, 'x');
      event.publisher = done == events / 3 ? "rare" : device(done * 2654435761u % devices);
      event.product.value = 17 + done % 5;
      some.push_back({std::make_shared<core::Event>(std::move(event)), {}, {}});
    }
    std::promise<void> written;
    queue.append(std::move(some), [&](const Result<queue::Batch>&) { written.set_value(); });
    written.get_future().wait();
  }
}

// To the end, or until there are 25.
void search(queue::Queue& queue, const char* what, const queue::EventQuery& query, std::size_t requests_max) {
  queue::EventPage page;
  std::size_t found = 0, requests = 0;
  double longest = 0;
  const Steady start = SystemClock().steady();
  for (bool all = false; !all && found < 25 && requests < requests_max; ++requests) {
    const Steady begun = SystemClock().steady();
    const queue::FoundEvents some = queue.search(query, page).value();
    longest = std::max(longest, static_cast<double>((SystemClock().steady() - begun).count()) / 1e3);
    found += some.events.size();
    page.behind = some.behind;
    all = some.all;
  }
  std::printf("%-42s %8.1f ms, %zu found, %zu requests, the longest %.1f ms\n", what,
              static_cast<double>((SystemClock().steady() - start).count()) / 1e3, found, requests, longest);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: event_search_bench FILE [events] [devices]\n"), 2;
  const std::size_t events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000'000;
  const std::size_t devices = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 100'000;
  SystemClock clock;
  auto database = sqlite::Database::open(argv[1], sqlite::OpenMode::kReadWriteCreate).value();
  queue::migrate_schema(*database).ok() ? void() : std::abort();
  sqlite::GroupWriter writer(std::move(database));
  auto queue = queue::SqliteQueue::open(writer, argv[1], clock).value();
  SystemRandom random;
  fill(*queue, queue->stats().events, events, devices);
  std::printf("%llu events, %zu devices\n", static_cast<unsigned long long>(queue->stats().events), devices);
  for (int round = 0; round < 2; ++round) {
    search(*queue, "a device that published once", {.device = "rare"}, 1000);
    search(*queue, "a device that publishes all the time", {.device = device(7)}, 1000);
    search(*queue, "a device that never published", {.device = "never"}, 1000);
    search(*queue, "what replays brought of an event", {.replays_of = core::EventId::make(clock.now(), random)}, 1000);
    search(*queue, "a text that is nowhere, ten requests", {.text = "nowhere"}, 10);
  }
}
