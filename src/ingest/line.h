// Whose events go to the disk next. What waits for it stands in a line of its owner, and portions of bounded size are
// taken from the lines in turn: deficit round robin (Shreedhar and Varghese, 1995). So behind a flood of one owner the
// others wait for one portion, not for the flood.
//
//   add(owner, cost) --> line of the owner --+
//   add(owner, cost) --> line of the owner --+--> take(most): some of each, kQuantum a round
//
// Private to ingest/.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/ids.h"

namespace fleethook::ingest {

// An organization, or a user with a sandbox or products of its own.
struct Owner {
  bool is_organization = false;
  core::UserId id;  // the bytes of the organization's, if it is one
  bool operator==(const Owner&) const = default;

  static Owner of(const core::OrganizationId& organization) { return {true, {organization.bytes}}; }
  static Owner of(const core::UserId& user) { return {false, user}; }
};
struct OwnerHash {
  std::size_t operator()(const Owner& owner) const noexcept {
    return std::hash<core::UserId>()(owner.id) ^ (owner.is_organization ? 1 : 0);
  }
};

// Units are moved in and out, in the order of one owner. Not thread-safe.
template <class Unit>
class Line {
 public:
  // `cost` of writing it, in rows.
  void add(const Owner& owner, std::size_t cost, Unit unit) {
    OwnLine& line = lines_[owner];
    if (line.units.empty()) {
      line.owner = owner;
      turns_.push_back(&line);
    }
    line.units.push_back({cost, std::move(unit)});
    line.cost += cost;
  }

  // In turn, until it comes to `most` or the line is empty. A unit larger than `most` comes too, when its turn does.
  std::vector<Unit> take(std::size_t most) {
    std::vector<Unit> taken;
    std::size_t cost = 0;
    while (cost < most && !turns_.empty()) {
      OwnLine& line = *turns_.front();
      turns_.pop_front();
      line.may_take += kQuantum;
      while (!line.units.empty() && cost < most && line.units.front().cost <= line.may_take) {
        Waiting& next = line.units.front();
        cost += next.cost;
        line.may_take -= next.cost;
        line.cost -= next.cost;
        taken.push_back(std::move(next.unit));
        line.units.pop_front();
      }
      if (line.units.empty()) {
        const Owner owner = line.owner;
        lines_.erase(owner);
      } else {
        turns_.push_back(&line);
      }
    }
    return taken;
  }

  bool empty() const { return turns_.empty(); }
  // What waits of one owner.
  std::size_t cost_of(const Owner& owner) const {
    const auto found = lines_.find(owner);
    return found == lines_.end() ? 0 : found->second.cost;
  }

 private:
  // Rows that an owner may take in a round: enough that a busy one comes in few portions, little against a portion.
  static constexpr std::size_t kQuantum = 32;
  struct Waiting {
    std::size_t cost;
    Unit unit;
  };
  struct OwnLine {
    Owner owner;
    std::deque<Waiting> units;
    std::size_t cost = 0, may_take = 0;
  };
  std::unordered_map<Owner, OwnLine, OwnerHash> lines_;  // those in which something waits
  std::deque<OwnLine*> turns_;                           // the same, the next first
};

}  // namespace fleethook::ingest
