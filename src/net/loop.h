// One thread's event loop over Asio, with a timer wheel. The only implementation of fleethook::Loop that touches
// sockets.
#pragma once
#include <memory>

#include "base/loop.h"

namespace fleethook::net {

// run() is called on the thread that becomes the loop's; everything else of a loop happens there, except post() and
// stop().
class AsioLoop final : public Loop {
 public:
  explicit AsioLoop(const Clock& clock);
  ~AsioLoop() override;

  void run();   // returns after stop()
  void stop();  // from any thread; tasks posted before it still run

  void post(Task task) override;
  TimerId schedule(Steady when, Task callback) override;
  bool cancel(TimerId id) override;
  const Clock& clock() const override;
  bool in_loop() const override;

  struct Impl;  // defined in net/loop_impl.h for the other .cc files of net/
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace fleethook::net
