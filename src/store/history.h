// What became of deliveries: outcomes, counters, logged exchanges, dead letters. Append-mostly, pruned by age and size.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/event.h"
#include "core/ids.h"
#include "core/retry_policy.h"

namespace fleethook::store {

// The final state of one delivery. Recording the same (integration, event) again changes nothing: that is what keeps
// counters exact when a crash lies between recording and acknowledging.
struct Outcome {
  core::IntegrationNumber integration;
  core::ProductId product;
  core::EventSeq event;
  core::OutcomeKind kind = core::OutcomeKind::kSuccess;
  std::int32_t status = 0;  // HTTP status of the last attempt; 0 = no answer
  std::uint32_t attempts = 0;
  std::uint32_t version = 1;
  Instant at{};
  Duration took{};  // from published_at to the outcome
};

// One attempt in full, for the log. Bodies are cut to Limits::logged_body_bytes_max; secrets are masked by the maker.
struct Exchange {
  core::IntegrationNumber integration;
  core::ProductId product;
  std::uint32_t version = 1;
  core::EventPtr event;
  bool success = false;
  std::uint32_t attempt = 1;
  Instant at{};
  Duration took{};
  std::string method, url;
  std::vector<std::pair<std::string, std::string>> request_headers;
  std::string request_body;
  std::int32_t status = 0;  // 0 = no response
  std::vector<std::pair<std::string, std::string>> response_headers;
  std::string response_body;
  std::string error;  // "" on success
};

// A delivery that was given up. Carries its event, so it outlives the queue's retention.
struct DeadLetter {
  core::IntegrationNumber integration;
  core::ProductId product;
  core::EventSeq event_seq;
  core::EventPtr event;
  std::uint32_t version = 1;
  std::uint32_t attempts = 0;
  std::int32_t status = 0;
  Instant at{};
  std::string reason;
};

struct HistoryBatch {
  std::vector<Outcome> outcomes;
  std::vector<Exchange> exchanges;
  std::vector<DeadLetter> dead_letters;
  bool empty() const { return outcomes.empty() && exchanges.empty() && dead_letters.empty(); }
};

struct Counts {
  std::uint64_t success = 0, error = 0, sleep = 0;
  bool operator==(const Counts&) const = default;
  Counts& operator+=(const Counts& other) {
    success += other.success, error += other.error, sleep += other.sleep;
    return *this;
  }
};
// Counters of one placement on one UTC day.
struct DayCounts {
  core::ProductId product;
  std::int32_t day = 0;  // days since 1970-01-01
  Counts counts;
};

// Thread-safe.
class History {
 public:
  using OnRecorded = std::function<void(Result<void>)>;
  virtual ~History() = default;
  // `done` runs on a thread of the store's own after the commit: post to a loop at once. On an error nothing of the
  // batch was kept.
  virtual void record(HistoryBatch batch, OnRecorded done) = 0;

  // The rest blocks: API pool only.
  // All placements of an integration, days in [from, to], ascending by day; days without traffic are left out.
  virtual Result<std::vector<DayCounts>> counters(core::IntegrationNumber integration,
                                                  std::int32_t from,
                                                  std::int32_t to) = 0;
  // Today's counters of every placement (from memory).
  virtual std::vector<std::pair<core::ProductId, Counts>> counters_of_day(core::IntegrationNumber integration,
                                                                          std::int32_t day) = 0;
  // Newest first; product none = all products.
  virtual Result<std::vector<Exchange>> exchanges(core::IntegrationNumber integration,
                                                  core::ProductId product,
                                                  bool success,
                                                  std::size_t limit) = 0;
  virtual Result<std::vector<DeadLetter>> dead_letters(core::IntegrationNumber integration, std::size_t limit) = 0;
  // Outcomes and exchanges older than `before` go; counters of days before `day`; in small steps.
  virtual Result<void> prune(Instant before, std::int32_t day) = 0;
};

}  // namespace fleethook::store
