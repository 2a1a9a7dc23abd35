#include "delivery/lines.h"

#include <algorithm>

#include "base/assert.h"

namespace fleethook::delivery {
namespace {

// Heap order: the earliest on top.
constexpr auto kLater = [](const Line::Retrying& a, const Line::Retrying& b) {
  return a.due != b.due ? a.due > b.due : a.delivery.seq > b.delivery.seq;
};
// What a line gets in each turn, in bytes; what a request takes beside its event's data.
constexpr std::int64_t kQuantum = 1024;
constexpr std::int64_t kRequestBytes = 512;

std::int64_t cost_of(const Delivery& delivery) {
  const auto& data = delivery.event->data;
  return kRequestBytes + static_cast<std::int64_t>(data ? data->size() : 0);
}

}  // namespace

Line* Lines::find(const core::PlacementKey& placement) {
  if (last_ != nullptr && last_->placement == placement) return last_;
  const auto found = lines_.find(placement);
  return found == lines_.end() ? nullptr : last_ = found->second.get();
}

Line& Lines::of(const core::PlacementKey& placement) {
  if (Line* known = find(placement)) return *known;
  auto made = std::make_unique<Line>(placement, limits_, fair_, others_);
  last_ = made.get();
  lines_.emplace(placement, std::move(made));
  if (last_->cursor.waiting()) list_on_disk(*last_);
  newcomers_.push_back(last_);
  return *last_;
}

void Lines::add_fresh(Line& line, Delivery delivery, Steady now, bool to_the_front) {
  to_the_front ? line.fresh.push_front(std::move(delivery)) : line.fresh.push_back(std::move(delivery));
  ++fresh_;
  line.busy_at = now;
  if (line.before_ == nullptr) settle(line, now);
}

void Lines::add_retry(Line& line, Delivery delivery, Steady due, Steady now) {
  line.retries.push_back({std::move(delivery), due});
  std::push_heap(line.retries.begin(), line.retries.end(), kLater);
  ++retries_;
  line.busy_at = now;
  if (line.before_ == nullptr) settle(line, now);
}

// Neither a backlog of fresh deliveries nor one of retries keeps the other waiting.
bool Lines::sends_retry(const Line& line, Steady now) const {
  const bool is_due = !line.retries.empty() && line.retries.front().due <= now;
  return is_due && (line.retry_first_ || line.fresh.empty());
}

const Delivery& Lines::head(const Line& line, Steady now) const {
  return sends_retry(line, now) ? line.retries.front().delivery : line.fresh.front();
}

Delivery Lines::take(Line& line, Steady now) {
  Delivery taken;
  if (sends_retry(line, now)) {
    std::pop_heap(line.retries.begin(), line.retries.end(), kLater);
    taken = std::move(line.retries.back().delivery);
    line.retries.pop_back();
    --retries_;
    line.retry_first_ = false;
  } else {
    taken = std::move(line.fresh.front());
    line.fresh.pop_front();
    --fresh_;
    line.retry_first_ = true;
  }
  line.deficit_ -= cost_of(taken);
  settle(line, now);
  return taken;
}

Line* Lines::next(Steady now) {
  while (!clock_.empty() && clock_.begin()->first.first <= now) settle(*clock_.begin()->second, now);
  std::size_t passed = 0;  // in a row
  while (first_ != nullptr && passed < in_round_) {
    Line& line = *first_;
    settle(line, now);
    if (first_ != &line) continue;  // it has left the round
    if (has_its_share_of_attempts(line)) {
      ++passed;
      first_ = line.next_;
      continue;
    }
    passed = 0;
    if (!line.had_its_share_) {
      line.deficit_ += kQuantum;
      line.had_its_share_ = true;
    }
    if (line.deficit_ >= cost_of(head(line, now))) return &line;
    line.had_its_share_ = false;
    first_ = line.next_;
  }
  return nullptr;
}

bool Lines::has_its_share_of_attempts(const Line& line) const {
  const std::size_t most = limits_.connections_per_lane_max;
  const std::size_t left = most - std::min(most, under_way_);
  return line.under_way > 0 && line.under_way >= fair_.share * left;
}

void Lines::wait(Line& line, Steady until, Steady now) {
  line.not_before_ = until;
  settle(line, now);
}

void Lines::wait_for_end(Line& line) {
  line.is_blocked_ = true;
  leave_round(line);
  leave_clock(line);
}

void Lines::go_on(Line& line, Steady now) {
  line.is_blocked_ = false;
  settle(line, now);
}

void Lines::started(Line& line, Steady now) {
  ++line.under_way;
  ++under_way_;
  settle(line, now);
}

void Lines::ended(Line& line, Steady now) {
  FLEETHOOK_ASSERT(line.under_way > 0);
  --line.under_way;
  --under_way_;
  line.busy_at = now;
  go_on(line, now);
}

void Lines::none_is_under_way() {
  for (auto& [placement, line] : lines_) line->under_way = 0;
  under_way_ = 0;
}

void Lines::bring_forward(Line& line, Steady now) {
  for (Line::Retrying& one : line.retries) one.due = now;
  std::make_heap(line.retries.begin(), line.retries.end(), kLater);
  settle(line, now);
}

void Lines::try_all(Steady now) {
  for (auto& [placement, line] : lines_) {
    if (line->breaker.is_closed()) continue;
    line->breaker.try_now(now);
    settle(*line, now);
  }
}

void Lines::try_now(Line& line, Steady now) {
  line.breaker.try_whatever_was_told(now);
  bring_forward(line, now);
}

bool Lines::put_first(Line& line, core::EventSeq event, Steady now) {
  const auto retry = std::ranges::find(line.retries, event, [](const Line::Retrying& one) { return one.delivery.seq; });
  const auto fresh = std::ranges::find(line.fresh, event, &Delivery::seq);
  line.retry_first_ = retry != line.retries.end();
  if (line.retry_first_) {
    retry->due = {};
    std::make_heap(line.retries.begin(), line.retries.end(), kLater);
  } else if (fresh != line.fresh.end()) {
    std::rotate(line.fresh.begin(), fresh, fresh + 1);
  } else {
    return false;
  }
  settle(line, now);
  return true;
}

// Where it stands: in the round, on the clock, or nowhere.
void Lines::settle(Line& line, Steady now) {
  const bool may =
      !line.is_blocked_ && line.has_some() && line.under_way < line.pace.allowed() && !line.breaker.is_trying();
  if (!may) {
    leave_round(line);
    return leave_clock(line);
  }
  Steady when = line.fresh.empty() ? line.retries.front().due : now;
  when = std::max({when, line.not_before_, line.breaker.try_at()});
  if (when <= now) {
    leave_clock(line);
    return enter_round(line);
  }
  leave_round(line);
  if (line.on_clock_ && line.on_clock_->first == when) return;
  leave_clock(line);
  line.on_clock_ = {when, ++clock_order_};
  clock_.emplace(*line.on_clock_, &line);
}

// Behind all others.
void Lines::enter_round(Line& line) {
  if (line.next_ != nullptr) return;
  if (first_ == nullptr) {
    first_ = line.next_ = line.before_ = &line;
  } else {
    line.next_ = first_;
    line.before_ = first_->before_;
    line.before_->next_ = line.next_->before_ = &line;
  }
  ++in_round_;
}

// It does not save up its turns.
void Lines::leave_round(Line& line) {
  if (line.next_ == nullptr) return;
  if (line.next_ == &line) {
    first_ = nullptr;
  } else {
    line.next_->before_ = line.before_;
    line.before_->next_ = line.next_;
    if (first_ == &line) first_ = line.next_;
  }
  line.next_ = line.before_ = nullptr;
  line.deficit_ = 0;
  line.had_its_share_ = false;
  --in_round_;
}

void Lines::leave_clock(Line& line) {
  if (!line.on_clock_) return;
  clock_.erase({*line.on_clock_, &line});
  line.on_clock_.reset();
}

std::optional<Steady> Lines::next_time() const {
  if (clock_.empty()) return std::nullopt;
  return clock_.begin()->first.first;
}

std::optional<Steady> Lines::first_due() const {
  std::optional<Steady> first;
  if (retries_ == 0) return first;
  for (const auto& [placement, line] : lines_) {
    if (!line->retries.empty()) first = std::min(first.value_or(line->retries.front().due), line->retries.front().due);
  }
  return first;
}

// So many more that it then has placement_share times what is left.
std::size_t Lines::room(std::size_t held, std::size_t held_by_all, std::size_t most) const {
  if (held == 0)
    return std::max<std::size_t>(1, (most - std::min(most, held_by_all)) * fair_.share / (fair_.share + 1));
  const std::size_t left = (most - std::min(most, held_by_all)) * fair_.share;
  if (held >= left) return 0;
  return (left - held + fair_.share) / (fair_.share + 1);
}

std::size_t Lines::fresh_room(const Line& line) const {
  return room(held(line), fresh_held(), fresh_max());
}

std::size_t Lines::retries_room(const Line& line) const {
  return room(line.retries.size() + line.coming, retries_held(), retries_max());
}

void Lines::list_on_disk(Line& line) {
  if (std::exchange(line.is_listed, true)) return;
  on_disk_.push_back(&line);
}

void Lines::tidy(Steady now) {
  for (auto at = lines_.begin(); at != lines_.end();) {
    Line& line = *at->second;
    if (line.order && line.order->is_empty()) line.order.reset();
    if (!line.is_idle(now)) line.busy_at = now;
    if (line.busy_at == Steady{}) line.busy_at = now;  // it is new
    if (now - line.busy_at < limits_.lane_idle_max) {
      ++at;
      continue;
    }
    forget(line);
    at = lines_.erase(at);
  }
}

bool Lines::are_idle(Steady now) const {
  return std::ranges::all_of(lines_, [now](const auto& one) { return one.second->is_idle(now); });
}

std::size_t Lines::breakers_open() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(lines_, [](const auto& one) { return !one.second->breaker.is_closed(); }));
}

std::size_t Lines::devices_in_order() const {
  std::size_t devices = 0;
  for (const auto& [placement, line] : lines_) devices += line->order ? line->order->size() : 0;
  return devices;
}

void Lines::forget(Line& line) {
  leave_round(line);
  leave_clock(line);
  std::erase(on_disk_, &line);
  std::erase(newcomers_, &line);
  if (last_ == &line) last_ = nullptr;
}

}  // namespace fleethook::delivery
