// What a dispatcher is given, and all that its parts know of the world outside.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/loop.h"
#include "base/random.h"
#include "base/shares.h"
#include "core/event.h"
#include "core/integration.h"
#include "core/pause.h"
#include "core/retry_policy.h"
#include "delivery/fair_settings.h"
#include "delivery/settler.h"
#include "delivery/token_cache.h"
#include "http/transport.h"
#include "metrics/registry.h"
#include "queue/log.h"
#include "queue/waiting_room.h"
#include "store/catalogs.h"
#include "store/outages.h"

namespace fleethook::delivery {

// All references outlive the dispatcher.
struct Surroundings {
  Loop& loop;
  queue::Log& log;
  queue::WaitingRoom& waiting_room;
  const store::Catalogs& store;
  const store::OpenOutages& outages;
  Settler& settler;
  http::Transport& transport;
  Random& random;  // used on the loop only
  metrics::Registry& metrics;
  Limits limits;
  core::RetrySettings retry;
  queue::Shards shards = queue::Shards().set();  // it owns these

  // Events made by deliveries of `cause`, for streams; `seq` is its number in the queue, 0 when it was never there.
  // `streams_wanted` is asked first, so that nothing is built when nobody listens.
  std::function<bool()> streams_wanted;
  std::function<void(const core::EventPtr& cause, core::EventSeq seq, std::vector<core::Event>)> publish;
  // A version that is no longer the current one, from the store off the loop; `done` is posted to the loop.
  std::function<void(
      core::IntegrationNumber, std::uint32_t version, std::function<void(Result<core::IntegrationPtr>)> done)>
      load_version;
  // Bytes of answers that are kept, beyond AnswerRoom::kFreeBytes each; nullptr: nobody counts.
  Shares* kept_answers = nullptr;
  // Holds the placement, if it runs, until a person resumes it; off the loop. `why` is told to people in place of who
  // did it. Not set: it goes on running.
  std::function<void(const core::IntegrationId&, const core::PlacementKey&, std::string why)> pause{};
  FairSettings fair{};
  // Shared with other dispatchers; nullptr: it has one of its own.
  std::shared_ptr<TokenCache> tokens{};
};

}  // namespace fleethook::delivery
