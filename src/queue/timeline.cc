#include "queue/timeline.h"

#include <algorithm>
#include <utility>

namespace fleethook::queue {
namespace {

// Ids and times of events are made a moment before they are on disk.
constexpr Duration kAround = std::chrono::seconds(5);
// Of old marks one stays for each such part of their age.
constexpr int kPartOfAge = 256;
constexpr std::size_t kUnlikelyMax = 16;
constexpr std::int64_t kSlowestPull = 500;  // a second in so many

}  // namespace

Timeline::Timeline(const Clock& clock,
                   const std::optional<TimeAnchor>& anchor,
                   const Uptime& uptime,
                   std::vector<TimeMark> marks,
                   Instant newest,
                   core::EventSeq last)
    : clock_(clock), steady_(clock.steady()), uptime_(uptime), marks_(std::move(marks)) {
  const Instant wall = clock.now();
  if (!anchor) {
    began_ = Moment(std::max(wall, newest).time_since_epoch());
  } else {
    began_ = anchor->at;
    guessed_ = anchor->guessed;
    if (!uptime.name.empty() && uptime.name == anchor->uptime.name) {
      began_ += std::max(uptime.since - anchor->uptime.since, Duration::zero());
    } else {
      guessed_ += std::clamp<Duration>(wall - anchor->wall, Duration::zero(), kGuessMax);
    }
    if (!marks_.empty()) began_ = std::max(began_, marks_.back().at);
  }
  if (marks_.empty()) marks_.push_back({began_, wall, last, false});
}

TimeAnchor Timeline::anchor() const {
  const Moment at = sure();
  return {at, guessed_, clock_.now(), {uptime_.name, uptime_.since + (at - began_)}};
}

Moment Timeline::accepted(core::EventSeq event, Instant accepted_at) const {
  const std::lock_guard lock(mutex_);
  const auto after = std::ranges::lower_bound(marks_, event, {}, &TimeMark::last);
  if (after == marks_.end()) return sure();
  if (after != marks_.begin()) return after->at;
  return std::min(after->at, after->at + (accepted_at - after->wall));
}

// marks_.end(): none.
std::vector<TimeMark>::const_iterator Timeline::last_before(Moment at) const {
  const auto behind = std::ranges::upper_bound(marks_, at, {}, &TimeMark::at);
  return behind == marks_.begin() ? marks_.end() : std::prev(behind);
}

Timeline::Older Timeline::older_than(Duration age) const {
  const Moment then = sure() - age;
  const std::lock_guard lock(mutex_);
  const auto mark = last_before(then);
  if (mark != marks_.end()) return {mark->last, Instant::max()};
  return {marks_.front().last, marks_.front().wall + (then - marks_.front().at)};
}

Instant Timeline::wall_before(Duration age) const {
  const Moment then = sure() - age;
  const std::lock_guard lock(mutex_);
  const auto mark = last_before(then);
  const TimeMark& from = mark != marks_.end() ? *mark : marks_.front();
  return from.wall + (then - from.at);
}

std::vector<Timeline::Stretch> Timeline::accepted_about(Instant wall) const {
  const std::lock_guard lock(mutex_);
  std::vector<Stretch> found;
  found.push_back({marks_.back().last, {UINT64_MAX}, false});  // it may have been set a moment ago
  std::vector<Stretch> unlikely;                               // but it may have been set twice in one of them
  for (std::size_t i = marks_.size() - 1; i > 0; --i) {
    const TimeMark& from = marks_[i - 1];
    const TimeMark& to = marks_[i];
    if (from.last == to.last) continue;
    const Duration length = to.at - from.at;
    const auto is_within = [&](Instant first, Instant last) {
      return wall >= first - kAround && wall <= last + kAround;
    };
    const bool may_be = to.after_step ? is_within(from.wall, from.wall + length) || is_within(to.wall - length, to.wall)
                                      : is_within(from.wall, to.wall);
    if (may_be) found.push_back({from.last, to.last, !to.after_step});
    if (!may_be && to.after_step && unlikely.size() < kUnlikelyMax) unlikely.push_back({from.last, to.last, false});
  }
  found.push_back({{}, marks_.front().last, true});
  found.insert(found.end(), unlikely.begin(), unlikely.end());
  return found;
}

bool Timeline::was_set_since(const TimeMark& mark, Moment at, Instant wall) const {
  const Duration passed = at - mark.at;
  const Duration off = (wall - mark.wall) - passed;
  return std::chrono::abs(off) > kStepMin + passed / kSlowestPull;
}

std::optional<TimeMark> Timeline::next_mark(core::EventSeq last) const {
  const std::lock_guard lock(mutex_);
  const TimeMark& before = marks_.back();
  TimeMark next{sure(), clock_.now(), last, false};
  next.after_step = was_set_since(before, next.at, next.wall);
  const bool is_time = next.after_step || (last > before.last && next.at - before.at >= kMarkEvery);
  return is_time && next.at > before.at ? std::optional(next) : std::nullopt;
}

void Timeline::add(const TimeMark& mark) {
  const std::lock_guard lock(mutex_);
  if (mark.at <= marks_.back().at) return;
  marks_.push_back(mark);
  thin();
}

void Timeline::thin() {
  const Moment now = marks_.back().at;
  std::vector<TimeMark> kept;
  kept.reserve(marks_.size());
  kept.push_back(marks_.front());
  for (std::size_t i = 1; i < marks_.size(); ++i) {
    const bool is_last = i + 1 == marks_.size();
    const bool is_superfluous = !is_last && !marks_[i].after_step && !marks_[i + 1].after_step &&
                                marks_[i + 1].at - kept.back().at <= (now - marks_[i + 1].at) / kPartOfAge;
    if (!is_superfluous) kept.push_back(marks_[i]);
  }
  if (kept.size() > kMarksMax) kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(kMarksMax));
  marks_ = std::move(kept);
}

std::vector<TimeMark> Timeline::marks() const {
  const std::lock_guard lock(mutex_);
  return marks_;
}

}  // namespace fleethook::queue
