// What became of deliveries: outcomes, counters, logged exchanges, dead letters. Append-mostly, pruned by age and size.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/error_class.h"
#include "core/event.h"
#include "core/ids.h"
#include "core/retry_policy.h"
#include "store/attempts.h"
#include "store/dead_letters.h"
#include "store/outages.h"

namespace fleethook::store {

// The final state of one delivery. Recording the same (integration, event, replay) again changes nothing: that is what
// keeps counters exact when a crash lies between recording and acknowledging. The event is named by its id: numbers of
// events are those of one queue.
struct Outcome {
  core::IntegrationNumber integration;
  core::ProductId product;
  core::EventId event;
  std::uint32_t replay = 0;  // Event::replay
  bool test = false;         // of an integration, asked for by a person: it was in no queue
  core::OutcomeKind kind = core::OutcomeKind::kSuccess;
  std::int32_t status = 0;                           // HTTP status of the last attempt; 0 = no answer
  core::ErrorClass error = core::ErrorClass::kNone;  // of the last attempt
  std::uint32_t attempts = 0;
  std::uint32_t version = 1;
  Instant at{};
  Duration took{};            // from published_at to the outcome
  core::DeviceTraits device;  // the event's; counted in traffic, not kept with the outcome
};

// One attempt in full, for the log. Bodies are cut to Limits::logged_body_bytes_max; secrets are masked by the maker.
struct Exchange {
  std::uint64_t id = 0;  // given when it is recorded: the newer the higher
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
  core::ErrorClass error_class = core::ErrorClass::kNone;
  // What else is worth knowing, each a sentence of one line: redirects that were followed, what was odd about the
  // answer.
  std::vector<std::string> notes;
};

// What is kept of attempts in full and of dead letters, in bytes of their texts and some for each row.
struct HistoryBytes {
  std::uint64_t exchanges = 0, dead_letters = 0;
  bool operator==(const HistoryBytes&) const = default;
};

struct HistoryBatch {
  std::vector<Outcome> outcomes;
  std::vector<Exchange> exchanges;
  std::vector<DeadLetter> dead_letters;
  std::vector<Outage> outages = {};  // that began, or ended
  bool empty() const { return outcomes.empty() && exchanges.empty() && dead_letters.empty() && outages.empty(); }
};

struct Counts {
  std::uint64_t success = 0, error = 0, sleep = 0, cancelled = 0;
  bool operator==(const Counts&) const = default;
  Counts& operator+=(const Counts& other) {
    success += other.success, error += other.error, sleep += other.sleep, cancelled += other.cancelled;
    return *this;
  }
  std::uint64_t all() const { return success + error + sleep + cancelled; }
  std::uint64_t& of(core::OutcomeKind kind) {
    switch (kind) {
      case core::OutcomeKind::kSuccess:
        return success;
      case core::OutcomeKind::kError:
        return error;
      case core::OutcomeKind::kSleep:
        return sleep;
      case core::OutcomeKind::kCancelled:
        break;
    }
    return cancelled;
  }
};
// What all deliveries of an installation came to, since it began to count that.
struct Ended {
  Counts counts;
  std::uint64_t tests = 0;  // of them: those that were in no queue
  bool operator==(const Ended&) const = default;
  void add(const Outcome& outcome) {
    ++counts.of(outcome.kind);
    if (outcome.test) ++tests;
  }
};
// When the last outcomes of a placement were; Instant{} = none is known. What slept or was cancelled is neither.
struct LastOutcomes {
  Instant success{}, error{};
  bool operator==(const LastOutcomes&) const = default;
  LastOutcomes& operator+=(const LastOutcomes& other) {
    success = std::max(success, other.success), error = std::max(error, other.error);
    return *this;
  }
  bool known() const { return success != Instant{} || error != Instant{}; }
  bool failing() const { return error != Instant{} && error >= success; }
};
// What lists show of a placement.
struct PlacementNumbers {
  core::IntegrationNumber integration;
  core::ProductId product;
  Counts today;
  LastOutcomes last;
};
// Counters of one placement on one UTC day.
struct DayCounts {
  core::ProductId product;
  std::int32_t day = 0;  // days since 1970-01-01
  Counts counts;
};
// Of one placement in one hour.
struct HourCounts {
  core::ProductId product;
  std::int32_t hour = 0;  // since 1970-01-01 UTC, see hour_of()
  Counts counts;
};
// Of one version of an integration on one product.
struct VersionCounts {
  std::uint32_t version = 0;
  core::ProductId product;
  Counts counts;
};
// Of one product in one minute.
struct MinuteCounts {
  std::int32_t minute = 0;  // since 1970-01-01 UTC, see minute_of()
  Counts counts;
};
inline std::int32_t hour_of(Instant when) {
  return static_cast<std::int32_t>(std::chrono::floor<std::chrono::hours>(when).time_since_epoch().count());
}
inline std::int32_t minute_of(Instant when) {
  return static_cast<std::int32_t>(std::chrono::floor<std::chrono::minutes>(when).time_since_epoch().count());
}
// What devices count as in traffic, in every respect, whose kinds are too many in their minute; and what a trait counts
// as that is too long.
inline constexpr std::string_view kOtherKind = "other";
// Which devices' traffic: what is not set tells nothing apart.
struct TrafficFilter {
  std::optional<std::string> firmware_version = {};
  std::optional<std::string> os_version = {};
  std::optional<std::string> group = {};  // one of the device's groups
};

// Thread-safe.
class History {
 public:
  using OnRecorded = std::function<void(Result<void>)>;
  virtual ~History() = default;
  // `done` runs on a thread of the store's own after the commit: post to a loop at once. On an error nothing of the
  // batch was kept.
  virtual void record(HistoryBatch batch, OnRecorded done) = 0;

