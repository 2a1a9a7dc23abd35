// Deliveries of one device of a placement that go one after the other, in the order of their events. What of them waits
// stands among the retries with a time that never comes, and that names the device:
//
//   due  0 .......................... 2^62 ............. 2^62 + 2^61
//        retries, by their time       in order: 2^62 + device, then by event
//
// So those of one device stand together, and the next one is found by one seek. No load by time brings them.
#pragma once
#include <cstdint>

#include "base/clock.h"
#include "base/moment.h"
#include "core/event.h"

namespace fleethook::queue {

// A hash of who has published, below 2^61: two that share one are ordered together.
using Device = std::uint64_t;
Device device_of(const core::Event& event);

constexpr Moment kOrderedFrom{Duration(std::int64_t{1} << 62)};
constexpr Moment in_order(Device device) {
  return kOrderedFrom + Duration(static_cast<std::int64_t>(device));
}
constexpr bool is_in_order(Moment due) {
  return due >= kOrderedFrom;
}
constexpr Device device_in(Moment due) {
  return static_cast<Device>((due - kOrderedFrom).count());
}

}  // namespace fleethook::queue
