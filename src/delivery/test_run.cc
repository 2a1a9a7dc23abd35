#include "delivery/test_run.h"

#include <utility>

#include "core/mask.h"
#include "delivery/outcomes.h"

namespace fleethook::delivery {

TestResult stopping_result() {
  return {.pass = false, .data = {}, .error = "the server is stopping"};
}

TestRun::TestRun(Context& context, OnDone done, std::function<void(TestRun&)> over)
    : context_(context),
      done_(std::move(done)),
      over_(std::move(over)),
      pool_(context.outside.loop, context.outside.transport, context.outside.limits),
      attempt_(context, pool_, target_, *this) {}

void TestRun::start(core::IntegrationPtr integration, core::Event event) {
  delivery_.event = std::make_shared<const core::Event>(std::move(event));
  delivery_.integration = std::move(integration);
  go();
}

void TestRun::go() {
  const std::string owner = core::lane_owner(*delivery_.integration);
  if (!context_.turns.may_build(owner)) return context_.turns.wait(owner, *this);
  if (!attempt_.start(std::move(delivery_))) attempt_ended(attempt_);
}

void TestRun::cut() {
  attempt_.cut();
  done_(stopping_result());
  const auto over = std::move(over_);  // it destroys this run, and with it what it captured
  over(*this);
}

// Only for want of a file: nothing was sent, and there is nothing to record.
void TestRun::attempt_called_off(Attempt& /*attempt*/) {
  done_({.pass = false, .data = {}, .error = "the server has too many connections open; try again"});
  const auto over = std::move(over_);  // it destroys this run, and with it what it captured
  over(*this);
}

void TestRun::attempt_ended(Attempt& attempt) {
  const AttemptReport& report = attempt.report();
  const Delivery& delivery = attempt.delivery();
  context_.meters.attempt_ended(report.outcome.result, report.error_class, report.took);
  context_.reporter.ended(attempt, true);
  context_.recorder.exchange(context_.reporter.full_exchange(attempt));
  const auto kind = report.error.empty() ? core::OutcomeKind::kSuccess : core::OutcomeKind::kError;
  store::Outcome outcome = outcome_of(delivery, kind, report.ended_at);
  outcome.status = report.outcome.status;
  outcome.error = report.error_class;
  outcome.attempts = 1;
  outcome.test = true;
  context_.meters.delivery_ended(outcome.kind, outcome.took);
  context_.recorder.outcome(outcome);
  std::string shown;
  std::vector<std::string> notes = report.notes;
  if (core::can_be_masked(report.response.headers.get("Content-Type"), report.response.body, attempt.values())) {
    shown = report.response.body;
    core::mask(shown, attempt.values(), context_.outside.limits.mask_work_bytes_max);
  } else {
    notes.push_back(std::string("the body of the answer ") + core::kNotKept);
  }
  done_({.pass = report.error.empty(), .data = std::move(shown), .error = report.error, .notes = std::move(notes)});
  const auto over = std::move(over_);  // it destroys this run, and with it what it captured
  over(*this);
}

}  // namespace fleethook::delivery
