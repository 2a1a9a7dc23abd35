// Attempts that are kept one by one, in full as far as the log's limits go: how they are searched. And what is kept of
// one event: what its deliveries came to, and how. They go when they are old or too many bytes.
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

struct Outcome;   // store/history.h
struct Exchange;  // the same

// What is not set tells nothing apart.
struct AttemptQuery {
  // Whose integrations, deleted ones among them: of one of both. None: whoever's, for the server itself.
  core::OrganizationId organization = {};
  core::UserId user = {};
  std::optional<core::ProductId> product = {};  // of the placement; none: the sandbox
  std::optional<core::IntegrationNumber> integration = {};
  std::string device = {};                                           // a coreid, as it is
  std::string name = {};                                             // what the event's name begins with
  std::optional<std::pair<std::int32_t, std::int32_t>> status = {};  // from, to: both are in it
  std::optional<core::ErrorClass> error = {};
  std::optional<bool> success = {};
  Instant from = Instant::min(), to = Instant::max();  // from <= `at` < to

  // Whether it is asked for, as far as the attempt itself tells: not whose it is.
  bool fits(const Exchange& attempt) const;
};

// A part of what fits, newest first.
struct AttemptPage {
  std::uint64_t behind = 0;  // this id; 0: from the newest on
  std::size_t limit = 25;
  std::size_t look_max = 20'000;  // attempts to look at: a search for rare ones takes several pages
};
struct Attempts {
  std::vector<Exchange> attempts;
  std::uint64_t behind = 0;  // where to go on; 0: there was nothing to look at
  Instant looked_at{};       // `at` of the last one that was looked at, or Instant{}
  bool all = false;          // nothing is left to look at
};

// What is kept of one event, whoever's integrations it fired.
struct EventHistory {
  struct Letter {
    std::uint64_t id = 0;
    core::IntegrationNumber integration;
    std::uint32_t replay = 0;
  };
  std::vector<Outcome> outcomes;   // of its deliveries that are over, by integration, then replay
  std::vector<Exchange> attempts;  // of all of them, newest first
  std::vector<Letter> letters;     // dead letters
};

}  // namespace fleethook::store
