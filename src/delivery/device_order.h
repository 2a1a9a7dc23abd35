// Which delivery of each device of a line may be attempted, when its events go one after the other. The first that is
// not over is the head of its device. What is behind it waits on disk only (queue::in_order): a device whose head fails
// for days takes an entry here, and nothing of the window of the others.
//
//   comes() --+--> kHere ----+--> leaves() --> kLeaving --> gone() --+--> nothing is behind it: forgotten
//             |      ^       +--> later()  --> kLeaving --> kept() --+
//             |      |                                               v
//             |      +--- loaded() --- kLoading <--- next() <--- kOnDisk, until its time
//             |                           |  |                       ^
//             |                           |  +--> waits_for_fresh() -+ fresh_came()
//             |                           +--> kUnwritten -----------+ kept()
//             +--> behind: written to disk as well; kept()
//
// The next one goes when the end of the one before is on disk: what has come to the receiver after another never comes
// before it again, also not after a crash.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/ids.h"
#include "delivery/tally.h"
#include "queue/ordered.h"

namespace fleethook::delivery {

// Of one line. A value: no I/O, times are handed in.
class DeviceOrder {
 public:
  using Device = queue::Device;

  // How many devices it knows of at most, some 200 bytes each; the others are on disk.
  struct Room {
    std::size_t most = 0;
    Tally& all;                // those that every line of the loop knows of:
    std::size_t most_all = 0;  // when these are so many, a line knows of a few
  };
  explicit DeviceOrder(const Room& room) : room_(room) {}

  // One that was never tried, in the order of events. True: it is the head. False: it goes behind, on disk, and kept()
  // tells when it is there. So does every one that may not lead: something before it may be on disk.
  bool comes(Device device, core::EventSeq at, bool may_lead);
  // The head is over, or is parked: gone() tells when that is on disk.
  void leaves(Device device, core::EventSeq at);
  void gone(core::EventSeq at, Steady now);
  // The head leaves memory until then, and kept() tells when it is on disk.
  void later(Device device, core::EventSeq at, Steady due);
  void kept(Device device, core::EventSeq at, Steady now);
  // An outage is over: heads on disk need not wait for their time.
  void wake(Steady now);

  // What is on disk is unknown, and is to be looked through: until then nobody who may be there becomes head.
  void begin_scan() { scan_again_from(0); }
  bool wants_scan() const { return scan_from_ && has_room(); }
  // Where it goes on. Another one if something may have come to disk since: what was read from there says nothing.
  struct ScanPlace {
    Device from = 0;
    std::uint64_t turn = 0;
    bool operator==(const ScanPlace&) const = default;
  };
  ScanPlace scan_place() const { return {scan_from_.value_or(0), scan_turn_}; }
  // Devices that have something on disk, ascending from `from`; `all`: there are no more.
  void scanned(const ScanPlace& from, const std::vector<Device>& devices, bool all, Steady now);

  // Devices whose first one on disk is to be loaded, at most so many. Each is then told by one of the next four.
  std::vector<Device> next(std::size_t most, Steady now);
  // `more`: something is behind it. False: it is not the head, since something before it has come meanwhile.
  bool loaded(Device device, core::EventSeq head, bool more, Steady now);
  void found_none(Device device, Steady now);
  void try_again(Device device, Steady at);
  // Not all that stands before this one has come yet.
  void waits_for_fresh(Device device, core::EventSeq at);
  // All below have come; nullopt: all that there are.
  void fresh_came(std::optional<core::EventSeq> below, Steady now);
  std::optional<Steady> next_time() const;

  bool is_empty() const { return heads_.empty() && !scan_from_; }
  bool waits_on_disk() const { return !due_.empty() || !behind_fresh_.empty() || scan_from_; }
  std::size_t size() const { return heads_.size(); }

 private:
  enum class State : std::uint8_t { kHere, kLeaving, kOnDisk, kLoading, kUnwritten, kBehindFresh };
  struct Head {
    core::EventSeq at;                        // in states kHere and kLeaving
    std::vector<core::EventSeq> writing;      // behind it, and not on disk yet
    std::optional<core::EventSeq> came_late;  // the lowest that came to disk in state kLoading
    State state = State::kUnwritten;
    bool has_more = false;  // there may be some on disk
    Steady due{};           // for kept(), and in state kOnDisk
    Counted counted;
  };
  static constexpr std::size_t kFew = 16;
  std::size_t most() const { return room_.all.count() < room_.most_all ? room_.most : std::min(room_.most, kFew); }
  bool has_room() const { return heads_.size() < most(); }
  void put_on_disk(Device device, Head& head, Steady due);
  void next_of(std::unordered_map<Device, Head>::iterator device, Steady now);
  std::pair<std::unordered_map<Device, Head>::iterator, bool> know(Device device);
  void scan_again_from(Device device);

  const Room room_;
  std::unordered_map<Device, Head> heads_;
  std::unordered_map<core::EventSeq, Device> leaving_;        // told by gone()
  std::set<std::pair<Steady, Device>> due_;                   // those in state kOnDisk
  std::set<std::pair<core::EventSeq, Device>> behind_fresh_;  // those in state kBehindFresh
  std::uint64_t scan_turn_ = 0;
  std::optional<Device> scan_from_;  // below is nothing on disk that heads_ does not know
};

}  // namespace fleethook::delivery
