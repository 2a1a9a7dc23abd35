// Deliveries that were given up or cancelled, with their events: what is kept of each, and how they are searched. They
// outlive the queue's events and the configuration of their integration, and go when they are old or too many bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/error_class.h"
#include "core/event.h"
#include "core/ids.h"

namespace fleethook::store {

// Named as its outcome is. One that was recorded as a success before is not kept.
struct DeadLetter {
  std::uint64_t id = 0;  // given when it is recorded: the newer the higher, and never given again
  core::IntegrationNumber integration;
  core::ProductId product;  // none: the sandbox
  core::EventPtr event;
  std::uint32_t replay = 0;
  std::uint32_t version = 1;
  std::uint32_t attempts = 0;
  std::int32_t status = 0;  // HTTP; 0: no answer
  core::ErrorClass error = core::ErrorClass::kNone;
  Instant at{};
  std::string reason;
  std::uint32_t replayed = 0;  // the newest replay that took it; 0: none
};

// What is not set tells nothing apart.
struct DeadLetterQuery {
  // Whose integrations, deleted ones among them: of one of both. None: whoever's, for the server itself.
  core::OrganizationId organization;
  core::UserId user;
  std::optional<core::ProductId> product;  // of the placement; none: the sandbox
  std::optional<core::IntegrationNumber> integration;
  std::string device;                                           // a coreid, as it is
  std::string name;                                             // what the event's name begins with
  std::optional<std::pair<std::int32_t, std::int32_t>> status;  // from, to: both are in it
  std::optional<core::ErrorClass> error;
  Instant from = Instant::min(), to = Instant::max();  // from <= `at` < to
  std::string text;                                    // in the event's data or the reason, upper and lower case alike
  std::optional<bool> replayed;

  // Whether it is asked for, as far as the letter itself tells: not whose it is.
  bool fits(const DeadLetter& letter) const;
};

// A part of what fits, in the order of ids.
struct DeadLetterPage {
  bool oldest_first = false;
  std::uint64_t behind = 0;        // this id, in that order; 0: from the beginning
  std::uint64_t upto = INT64_MAX;  // none of higher ids
  std::size_t limit = 25;          // letters
  std::size_t look_max = 20'000;   // letters to look at: a search for rare ones takes several pages
  bool count_only = false;         // no letters, and no limit of them
};
struct DeadLetters {
  std::vector<DeadLetter> letters;
  std::uint64_t found = 0;   // how many
  std::uint64_t behind = 0;  // where to go on; 0: there was nothing to look at
  Instant looked_at{};       // `at` of the last one that was looked at, or Instant{}
  bool all = false;          // nothing is left to look at
};

}  // namespace fleethook::store
