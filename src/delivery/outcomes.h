// What is recorded of the end of a delivery. All outcomes are made here, so that none counts for a product that another
// one would not count for.
#pragma once
#include <algorithm>
#include <string>
#include <utility>

#include "delivery/delivery.h"
#include "queue/deliveries.h"
#include "store/history.h"

namespace fleethook::delivery {

// `key.product` is that of the placement, also for a sandbox integration (none), whatever product the device is in.
inline store::Outcome outcome_of(const queue::DeliveryKey& key,
                                 const core::Event& event,
                                 std::uint32_t version,
                                 std::uint32_t attempts,
                                 core::OutcomeKind kind,
                                 Instant at) {
  store::Outcome outcome;
  outcome.integration = key.integration;
  outcome.product = key.product;
  outcome.event = event.id;
  outcome.replay = event.replay;
  outcome.kind = kind;
  outcome.attempts = attempts;
  outcome.version = version;
  outcome.at = at;
  outcome.took = std::max(at - event.published_at, Duration::zero());
  outcome.device = event.device;
  return outcome;
}

// Whoever tried it adds status and error.
inline store::Outcome outcome_of(const Delivery& delivery, core::OutcomeKind kind, Instant at) {
  return outcome_of(key_of({}, delivery), *delivery.event, delivery.integration->version, delivery.progress.attempts,
                    kind, at);
}

// Of one that is only on disk.
inline store::Outcome outcome_of(const queue::Pending& pending, core::OutcomeKind kind, Instant at) {
  queue::DeliveryKey key = pending.key;
  key.product = pending.product;
  return outcome_of(key, *pending.event, pending.version, pending.progress.attempts, kind, at);
}

inline store::DeadLetter letter_of(const store::Outcome& outcome, core::EventPtr event, std::string reason) {
  store::DeadLetter letter;
  letter.integration = outcome.integration;
  letter.product = outcome.product;
  letter.event = std::move(event);
  letter.replay = outcome.replay;
  letter.version = outcome.version;
  letter.attempts = outcome.attempts;
  letter.status = outcome.status;
  letter.error = outcome.error;
  letter.at = outcome.at;
  letter.reason = std::move(reason);
  return letter;
}

}  // namespace fleethook::delivery
