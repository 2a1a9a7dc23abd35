#include "base/timer_wheel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace fleethook {
namespace {

// Time is a number of ticks since the start, read as digits of six bits. A timer lies at the level of the highest digit
// in which its tick differs from the current one, in the slot of that digit: everything at a lower level is due earlier
// than everything at a higher one, and eleven levels hold every 64-bit tick, so there is no overflow list.
constexpr unsigned kBits = 6;
constexpr unsigned kSlots = 1U << kBits;
constexpr unsigned kLevels = (64 + kBits - 1) / kBits;

constexpr std::uint32_t kNone = UINT32_MAX;

// A TimerId is a node's index in the low bits and its generation above. A node whose generations are used up is never
// taken again, so ids are never reused.
constexpr unsigned kIndexBits = 24;
constexpr std::uint64_t kIndexMask = (1ULL << kIndexBits) - 1;
constexpr std::uint64_t kGenerationMax = (1ULL << (64 - kIndexBits)) - 1;

// Lists beside the slots of the wheel.
constexpr std::uint16_t kReady = kLevels * kSlots;  // due already
constexpr std::uint16_t kFiring = kReady + 1;       // taken by the advance() that is running; in no list
constexpr std::uint16_t kFree = kReady + 2;

}  // namespace

struct TimerWheel::Impl {
  struct Node {
    Callback callback;
    Steady when;
    std::uint64_t tick = 0;
    std::uint64_t sequence = 0;  // order of scheduling
    std::uint64_t generation = 1;
    std::uint32_t next = kNone;
    std::uint32_t previous = kNone;
    std::uint16_t place = kFree;  // level * kSlots + slot, or one of the above
  };
  struct Due {
    Steady when;
    std::uint64_t sequence;
    TimerId id;
    bool operator<(const Due& other) const { return std::tie(when, sequence) < std::tie(other.when, other.sequence); }
  };

  Impl(Steady start_at, Duration tick_span) : start(start_at), span(tick_span) {
    FLEETHOOK_ASSERT(tick_span > Duration::zero());
    heads.fill(kNone);
  }

  TimerId id_of(std::uint32_t index) const { return nodes[index].generation << kIndexBits | index; }

  // kNone if the timer has fired or was cancelled.
  std::uint32_t find(TimerId id) const {
    const auto index = static_cast<std::uint32_t>(id & kIndexMask);
    if (index >= nodes.size() || nodes[index].place == kFree) return kNone;
    return nodes[index].generation == id >> kIndexBits ? index : kNone;
  }

  std::uint32_t allocate() {
    ++count;
    if (free_head != kNone) {
      const std::uint32_t index = free_head;
      free_head = nodes[index].next;
      return index;
    }
    FLEETHOOK_ASSERT(nodes.size() < kIndexMask);
    nodes.emplace_back();
    return static_cast<std::uint32_t>(nodes.size() - 1);
  }

  void release(std::uint32_t index) {
    Node& node = nodes[index];
    node.place = kFree;
    --count;
    if (node.generation == kGenerationMax) return;
    ++node.generation;
    node.next = free_head;
    free_head = index;
  }

  void link(std::uint32_t index, std::uint16_t place) {
    Node& node = nodes[index];
    node.place = place;
    node.previous = kNone;
    node.next = heads[place];
    if (node.next != kNone) nodes[node.next].previous = index;
    heads[place] = index;
    if (place != kReady) occupied[place / kSlots] |= 1ULL << (place % kSlots);
  }

  void unlink(std::uint32_t index) {
    const Node& node = nodes[index];
    if (node.place == kFiring) return;
    if (node.next != kNone) nodes[node.next].previous = node.previous;
    if (node.previous != kNone) {
      nodes[node.previous].next = node.next;
      return;
    }
    heads[node.place] = node.next;
    if (node.next == kNone && node.place != kReady) occupied[node.place / kSlots] &= ~(1ULL << (node.place % kSlots));
  }

  void place(std::uint32_t index) {
    const std::uint64_t tick = nodes[index].tick;
    if (tick <= current) return link(index, kReady);
    const unsigned level = static_cast<unsigned>(std::bit_width(tick ^ current) - 1) / kBits;
    const auto slot = static_cast<unsigned>(tick >> (level * kBits)) % kSlots;
    link(index, static_cast<std::uint16_t>(level * kSlots + slot));
  }

