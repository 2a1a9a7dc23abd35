// What the parts of one dispatcher share.
#pragma once
#include <functional>
#include <utility>

#include "base/gate.h"
#include "delivery/meters.h"
#include "delivery/owners.h"
#include "delivery/recorder.h"
#include "delivery/reporter.h"
#include "delivery/surroundings.h"
#include "delivery/tally.h"
#include "delivery/tokens.h"
#include "delivery/turns.h"
#include "delivery/versions.h"

namespace fleethook::delivery {

// Lives on the dispatcher's loop, longer than lanes and attempts.
struct Context {
  Context(Surroundings given, Recorder::Listener& listener)
      : outside(std::move(given)),
        meters(outside.metrics),
        turns(outside.loop, outside.limits, outside.metrics),
        tokens(outside.loop, outside.transport, outside.limits, outside.metrics, outside.tokens),
        owners(outside.store),
        recorder(outside.loop, outside.settler, outside.waiting_room, outside.limits, gate, listener),
        reporter(outside, turns),
        versions(outside, gate) {}

  Instant now() const { return outside.loop.clock().now(); }
  Steady steady() const { return outside.loop.clock().steady(); }
  // Of what is due, and of what is old.
  Moment moment() const { return outside.log.timeline().now(); }
  Moment sure() const { return outside.log.timeline().sure(); }

  Surroundings outside;
  Gate gate;  // attempts, loads and the recorder are inside
  Meters meters;
  Turns turns;
  Tokens tokens;
  Owners owners;
  Recorder recorder;
  Reporter reporter;
  Versions versions;
  bool stopping = false;                       // nothing new is started
  std::function<void()> ended_while_stopping;  // called by lanes after each attempt that still ended
  Tally in_memory;                             // deliveries of all lanes
  Tally in_order;                              // devices that their lines know of: DeviceOrder
};

}  // namespace fleethook::delivery
