#include "delivery/device_order.h"

#include <algorithm>

namespace fleethook::delivery {

void DeviceOrder::put_on_disk(Device device, Head& head, Steady due) {
  head.state = State::kOnDisk;
  head.due = due;
  due_.emplace(due, device);
}

std::pair<std::unordered_map<DeviceOrder::Device, DeviceOrder::Head>::iterator, bool> DeviceOrder::know(Device device) {
  const auto known = heads_.try_emplace(device);
  if (known.second) known.first->second.counted = Counted(room_.all);
  return known;
}

bool DeviceOrder::comes(Device device, core::EventSeq at, bool may_lead) {
  const auto [found, is_new] = know(device);
  Head& head = found->second;
  const bool may_be_on_disk = scan_from_ && device >= *scan_from_;
  if (is_new && may_lead && !may_be_on_disk) {
    head.at = at;
    head.state = State::kHere;
    return true;
  }
  head.has_more = true;
  head.writing.push_back(at);
  return false;
}

void DeviceOrder::leaves(Device device, core::EventSeq at) {
  const auto found = heads_.find(device);
  if (found == heads_.end() || found->second.state != State::kHere || found->second.at != at) return;
  found->second.state = State::kLeaving;
  leaving_.emplace(at, device);
}

void DeviceOrder::gone(core::EventSeq at, Steady now) {
  const auto leaving = leaving_.find(at);
  if (leaving == leaving_.end()) return;
  const auto found = heads_.find(leaving->second);
  leaving_.erase(leaving);
  next_of(found, now);
}

// Nothing of the device is in memory now.
void DeviceOrder::next_of(std::unordered_map<Device, Head>::iterator device, Steady now) {
  Head& head = device->second;
  if (head.has_more) {
    put_on_disk(device->first, head, now);
  } else if (!head.writing.empty()) {
    head.state = State::kUnwritten;
  } else {
    heads_.erase(device);
  }
}

void DeviceOrder::later(Device device, core::EventSeq at, Steady due) {
  const auto found = heads_.find(device);
  if (found == heads_.end() || found->second.state != State::kHere || found->second.at != at) return;
  found->second.state = State::kLeaving;
  found->second.has_more = true;  // itself
  found->second.due = due;
}

void DeviceOrder::kept(Device device, core::EventSeq at, Steady now) {
  const auto found = heads_.find(device);
  if (found == heads_.end()) return;
  Head& head = found->second;
  if (head.state == State::kLeaving && head.at == at) return put_on_disk(device, head, head.due);
  std::erase(head.writing, at);
  head.has_more = true;
  if (head.state == State::kLoading) head.came_late = std::min(head.came_late.value_or(at), at);
  if (head.state == State::kUnwritten) put_on_disk(device, head, now);
  // One too many. The scan finds it when there is room.
  if (heads_.size() <= most() || !head.writing.empty() || head.state != State::kOnDisk || head.due > now) return;
  scan_again_from(device);
  due_.erase({head.due, device});
  heads_.erase(found);
}

void DeviceOrder::wake(Steady now) {
  std::set<std::pair<Steady, Device>> due;
  for (const auto& [when, device] : due_) {
    heads_.at(device).due = std::min(when, now);
    due.emplace(std::min(when, now), device);
  }
  due_ = std::move(due);
}

void DeviceOrder::scan_again_from(Device device) {
  scan_from_ = std::min(scan_from_.value_or(device), device);
  ++scan_turn_;
}

void DeviceOrder::scanned(const ScanPlace& from, const std::vector<Device>& devices, bool all, Steady now) {
  if (from != scan_place() || !scan_from_) return;
  for (const Device device : devices) {
    const auto [found, is_new] = know(device);
    found->second.has_more = true;
    if (is_new) put_on_disk(device, found->second, now);
    scan_from_ = device + 1;
  }
  if (all) scan_from_.reset();
}

std::vector<DeviceOrder::Device> DeviceOrder::next(std::size_t most, Steady now) {
  std::vector<Device> devices;
  while (devices.size() < most && !due_.empty() && due_.begin()->first <= now) {
    const Device device = due_.begin()->second;
    due_.erase(due_.begin());
    Head& head = heads_.at(device);
    head.state = State::kLoading;
    head.has_more = false;  // until something comes meanwhile
    head.came_late.reset();
    devices.push_back(device);
  }
  return devices;
}

bool DeviceOrder::loaded(Device device, core::EventSeq head, bool more, Steady now) {
  Head& one = heads_.at(device);
  const bool some_unwritten = std::ranges::any_of(one.writing, [head](core::EventSeq at) { return at < head; });
  if (some_unwritten || (one.came_late && *one.came_late < head)) {
    one.has_more = true;
    some_unwritten ? void(one.state = State::kUnwritten) : put_on_disk(device, one, now);
    return false;
  }
  one.at = head;
  one.state = State::kHere;
  one.has_more |= more;
  return true;
}

void DeviceOrder::found_none(Device device, Steady now) {
  next_of(heads_.find(device), now);
}

void DeviceOrder::try_again(Device device, Steady at) {
  put_on_disk(device, heads_.at(device), at);
}

void DeviceOrder::waits_for_fresh(Device device, core::EventSeq at) {
  heads_.at(device).state = State::kBehindFresh;
  behind_fresh_.emplace(at, device);
}

void DeviceOrder::fresh_came(std::optional<core::EventSeq> below, Steady now) {
  while (!behind_fresh_.empty() && (!below || behind_fresh_.begin()->first < *below)) {
    const Device device = behind_fresh_.begin()->second;
    behind_fresh_.erase(behind_fresh_.begin());
    put_on_disk(device, heads_.at(device), now);
  }
}

std::optional<Steady> DeviceOrder::next_time() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace fleethook::delivery
