// The identifiers of the domain. Each is a type of its own.
#pragma once
#include "base/id.h"

namespace fleethook::core {

using UserId = ObjectId<struct UserTag>;
using OrganizationId = ObjectId<struct OrganizationTag>;
using IntegrationId = ObjectId<struct IntegrationTag>;
using InvitationId = ObjectId<struct InvitationTag>;
using DeviceId = ObjectId<struct DeviceTag>;  // given by the device's maker, 24 hex digits
using ProductId = Number<struct ProductTag>;  // small numbers, as Particle's are; none = the sandbox
using EventId = Uuid<struct EventTag>;        // version 7
using DeliveryId = Uuid<struct DeliveryTag>;  // derived from event, integration: the same for every attempt

// Where an event stands in the queue: rises by one for each accepted event, never reused. 0 = none.
using EventSeq = Number<struct EventSeqTag>;
// A small number for an integration inside store and queue rows (its id is 24 hex); never reused. 0 = none.
using IntegrationNumber = Number<struct IntegrationNumberTag>;
// Of a lane: worked out from its key (core/lane_key.h). 0 = none.
using LaneId = Number<struct LaneTag>;

}  // namespace fleethook::core
