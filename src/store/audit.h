// Who changed what, and when. An entry is written in the transaction of the change itself: no change without its entry,
// no entry without its change.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ids.h"
#include "json/value.h"

namespace fleethook::store {

// Who does it. A value.
struct Actor {
  core::UserId user;               // none: the server itself (an automatic discard, say)
  std::string name = "fleethook";  // as of the change: it outlives the user
};

struct AuditEntry {
  std::uint64_t number = 0;  // rises with time; given by the store
  Instant at{};              // given by the store
  Actor by;
  core::OrganizationId organization;      // whose it is; none = of a user
  core::UserId owner;                     // whose it is when there is no organization: account, sandbox, product
  std::vector<core::ProductId> products;  // those it concerns; empty = the organization or the user as a whole
  std::string action;                     // "integration.created": kind of thing, what was done to it
  std::string target;                     // its id (or name, where it has no id)
  std::string target_name;                // for people
  json::Object diff;                      // field -> {"from": old, "to": new}; never a secret, a password or a token
};

// What to read; what is none or empty does not narrow, so a default one reads everything of the installation.
struct AuditQuery {
  core::OrganizationId organization;
  core::UserId owner;  // account, sandbox and own products of this user
  core::ProductId product;
  std::string target;
  std::uint64_t before = 0;  // only entries with a lower number; 0 = from the newest on
  std::size_t limit = 50;
};

// One entry of a diff.
inline void put_change(json::Object& diff, std::string_view field, json::Value from, json::Value to) {
  diff.set(field, json::Object{{"from", std::move(from)}, {"to", std::move(to)}});
}

}  // namespace fleethook::store
