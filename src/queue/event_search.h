// How the events that a log keeps are searched, and what is found.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/event.h"

namespace fleethook::queue {

// An event as it stands in the log. One that a replay brought again stands there once more, under another number.
struct Kept {
  core::EventSeq seq;
  core::EventPtr event;
};

// What is not set tells nothing apart.
struct EventQuery {
  std::vector<core::ProductId> products = {};          // of one of these; ascending
  core::UserId owner = {};                             // of this one's sandbox and claimed devices
  std::string device = {};                             // a coreid, as it is
  std::string name = {};                               // what the name begins with
  std::string text = {};                               // in the name or the data, upper and lower case alike
  Instant from = Instant::min(), to = Instant::max();  // from <= accepted_at() < to
  bool replays = true;                                 // also what replays brought again
  std::optional<core::EventId> replays_of = {};        // only what replays brought again of this event

  bool fits(const core::Event& event) const;
};

// A part of what fits, in the order in which it was accepted.
struct EventPage {
  bool oldest_first = false;
  core::EventSeq behind = {};     // in that order; none: from the beginning
  std::size_t limit = 25;         // events
  std::size_t look_max = 20'000;  // events to look at, nearly: a search for rare ones takes several pages
};
struct FoundEvents {
  std::vector<Kept> events = {};
  core::EventSeq behind = {};  // where to go on
  Instant looked_at{};         // accepted_at() of about the last one that was looked at; Instant{}: of none
  bool all = false;            // nothing is left to look at
};

}  // namespace fleethook::queue
