// Which events of a log somebody may see at a path: its product's, its organization's, or one's own.
#pragma once
#include "api/call.h"
#include "core/event.h"

namespace fleethook::api {

bool sees_event(const Call& call, const core::Event& event);

}  // namespace fleethook::api
