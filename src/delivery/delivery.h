// One event for one placement while it is in memory.
#pragma once
#include <cstdint>

#include "core/event.h"
#include "core/integration.h"
#include "delivery/tally.h"
#include "queue/deliveries.h"
#include "store/history.h"

namespace fleethook::delivery {

// A value. Its lane is that of whoever holds it.
struct Delivery {
  core::EventPtr event;
  core::IntegrationPtr integration;  // the version the delivery was made with
  core::EventSeq seq;                // none for a test, which is in no queue
  queue::Progress progress;          // as of the last ended attempt
  bool put_off = false;              // the queue holds it as a retry: it was tried, or brought back after a pause
  Counted counted{};                 // among those in memory, of its lane and of all
  bool called_off = false;           // a person has: it is under way, and is not tried again
};

// What waits ends as cancelled. For people.
inline constexpr const char* kIntegrationDeleted = "the integration was deleted";
inline constexpr const char* kWaitingDropped = "what waited was dropped";

// Whose numbers it counts among: the product of its placement. None for a sandbox integration, though its device may be
// in a product.
inline core::ProductId product_of(const Delivery& delivery) {
  return delivery.integration->scope == core::Scope::kSandbox ? core::ProductId{} : delivery.event->product;
}

inline queue::DeliveryKey key_of(core::LaneId lane, const Delivery& delivery) {
  return {lane, delivery.seq, delivery.integration->number, product_of(delivery)};
}

}  // namespace fleethook::delivery
