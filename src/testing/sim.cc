#include "testing/sim.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/text.h"

namespace fleethook::testing {

Sim::Sim(std::uint64_t seed)
    : random_(seed),
      steady_(std::chrono::hours(1)),
      wall_offset_(Duration(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1).time_since_epoch()) -
                   steady_.time_since_epoch()) {}

Duration Sim::between(Duration min, Duration max) {
  if (max <= min) return min;
  return min + Duration(static_cast<Duration::rep>(below(static_cast<std::uint64_t>((max - min).count()) + 1)));
}

void Sim::at(Steady when, Task task) {
  events_.push({std::max(when, steady_), ++order_, std::move(task)});
}

bool Sim::step(Steady until) {
  if (events_.empty() || events_.top().when > until) return false;
  steady_ = events_.top().when;
  const Task task = std::move(events_.top().task);
  events_.pop();
  ++steps_;
  task();
  return true;
}

void Sim::run_until(Steady until) {
  while (step(until)) {
  }
  steady_ = std::max(steady_, until);
}

void Sim::trace(const char* what, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  const auto mix = [this](std::uint64_t value) {
    hash_ = (hash_ ^ value) * 0x100000001b3;
  };  // FNV-1a, eight bytes at a time
  for (const char* at = what; *at != '\0'; ++at) mix(static_cast<unsigned char>(*at));
  for (const std::uint64_t value : {static_cast<std::uint64_t>(steady_.time_since_epoch().count()), a, b, c})
    mix(value);
  last_[traced_++ % last_.size()] = {now(), what, a, b, c};
}

std::string Sim::last_events() const {
  std::string text;
  for (std::uint64_t i = traced_ - std::min<std::uint64_t>(traced_, last_.size()); i < traced_; ++i) {
    const Traced& one = last_[i % last_.size()];
    append_iso8601(one.at, text);
    text += std::string(" ") + one.what;
    for (const std::uint64_t value : {one.a, one.b, one.c}) text += " " + std::to_string(value);
    text += '\n';
  }
  return text;
}

SimLoop::SimLoop(Sim& sim, Duration lag_max) : sim_(sim), lag_max_(lag_max), state_(std::make_shared<State>()) {}

void SimLoop::run(const Task& task) {
  const SimLoop* outer = std::exchange(sim_.running_, this);
  task();
  sim_.running_ = outer;
}

void SimLoop::post(Task task) {
  last_post_ = std::max(last_post_, sim_.steady() + sim_.between(Duration::zero(), lag_max_));
  sim_.at(last_post_, [this, state = state_, task = std::move(task)] {
    if (state->alive) run(task);
  });
}

std::function<void(Loop::Task)> SimLoop::poster() {
  return [this, state = state_](Task task) {
    if (state->alive) post(std::move(task));
  };
}

TimerId SimLoop::schedule(Steady when, Task callback) {
  const TimerId id = ++last_timer_;
  state_->timers.insert(id);
  sim_.at(when + sim_.between(Duration::zero(), lag_max_), [this, state = state_, id, callback = std::move(callback)] {
    if (state->alive && state->timers.erase(id) > 0) run(callback);
  });
  return id;
}

}  // namespace fleethook::testing
