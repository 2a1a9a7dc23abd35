// What the templates of one request may cost, together: a configuration can hold thousands of them, and each can go
// through the event's data again and again. Counted, not timed, so that the same event always comes to the same end.
//
// A step is an instruction of a template, a context that a name is looked for in, or so many bytes as it takes about as
// long to read or write: 10 to 20 ns.
#pragma once
#include <algorithm>
#include <cstddef>

#include "base/limits.h"
#include "base/result.h"

namespace fleethook::core {

// Not thread-safe: one for each request, or for each publication whose deliveries look for their lanes.
class WorkBudget {
 public:
  static constexpr std::size_t kBytesPerStep = 64;      // copied or escaped
  static constexpr std::size_t kJsonBytesPerStep = 16;  // parsed, or written from values

  explicit WorkBudget(std::size_t steps_max) : steps_max_(steps_max) {}
  explicit WorkBudget(const Limits& limits) : WorkBudget(limits.template_steps_max) {}
  // For what people look at: events on streams, copies in the log. Less than for what receivers get, and what is over
  // is left out.
  static WorkBudget for_people(const Limits& limits) { return WorkBudget(limits.template_steps_max / 10); }

  // False when this is more than is left; from then on nothing is left.
  bool spend(std::size_t steps) {
    spent_ += steps;
    return !is_over();
  }
  bool spend_bytes(std::size_t bytes) { return spend(bytes / kBytesPerStep); }
  std::size_t spent() const { return std::min(spent_, steps_max_); }
  bool is_over() const { return spent_ > steps_max_; }
  // kTooLarge. Final: the same event takes as many steps next time.
  Error error() const;

 private:
  std::size_t steps_max_;
  std::size_t spent_ = 0;
};

}  // namespace fleethook::core
