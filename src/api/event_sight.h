// Which events and devices somebody may see at a path: its product's, its organization's, or one's own.
#pragma once
#include "api/call.h"
#include "core/event.h"

namespace fleethook::api {

bool sees_event(const Call& call, const core::Event& event);
// nullptr: there is none that the caller may know of.
const core::Device* seen_device(const Call& call, const core::DeviceId& id);

}  // namespace fleethook::api
