// Tells beforehand what the egress guard will say to a host: for whoever saves a URL. It protects nothing: the guard
// looks again at the address that is connected to.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/loop.h"
#include "net/connector.h"
#include "net/egress.h"

namespace fleethook::net {

// Thread-safe. What it is given outlives it, and `loop` runs.
class EgressJudge {
 public:
  EgressJudge(Loop& loop, Resolver& resolver, const EgressPolicy& policy)
      : loop_(loop), resolver_(resolver), policy_(policy) {}

  // Why a delivery to `host` (a name or an address) would be refused; nullopt: it would not, or that cannot be told
  // within `longest`. Waits for DNS: not to be called on a loop.
  std::optional<std::string> refuses(const std::string& host, Duration longest) const;

 private:
  Loop& loop_;
  Resolver& resolver_;
  const EgressPolicy& policy_;
};

}  // namespace fleethook::net
