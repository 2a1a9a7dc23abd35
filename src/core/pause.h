// Pausing an integration on one of its products, without touching its configuration or version: its events wait, or are
// skipped, until it is resumed.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/event.h"
#include "core/integration.h"

namespace fleethook::core {

enum class Pause : std::uint8_t {
  kRunning,
  kHold,  // events wait until the placement runs again
  kSkip,  // events are counted as skipped and not delivered
};
std::string_view to_text(Pause pause);                    // "running", "hold", "skip"
std::optional<Pause> parse_pause(std::string_view text);  // exact spelling

// One integration on one product; product none: in its owner's sandbox.
struct PlacementKey {
  IntegrationNumber integration;
  ProductId product;
  auto operator<=>(const PlacementKey&) const = default;
};

// What a command finds waiting, and what comes after it, is told apart by the numbers of events, which rise in the
// order of acceptance. Times are for people: the wall clock may be set in between. Only where an earlier version has
// noted no number they decide.

// That a placement does not run: how, and since when by whom.
struct Paused {
  Pause mode = Pause::kHold;  // never kRunning
  Instant since{};
  UserId by;                         // none: the server itself
  std::string by_name;               // as of then: it outlives the user
  std::optional<EventSeq> newest{};  // the newest event that was accepted before
  bool operator==(const Paused&) const = default;
  bool began_after(EventSeq event, Instant published_at) const {
    return newest ? event <= *newest : published_at <= since;
  }
};

// That what was accepted for a placement until then, and waits, is to end.
struct Dropped {
  Instant until{};
  std::optional<EventSeq> newest{};  // the newest event that was accepted before
  bool operator==(const Dropped&) const = default;
  bool reaches(EventSeq event, Instant published_at) const { return newest ? event <= *newest : published_at <= until; }
};

// That what was accepted for a placement until then, and waits, is to go by that version of its integration.
struct Moved {
  std::uint32_t version = 1;
  Instant until{};
  EventSeq newest{};  // the newest event that was accepted before
  bool operator==(const Moved&) const = default;
  bool reaches(EventSeq event, std::uint32_t made_with) const { return event <= newest && made_with != version; }
};

// Whether deliveries of a placement are attempted. What waits meanwhile is kept, unless its integration is gone.
enum class Standing : std::uint8_t {
  kRunning,
  kHeld,      // paused: its events wait
  kSkipped,   // paused: what was accepted before waits, events that come meanwhile are counted as skipped
  kDisabled,  // what was accepted before waits; events that come meanwhile do not fire it
  kGone,      // its integration was deleted: what waits ends as cancelled
};

// Where `event` fires `integration`. A sandbox integration has one placement, whichever product the device is in.
PlacementKey placement_of(const Integration& integration, const Event& event);

}  // namespace fleethook::core
