// What a command makes of integrations and of the products they run on, in their own words: a rule computes it from the
// newest catalog, and it becomes rows of a draft, which the store writes and publishes in one step. So a rule sees what
// is, and nobody sees half of what it does. See store/catalog_change.h.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/random.h"
#include "base/result.h"
#include "store/audit.h"
#include "store/catalog.h"

namespace fleethook::store {

class Draft;  // store/draft.h

struct Changes {
  // A new integration (without number: it gets one), or another state of one that is there.
  struct Put {
    std::shared_ptr<core::Integration> integration;  // not settled
    std::string action;                              // how its version came to be: "created", "edited", "separated" ...
    core::UserId by;
  };
  // It fires no more. What waits for it ends, or goes on as the other one stands.
  struct Closing {
    core::IntegrationNumber number;
    core::IntegrationId merged_into;  // none: deleted
  };
  // What hangs on a placement, its pause among it, goes to the same product of another integration.
  struct Carrying {
    core::IntegrationNumber from;
    std::size_t to = 0;  // place in `integrations`
    core::ProductId product;
  };
  std::vector<core::Product> products;  // with another owner
  std::vector<core::ProductId> deleted_products;
  std::vector<Closing> closed;
  std::vector<Put> integrations;
  std::vector<Carrying> carried;
  std::vector<AuditEntry> audit;

  bool empty() const {
    return products.empty() && deleted_products.empty() && closed.empty() && integrations.empty() && audit.empty();
  }
};

// What a rule may need beside the catalog.
struct Making {
  Instant now{};
  Random& random;
};

// Runs where the store writes: quick, without I/O. An error undoes nothing, since nothing was done.
using Rule = std::function<Result<Changes>(const Catalog& catalog, const Making& making)>;

// A new integration without number, or the next version of one.
std::shared_ptr<core::Integration> new_integration(const Making& making);
std::shared_ptr<core::Integration> next_version(const core::Integration& old, const Making& making);

// The command of Integrations of the same name, on a draft: what the rule makes of the catalog as rows of it. New
// integrations get their numbers. Order: products move, closings, integrations, what they carry, products go.
// kInvalid or kNotFound when an integration's owner or products are not what its scope needs; what check_secret_use()
// refuses; kInvalid with code "quota" when something would be more than Limits give one owner, or one event: what is
// beyond that already may stay and be changed, as long as it does not grow.
Result<std::vector<core::IntegrationPtr>> change_integrations(Draft& draft, const Rule& rule);

}  // namespace fleethook::store
