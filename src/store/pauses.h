// The rules of pausing, of resuming, and of what is to become of what waits, on a draft.
#pragma once
#include <vector>

#include "core/pause.h"
#include "store/draft.h"

namespace fleethook::store {

// The commands of Integrations of the same names, with their refusals.
Result<void> set_pause(Draft& draft,
                       const core::IntegrationId& id,
                       const std::vector<core::ProductId>& products,
                       core::Pause pause,
                       core::EventSeq newest,
                       const Actor& by);
Result<void> drop_waiting(Draft& draft,
                          const core::IntegrationId& id,
                          const std::vector<core::ProductId>& products,
                          core::EventSeq newest,
                          const Actor& by);
Result<void> move_waiting(Draft& draft,
                          const core::IntegrationId& id,
                          const std::vector<core::ProductId>& products,
                          core::EventSeq newest,
                          const Actor& by);

}  // namespace fleethook::store
