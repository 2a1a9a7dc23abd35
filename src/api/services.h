// What handlers work with, given by the composition root. No handler owns anything; all of it outlives them.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/loop.h"
#include "base/random.h"
#include "console_files/console_files.h"
#include "delivery/dispatcher.h"
#include "ingest/ingest.h"
#include "metrics/registry.h"
#include "queue/queue.h"
#include "store/store.h"
#include "stream/hub.h"

namespace fleethook::api {

struct Budgets;      // api/budgets.h
class LoginGuard;    // api/login_guard.h
class PasswordLine;  // api/password_line.h

struct Settings {
  std::string base_url;     // "http://127.0.0.1:8080": what hookUrl and integrationUrl begin with
  bool open_signup = true;  // POST /v1/users without a token
  crypto::PasswordCost password_cost = crypto::PasswordCost::kInteractive;
  bool own_tls = false;        // the server itself speaks HTTPS, rather than a proxy before it
  bool metrics_apart = false;  // /metrics has a listener of its own, and is not served here
};

// How the running server does, as its administrator sees it.
struct InstanceView {
  struct File {
    std::string name;
    std::uint64_t bytes = 0;
  };
  Instant started_at{};
  std::size_t connections = 0;
  std::size_t lane_count = 0;
  std::vector<delivery::LaneView> lanes;  // at most Limits::lanes_shown_max, the busiest first
  std::vector<File> files;                // of the data folder
  std::uint64_t free_bytes = 0;           // on its disk
};

// Something that the server cannot do now.
struct Trouble {
  Trouble(std::string sentence, bool stops_it = true)  // NOLINT(google-explicit-constructor)
      : text(std::move(sentence)), stops(stops_it) {}
  Trouble(const char* sentence) : text(sentence) {}  // NOLINT(google-explicit-constructor)
  std::string text;
  bool stops = true;  // it is not ready; false: it does its work all the same
  bool operator==(const Trouble&) const = default;
};

// Shared by all loops and the pool. Every member is thread-safe.
struct Services {
  store::Store& store;
  stream::Hub& hub;
  metrics::Registry& metrics;
  const Clock& clock;
  Random& random;
  LoginGuard& login_guard;
  PasswordLine& password_line;
  Budgets& budgets;
  Limits limits;
  Settings settings;
  // Runs a task on the API pool, where it may block on the store.
  std::function<void(std::function<void()>)> on_pool;
  // What the server cannot do now, a sentence each; ready unless one of them stops it. Never waits.
  std::function<std::vector<Trouble>()> troubles;
  queue::Queue& queue;                     // what waits: from memory
  queue::Notes& notes;                     // of requests that may come again
  std::function<InstanceView()> instance;  // on the pool: asks every loop and waits for it
  console_files::Table console = {};       // empty: a page that only says what runs
  // On the pool: why the egress guard would refuse deliveries to a host; nullopt if not, or if that cannot be told
  // soon.
  std::function<std::optional<std::string>(const std::string& host)> egress_refuses = {};
  // Returns when no loop works by an older catalog any more: what it let begin has begun.
  std::function<void()> take_effect = [] {};
  // On the pool: what all lanes know of single placements; asks every loop and waits for it.
  std::function<std::vector<delivery::LineView>(const delivery::LineQuery&)> lines = [](const delivery::LineQuery&) {
    return std::vector<delivery::LineView>();
  };
  // To the lanes of all loops; returns at once. See delivery::Lane.
  std::function<void(const delivery::Wish&)> try_now = [](const delivery::Wish&) {};
  std::function<void(const delivery::Wish&)> cancel = [](const delivery::Wish&) {};
  // A replay was made, or goes on.
  std::function<void()> wake_replays = [] {};
};

// Of one loop; touched on it only.
struct LoopServices {
  Loop& loop;
  ingest::Ingest& ingest;
  delivery::Dispatcher& dispatcher;
};

}  // namespace fleethook::api
