// What is recorded of a delivery that ends without an attempt: because its integration is gone, it was told to, or its
// configuration cannot be read.
#pragma once
#include <algorithm>
#include <utility>

#include "queue/queue.h"
#include "store/history.h"

namespace fleethook::delivery {

inline store::Outcome ended_without_attempt(const queue::Pending& pending, core::OutcomeKind kind, Instant now) {
  store::Outcome outcome;
  outcome.integration = pending.key.integration;
  outcome.product = pending.product;
  outcome.event = pending.key.event;
  outcome.kind = kind;
  outcome.attempts = pending.progress.attempts;
  outcome.version = pending.version;
  outcome.at = now;
  outcome.took = std::max(now - pending.event->published_at, Duration::zero());
  outcome.device = pending.event->device;
  return outcome;
}

inline store::DeadLetter letter_of(const store::Outcome& outcome, core::EventPtr event, std::string reason) {
  return {outcome.integration, outcome.product, outcome.event, std::move(event), outcome.version,
          outcome.attempts,    outcome.status,  outcome.at,    std::move(reason)};
}

}  // namespace fleethook::delivery
