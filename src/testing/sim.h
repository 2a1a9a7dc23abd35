// Simulated time: a clock, a queue of what is to happen, and one generator from which all chance comes. The same seed
// gives the same run, event for event. Code under test runs on SimLoops, unchanged.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/loop.h"
#include "base/random.h"

namespace fleethook::testing {

class SimLoop;

// Single-threaded. Starts at 2026-01-01T00:00:00Z.
class Sim final : public Clock {
 public:
  using Task = std::function<void()>;
  explicit Sim(std::uint64_t seed);

  Instant now() const override { return Instant(steady_.time_since_epoch() + wall_offset_); }
  Steady steady() const override { return steady_; }
  // The wall clock only, as after a correction.
  void jump_wall_clock(Duration span) { wall_offset_ += span; }

  SeededRandom& random() { return random_; }
  bool chance(double probability) { return random_.unit() < probability; }
  std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }
  Duration between(Duration min, Duration max);
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

  // Tasks of one time run in the order in which they were given.
  void at(Steady when, Task task);
  void after(Duration span, Task task) { at(steady_ + span, std::move(task)); }
  // The next task; false if there is none, or none until `until`.
  bool step(Steady until = Steady::max());
  // All until `until`, where the clock stands afterwards.
  void run_until(Steady until);
  std::uint64_t steps() const { return steps_; }

  // What happened. Part of the hash; the last ones are kept for the report of a failure.
  void trace(const char* what, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0);
  std::uint64_t trace_hash() const { return hash_; }
  std::string last_events() const;
  // A named situation was reached.
  void probe(std::string_view name) { ++probes_[std::string(name)]; }
  const std::map<std::string, std::uint64_t>& probes() const { return probes_; }

 private:
  friend class SimLoop;
  struct Event {
    Steady when;
    std::uint64_t order;
    mutable Task task;  // moved out of the queue's top
    bool operator<(const Event& other) const { return when != other.when ? when > other.when : order > other.order; }
  };
  struct Traced {
    Instant at;
    const char* what;
    std::uint64_t a, b, c;
  };

  SeededRandom random_;
  Steady steady_;
  Duration wall_offset_{};
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0, steps_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325;
  std::array<Traced, 50> last_{};
  std::uint64_t traced_ = 0;
  std::map<std::string, std::uint64_t> probes_;
  const SimLoop* running_ = nullptr;
};

// The event loop of one simulated thread. Tasks run in the order of their posting, a little later; timers a little
// late. After kill() nothing given to it runs any more: its process has crashed.
class SimLoop final : public Loop {
 public:
  // `lag_max`: how late tasks and timers are at most.
  explicit SimLoop(Sim& sim, Duration lag_max = std::chrono::microseconds(200));
  ~SimLoop() override { kill(); }
  SimLoop(const SimLoop&) = delete;

  void post(Task task) override;
  TimerId schedule(Steady when, Task callback) override;
  bool cancel(TimerId id) override { return state_->timers.erase(id) > 0; }
  const Clock& clock() const override { return sim_; }
  bool in_loop() const override { return sim_.running_ == this; }

  void kill() { state_->alive = false; }
  bool is_alive() const { return state_->alive; }
  // Does what post() does, and nothing once the loop is dead or gone. For what happens outside and comes back to it.
  std::function<void(Task)> poster();

 private:
  struct State {
    bool alive = true;
    std::unordered_set<TimerId> timers;
  };
  void run(const Task& task);

  Sim& sim_;
  const Duration lag_max_;
  const std::shared_ptr<State> state_;  // outlives the loop in the simulation's queue
  Steady last_post_{};
  TimerId last_timer_ = 0;
};

}  // namespace fleethook::testing
