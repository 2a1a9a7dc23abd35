// Accepts an event once: checks it, finds the integrations that want it, commits it with its deliveries, and only then
// says yes. One per loop: what arrives goes to the queue in portions, in which the owners take turns (ingest/line.h).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/loop.h"
#include "base/random.h"
#include "core/event.h"
#include "core/hops.h"
#include "core/last_use.h"
#include "metrics/registry.h"
#include "queue/log.h"
#include "store/catalogs.h"

namespace fleethook::ingest {

// Who publishes, decided by the route from token and path before anything is read.
struct Publisher {
  core::ProductId product;  // none: the publisher's sandbox
  // Whose sandbox: the publishing user's outside products; in one whom as_device_id's device reaches.
  core::UserId owner;
  std::string coreid{core::kApiPublisher};
  core::Origin origin = core::Origin::kApi;
  core::DeviceTraits device;               // of as_device_id's device
  std::uint8_t hops = 0;                   // of its events, as the request said: at most Limits::event_hops_max
  std::shared_ptr<core::LastUse> heard{};  // its: noted when the event is on disk; null = no device publishes
};

// What was sent, still unchecked.
struct Publication {
  std::string name;
  std::optional<std::string> data;
  std::int32_t ttl_s = 60;
  bool is_public = false;
};

// kInvalid with the field: name 1..64 bytes of UTF-8 without hidden characters (base/text.h), data and ttl within
// Limits.
Result<void> check_publication(const Publication& publication, const Limits& limits);

// The integrations that fire for `event`, of its product and of its owner's sandbox. Events of deliveries never match;
// a name that begins with "spark" or "particle" fires only triggers that begin with that word themselves.
std::vector<core::IntegrationPtr> matching(const store::Catalog& catalog, const core::Event& event);

// The code of the error for what came too many hops.
inline constexpr std::string_view kLoopDetected = "loop_detected";

// Lives on its loop.
class Ingest {
 public:
  using OnAccepted = std::function<void(Result<core::EventId>)>;
  struct Item {
    Publisher publisher;
    Publication publication;
  };
  // Makes the note of a request, with its answer, from what is said of each item should it be committed.
  using MakeNote = std::function<queue::Note(const std::vector<Result<core::EventId>>&)>;
  // The note of an earlier request with the same key: nothing was accepted now. nullopt: the items were.
  using OnOnce = std::function<void(Result<std::optional<queue::Note>>)>;
  // Runs on the queue's thread for each committed batch, as the first who hears of it and in the order of commits: for
  // what must know of an event before any delivery of it can be heard of.
  using OnCommitted = std::function<void(const std::vector<queue::Accepted>&)>;
  Ingest(Loop& loop,
         queue::Log& log,
         const store::Catalogs& store,
         Random& random,
         metrics::Registry& metrics,
         const Limits& limits,
         OnCommitted committed = {});
  ~Ingest();
  Ingest(const Ingest&) = delete;

  // `done` runs later on the loop: the event's id once it is on disk, or why not (kInvalid; kUnavailable; kOverloaded
  // when too much waits for the disk).
  void publish(const Publisher& publisher, Publication publication, OnAccepted done);
  // The items of a request that may come again, as one: they are committed together with its note, or not at all.
  // `make_note` runs inside the call; items that check_publication() refuses are refused in it and left out.
  void publish_once(std::vector<Item> items, const MakeNote& make_note, OnOnce done);
  // For a request that publishes what core/hops.h refuses, into a product or the sandbox of `user`: counts it, says so
  // in the log now and then, and gives the error for its answer.
  Error refuse_loop(core::ProductId product, core::UserId user, std::uint8_t hops);
  // Refuses new events and reports when the last batch is answered.
  void stop(std::function<void()> stopped);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fleethook::ingest
