// Why an event fires what it fires, and why not the others: the same conditions as matching(), with their reasons.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"
#include "core/integration.h"
#include "core/pause.h"
#include "store/catalog.h"

namespace fleethook::ingest {

enum class Verdict : std::uint8_t {
  kFires,
  kHeld,     // fires, but is paused there: the delivery waits
  kSkipped,  // fires, but is paused there: the delivery is counted as skipped
  kDisabled,
  kPrefix,        // the event's name does not begin with the trigger
  kSystemEvent,   // names of system events fire only triggers that begin with the same word
  kDevice,        // its device filter names another device
  kNotOnProduct,  // an integration of the organization that does not run on the event's product
  kNoChaining,    // events made by deliveries fire nothing
  kNotYet,        // it was made after the event; see explain_past.h
  kDeleted,       // it is gone, and what it was then is not known
};
std::string_view to_text(Verdict verdict);  // "fires", "held", "skipped", "disabled", "prefix", ...
inline bool fires(Verdict verdict) {
  return verdict == Verdict::kFires || verdict == Verdict::kHeld || verdict == Verdict::kSkipped;
}

struct Explanation {
  core::IntegrationPtr integration;  // as it runs on the event's product
  Verdict verdict = Verdict::kFires;
  std::string why;  // a sentence
};

// One of them, as it is given: settings that are not saved yet can be asked about too.
Explanation explain_one(const store::Catalog& catalog,
                        const core::Event& event,
                        const core::IntegrationPtr& integration);
// The same, whatever the pause is now.
Explanation explain_with(const core::Event& event, const core::IntegrationPtr& integration, core::Pause pause);
// Every integration that one may have expected to fire: of the event's product, of the product's organization, of the
// sandbox of the event's owner. Those that fire come first, otherwise by creation. matching() gives exactly those for
// which fires() is true.
std::vector<Explanation> explain(const store::Catalog& catalog, const core::Event& event);

}  // namespace fleethook::ingest