  // As committed, through restarts; pruning takes nothing of it. From memory, on any thread.
  virtual Ended ended() const = 0;

  // The rest blocks: API pool only.
  // All placements of an integration, days in [from, to], ascending by day; days without traffic are left out.
  virtual Result<std::vector<DayCounts>> counters(core::IntegrationNumber integration,
                                                  std::int32_t from,
                                                  std::int32_t to) = 0;
  // The same of many integrations, an entry for each, in their order.
  virtual Result<std::vector<std::vector<DayCounts>>> counters_of_many(
      std::span<const core::IntegrationNumber> integrations, std::int32_t from, std::int32_t to) = 0;
  // The same by hour, ascending by hour, then product.
  virtual Result<std::vector<HourCounts>> hour_counters(core::IntegrationNumber integration,
                                                        std::int32_t from,
                                                        std::int32_t to) = 0;
  // Ascending by version, then product: the sums over the days that are kept, so a version without traffic for that
  // long is not there.
  virtual Result<std::vector<VersionCounts>> version_counters(core::IntegrationNumber integration) = 0;
  // All outcomes of a product's placements by minute, ascending, minutes in [from, to]; those without traffic are left
  // out. Only what events of devices that fit `filter` came to. Outcomes without a product are in no traffic.
  virtual Result<std::vector<MinuteCounts>> traffic(core::ProductId product,
                                                    std::int32_t from,
                                                    std::int32_t to,
                                                    const TrafficFilter& filter) = 0;
  // Today's counters of every placement (from memory).
  virtual std::vector<std::pair<core::ProductId, Counts>> counters_of_day(core::IntegrationNumber integration,
                                                                          std::int32_t day) = 0;
  // From memory, on any thread: today's counters and the last outcomes of the placements of these integrations, in the
  // order of `integrations`, then by product; those of which neither is known are left out. `today` is this day or the
  // one before it.
  virtual std::vector<PlacementNumbers> numbers(std::span<const core::IntegrationNumber> integrations,
                                                std::int32_t today) = 0;
  // Rises whenever that changes, through restarts too.
  virtual std::uint64_t numbers_revision() const = 0;
  // Newest first; product none = all products.
  virtual Result<std::vector<Exchange>> exchanges(core::IntegrationNumber integration,
                                                  core::ProductId product,
                                                  bool success,
                                                  std::size_t limit) = 0;
  virtual Result<Attempts> attempts(const AttemptQuery& query, const AttemptPage& page) = 0;
  // nullopt: there is none of this id that fits.
  virtual Result<std::optional<Exchange>> attempt(std::uint64_t id, const AttemptQuery& query) = 0;
  // The newest attempts, at most so many.
  virtual Result<EventHistory> of_event(const core::EventId& event, std::size_t attempts_max) = 0;
  // In the order of ids, newest first unless the page says otherwise.
  virtual Result<DeadLetters> dead_letters(const DeadLetterQuery& query, const DeadLetterPage& page) = 0;
  // nullopt: there is none of this id that fits.
  virtual Result<std::optional<DeadLetter>> dead_letter(std::uint64_t id, const DeadLetterQuery& query) = 0;
  // As committed, through restarts. On any thread; outlives nothing of the store.
  virtual const OpenOutages& open_outages() const = 0;
  virtual Result<std::vector<Outage>> outages(const OutageQuery& query) = 0;
  // Outcomes, exchanges, dead letters, outages and what is known of last outcomes older than `before` go; counters of
  // days before `day`; hours and minutes before `fine`; in small steps.
  virtual Result<void> prune(Instant before, std::int32_t day, Instant fine) = 0;
  // The oldest exchanges and the oldest dead letters go until each are at most so many bytes, in small steps. What is
  // left of each. What was kept before it was counted, by an earlier version, counts as nothing.
  virtual Result<HistoryBytes> prune_to(HistoryBytes most) = 0;
};

}  // namespace fleethook::store
