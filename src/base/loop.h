// One thread's event loop as seen by code that must not know sockets: run something later, here. net/ implements it
// over Asio, testing/ over simulated time. Everything that belongs to a loop is only touched on its thread.
#pragma once
#include <functional>
#include <utility>

#include "base/clock.h"
#include "base/timer_wheel.h"

namespace fleethook {

class Loop {
 public:
  using Task = std::function<void()>;
  virtual ~Loop() = default;
  // From any thread. Tasks posted by one thread run in order. Never runs inside the call.
  virtual void post(Task task) = 0;
  // On the loop's thread only. `callback` runs at or after `when`, never inside the call.
  virtual TimerId schedule(Steady when, Task callback) = 0;
  virtual bool cancel(TimerId id) = 0;
  virtual const Clock& clock() const = 0;
  // True on the loop's own thread.
  virtual bool in_loop() const = 0;

  TimerId schedule_after(Duration span, Task callback) {
    return schedule(clock().steady() + span, std::move(callback));
  }
};

}  // namespace fleethook