  struct Slot {
    std::uint16_t place;
    std::uint64_t tick;  // its first
  };
  // The slot that comes first; nothing outside kReady is due before its first tick.
  std::optional<Slot> first_slot() const {
    for (unsigned level = 0; level < kLevels; ++level) {
      if (occupied[level] == 0) continue;
      const auto slot = static_cast<unsigned>(std::countr_zero(occupied[level]));
      const unsigned shift = level * kBits;
      const unsigned above = shift + kBits;
      const std::uint64_t high = above >= 64 ? 0 : current >> above << above;
      return Slot{static_cast<std::uint16_t>(level * kSlots + slot), high | std::uint64_t{slot} << shift};
    }
    return std::nullopt;
  }

  // Moves the current tick on; all that is due by then ends up in kReady.
  void turn_to(std::uint64_t target) {
    while (const std::optional<Slot> slot = first_slot()) {
      if (slot->tick > target) break;
      current = slot->tick;
      std::uint32_t index = std::exchange(heads[slot->place], kNone);
      occupied[slot->place / kSlots] &= ~(1ULL << (slot->place % kSlots));
      while (index != kNone) {
        const std::uint32_t next = nodes[index].next;
        place(index);
        index = next;
      }
    }
    current = target;
  }

  void take_ready() {
    for (std::uint32_t index = std::exchange(heads[kReady], kNone); index != kNone; index = nodes[index].next) {
      nodes[index].place = kFiring;
      due.push_back({nodes[index].when, nodes[index].sequence, id_of(index)});
    }
    std::sort(due.begin(), due.end());
  }

  std::uint64_t tick_after(Steady when) const {
    if (when <= start) return 0;
    const auto since = static_cast<std::uint64_t>((when - start).count());
    const auto length = static_cast<std::uint64_t>(span.count());
    return since / length + (since % length != 0 ? 1 : 0);
  }

  Steady time_of(std::uint64_t tick) const {
    const auto left = static_cast<std::uint64_t>((Steady::max() - start).count());
    if (tick > left / static_cast<std::uint64_t>(span.count())) return Steady::max();
    return start + span * static_cast<std::int64_t>(tick);
  }

  const Steady start;
  const Duration span;
  std::uint64_t current = 0;
  std::uint64_t sequence = 0;
  std::size_t count = 0;
  std::vector<Node> nodes;
  std::uint32_t free_head = kNone;
  std::array<std::uint32_t, kReady + 1> heads;
  std::array<std::uint64_t, kLevels> occupied{};  // one bit a slot
  std::vector<Due> due;                           // of the advance() that is running
  bool firing = false;
};

TimerWheel::TimerWheel(Steady start, Duration tick) : impl_(std::make_unique<Impl>(start, tick)) {}
TimerWheel::~TimerWheel() = default;

TimerId TimerWheel::schedule(Steady when, Callback callback) {
  Impl& wheel = *impl_;
  const std::uint32_t index = wheel.allocate();
  Impl::Node& node = wheel.nodes[index];
  node.callback = std::move(callback);
  node.when = when;
  node.tick = wheel.tick_after(when);
  node.sequence = wheel.sequence++;
  wheel.place(index);
  return wheel.id_of(index);
}

bool TimerWheel::cancel(TimerId id) {
  Impl& wheel = *impl_;
  const std::uint32_t index = wheel.find(id);
  if (index == kNone) return false;
  wheel.unlink(index);
  // Destroyed last: it may own what calls back into the wheel when it goes.
  const Callback dropped = std::exchange(wheel.nodes[index].callback, nullptr);
  wheel.release(index);
  return true;
}

void TimerWheel::advance(Steady now) {
  Impl& wheel = *impl_;
  FLEETHOOK_ASSERT(!wheel.firing);
  if (now < wheel.time_of(wheel.current)) return;
  wheel.turn_to(static_cast<std::uint64_t>((now - wheel.start) / wheel.span));
  if (wheel.heads[kReady] == kNone) return;

  wheel.firing = true;
  wheel.take_ready();
  for (const Impl::Due& due : wheel.due) {
    const std::uint32_t index = wheel.find(due.id);
    if (index == kNone) continue;  // cancelled by a callback before it
    const Callback callback = std::exchange(wheel.nodes[index].callback, nullptr);
    wheel.release(index);
    if (callback) callback();
  }
  wheel.due.clear();
  wheel.firing = false;
}

std::optional<Steady> TimerWheel::next() const {
  if (impl_->heads[kReady] != kNone) return impl_->time_of(impl_->current);
  const auto slot = impl_->first_slot();
  if (!slot) return std::nullopt;
  return impl_->time_of(slot->tick);
}

std::size_t TimerWheel::size() const {
  return impl_->count;
}

}  // namespace fleethook
