// What a backlog does where an integration keeps the order of each device. All of it goes by what device_order.h says;
// here it is asked of the queue:
//
//   at start, after a release --> scan: ordered_devices, a page after the other
//   a device has its turn     --> load_in_order: the first of it on disk is its head
//   fresh ones come           --> in their order, also when one has to wait for its version (Line::arriving)
#include <algorithm>
#include <utility>

#include "delivery/backlog.h"

namespace fleethook::delivery {
namespace {

// Of devices in order: how many are looked for at once, and are loaded at once; rows of each: its head, and whether
// there are more.
constexpr std::size_t kDevicesAtOnce = 256;
constexpr std::size_t kHeadsAtOnce = 64;
constexpr std::size_t kRowsOfDevice = 2;
constexpr Duration kLeaveWithin = std::chrono::milliseconds(10);

}  // namespace

void Backlog::came_back(const core::PlacementKey& placement, Moment due) {
  Line& line = lines_.of(placement);
  if (!queue::is_in_order(due)) note_due(line, due);
  order_of(line).begin_scan();
  lines_.list_on_disk(line);
}

DeviceOrder& Backlog::order_of(Line& line) {
  if (!line.order) {
    line.order = std::make_unique<DeviceOrder>(
        DeviceOrder::Room{limits_.devices_in_order_max, context_.in_order, limits_.deliveries_in_memory_max});
  }
  return *line.order;
}

bool Backlog::is_held_up(Line& line) {
  const queue::Parked parked = context_.outside.waiting_room.parked_of(line.placement);
  DeviceOrder& order = order_of(line);
  if (parked.left_at != std::exchange(line.parked_left_at, parked.left_at)) order.begin_scan();
  return parked.deliveries > 0 || order.wants_scan();
}

bool Backlog::may_load_in_order(Line& line) {
  return (line.breaker.is_closed() || line.breaker.try_at() <= context_.steady()) && !is_held_up(line);
}

// For one line after the other. False: nothing is to be loaded, or looked for.
bool Backlog::load_some_in_order() {
  const std::vector<Line*>& lines = lines_.on_disk();
  for (std::size_t i = 1; i <= lines.size(); ++i) {
    const std::size_t at = (last_in_order_ + i) % lines.size();
    Line& line = *lines[at];
    if (!line.order) continue;
    const auto when = line.order->next_time();
    const bool is_due = when && *when <= context_.steady() && lines_.wants_retries(line) && may_load_in_order(line);
    if (!is_due && !line.order->wants_scan()) continue;
    last_in_order_ = at;
    was_in_order_ = true;
    line.order->wants_scan() ? scan(line) : load_in_order(line);
    return true;
  }
  return false;
}

// Which devices have something on disk.
void Backlog::scan(Line& line) {
  auto inside = context_.gate.enter();
  if (!inside) return;
  retry_load_.emplace(*std::move(inside));
  left_during_load_.clear();
  context_.outside.waiting_room.ordered_devices(
      lane_, line.placement, line.order->scan_place().from, kDevicesAtOnce,
      [this, &line, from = line.order->scan_place(),
       loop = &context_.outside.loop](Result<std::vector<queue::Device>> result) {
        loop->post(
            [this, &line, from, result = std::move(result)]() mutable { scanned(line, from, std::move(result)); });
      });
}

void Backlog::scanned(Line& line, const DeviceOrder::ScanPlace& from, Result<std::vector<queue::Device>> result) {
  const std::optional<Gate::Entry> inside(std::move(retry_load_));
  retry_load_.reset();
  left_during_load_.clear();
  if (context_.stopping) return;
  if (!result) return load_failed(result.error());
  load_delay_ = {};
  line.order->scanned(from, *result, result->size() < kDevicesAtOnce, context_.steady());
  lines_.list_on_disk(line);
  owner_.backlog_moved();
}

void Backlog::load_in_order(Line& line) {
  auto inside = context_.gate.enter();
  if (!inside) return;
  retry_load_.emplace(*std::move(inside));
  left_during_load_.clear();
  const std::size_t room = std::min(lines_.retries_room(line), kHeadsAtOnce);
  std::vector<queue::Device> devices = line.order->next(room, context_.steady());
  std::vector<queue::Device> asked = devices;
  context_.outside.waiting_room.load_ordered(
      lane_, line.placement, std::move(asked), kRowsOfDevice,
      [this, &line, devices = std::move(devices),
       loop = &context_.outside.loop](Result<std::vector<queue::Pending>> result) mutable {
        loop->post([this, &line, devices = std::move(devices), result = std::move(result)]() mutable {
          loaded_in_order(line, devices, std::move(result));
        });
      });
}

void Backlog::loaded_in_order(Line& line,
                              const std::vector<queue::Device>& devices,
                              Result<std::vector<queue::Pending>> result) {
  const std::optional<Gate::Entry> inside(std::move(retry_load_));
  retry_load_.reset();
  if (context_.stopping) return;
  if (!result) {
    for (const queue::Device device : devices) line.order->try_again(device, context_.steady());
    lines_.list_on_disk(line);
    return load_failed(result.error());
  }
  load_delay_ = {};
  auto at = result->begin();
  for (const queue::Device device : devices) {
    std::vector<queue::Pending> first;
    while (at != result->end() && at->due == queue::in_order(device)) first.push_back(std::move(*at++));
    head_loaded(line, device, std::move(first));
  }
  left_during_load_.clear();
  lines_.list_on_disk(line);
  owner_.backlog_moved();
}

// The first on disk is the head, unless something that has not come yet stands before it.
void Backlog::head_loaded(Line& line, queue::Device device, std::vector<queue::Pending> first) {
  const Steady now = context_.steady();
  DeviceOrder& order = *line.order;
  if (first.empty()) return order.found_none(device, now);
  queue::Pending& head = first.front();
  const Position at{head.key.event, head.key.integration};
  if (retry_keys_.contains(at)) return order.try_again(device, now + kLeaveWithin);  // its end is being written
  if (left_during_load_.contains(at)) return order.try_again(device, now);           // it may be another by now
  if (!have_fresh_come(line, at)) return order.waits_for_fresh(device, at.event);
  if (!order.loaded(device, at.event, first.size() > 1, now)) return;
  retry_keys_.emplace(at, kStays);
  resolve(line, *context_.outside.store.catalog(), std::move(head), context_.moment());
}

// Whether all never-tried ones up to there are in memory, or were.
bool Backlog::have_fresh_come(const Line& line, Position before) const {
  if (!line.arriving.empty()) return before.event < line.arriving.front()->pending.key.event;
  return !line.cursor.waiting() || before <= line.cursor.cursor();
}

void Backlog::fresh_moved(Line& line) {
  if (!line.order) return;
  std::optional<core::EventSeq> below;
  if (!line.arriving.empty()) {
    below = line.arriving.front()->pending.key.event;
  } else if (line.cursor.waiting()) {
    below = line.cursor.cursor().event;  // it itself may be another integration's
  }
  line.order->fresh_came(below, context_.steady());
  lines_.list_on_disk(line);
}

// What is in order does not pass what came before it and has no version yet.
void Backlog::settle_arrivals(Line& line) {
  bool some_wait = false;
  for (auto at = line.arriving.begin(); at != line.arriving.end();) {
    Line::Arrival& one = **at;
    const bool is_there = one.integration.has_value();
    const bool may_pass =
        is_there && (one.due || !*one.integration || !(**one.integration)->config.delivery.order_per_device);
    if (!is_there || (some_wait && !may_pass)) {
      some_wait |= !one.due;
      ++at;
      continue;
    }
    const std::unique_ptr<Line::Arrival> arrived = std::move(*at);
    at = line.arriving.erase(at);
    lines_.came(line);
    if (*arrived->integration) {
      give(line, arrived->pending, **arrived->integration, arrived->due, arrived->counted);
    } else {
      leaves_line(line, arrived->pending);
      bury(arrived->pending, arrived->integration->error());
    }
  }
  fresh_moved(line);
}

// It was a head that is over before it was given to the lane.
void Backlog::leaves_line(Line& line, const queue::Pending& pending) {
  if (line.order) line.order->leaves(queue::device_of(*pending.event), pending.key.event);
}

}  // namespace fleethook::delivery
