// Of what all clients share, how much each may take: docs/limits.md has the table.
#pragma once
#include <string>

#include "base/limits.h"
#include "base/shares.h"
#include "http/message.h"

namespace fleethook::api {

// One for the process; thread-safe.
struct Budgets {
  explicit Budgets(const Limits& limits)
      : bodies(limits.bodies_bytes_max, limits.bodies_bytes_per_address_max),
        unidentified_bodies(limits.unidentified_bodies_bytes_max, limits.unidentified_bodies_bytes_max),
        answers(limits.answers_bytes_max, limits.answers_bytes_per_address_max),
        streams_by_user(limits.streams_max, limits.streams_per_user_max),
        streams_by_address(limits.streams_max, limits.streams_per_address_max) {}

  Shares bodies;               // bytes of requests being read or answered, by address
  Shares unidentified_bodies;  // those of them that came without a token; nobody has a share
  Shares answers;              // bytes of large answers that were not taken yet, by address
  Shares streams_by_user, streams_by_address;
};

// Whose share a request counts against: its client's, also behind our proxies; "" where a proxy does not tell, since it
// speaks for many.
std::string share_of(const http::Request& request);

}  // namespace fleethook::api
