#include "core/work_budget.h"

#include <string>

namespace fleethook::core {

Error WorkBudget::error() const {
  return Error{Fault::kTooLarge,
               "the templates of the request take more than " + std::to_string(steps_max_) + " steps"};
}

}  // namespace fleethook::core
