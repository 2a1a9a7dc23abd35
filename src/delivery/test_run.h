// A test of an integration: one real attempt outside the queue, on a connection of its own. No retries; its outcome is
// counted and its exchange logged as those of any delivery.
#pragma once
#include <functional>

#include "delivery/attempt.h"
#include "delivery/context.h"
#include "delivery/pool.h"
#include "delivery/test_result.h"

namespace fleethook::delivery {

// Lives on its loop, within `context`, from start() until `over` has been called.
class TestRun final : public Attempt::Owner, private Turns::Client {
 public:
  using OnDone = std::function<void(TestResult)>;
  // `over` runs last and once; it may destroy this object. `done` runs before it, on the loop, possibly inside start().
  TestRun(Context& context, OnDone done, std::function<void(TestRun&)> over);
  ~TestRun() { context_.turns.forget(*this); }
  void start(core::IntegrationPtr integration, core::Event event);
  // Breaks it off: `done` is told that we are stopping.
  void cut();

 private:
  void attempt_ended(Attempt& attempt) override;
  bool reads_answer() const override { return true; }
  // Whoever tests one asked for it now.
  bool may_go(const Delivery& /*delivery*/) override { return true; }
  void attempt_called_off(Attempt& attempt) override;
  void turn_came() override { go(); }
  void go();

  Context& context_;
  OnDone done_;
  std::function<void(TestRun&)> over_;
  const Target target_{core::LaneKey{}};  // no lane's: the connection is not kept
  Pool pool_;
  Attempt attempt_;
  Delivery delivery_;  // until it is attempted
};

TestResult stopping_result();

}  // namespace fleethook::delivery
