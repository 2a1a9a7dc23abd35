// Why an event fired, or did not fire, what one may have expected: by what the integrations, their products and their
// pauses were when it was accepted. Versions tell the first two, the audit log tells of pauses and of what is gone.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "core/event.h"
#include "core/integration.h"
#include "ingest/explain.h"
#include "store/audit_log.h"
#include "store/catalog.h"
#include "store/integrations.h"

namespace fleethook::ingest {

struct PastExplanation {
  core::IntegrationId id;
  std::string name;
  core::Scope scope = core::Scope::kSandbox;
  core::UserId user;                      // of a sandbox: whose
  core::IntegrationPtr integration;       // as it is now; null: it was deleted since
  std::vector<core::ProductId> products;  // of one that was deleted
  Verdict verdict = Verdict::kFires;
  std::string why;  // a sentence
};

// Every integration that one may have expected to fire, as explain() names them, and those of the same owners that were
// deleted since. What neither runs on the product nor is triggered by such a name is left out. Those that another name
// fires come last. Changes of the wall clock in between are not known: what happened within them may be told wrongly. A
// version that only some products tried then is not told from the others. Reads the store: API pool only.
class PastExplainer {
 public:
  PastExplainer(store::Integrations& integrations, store::AuditLog& audit)
      : integrations_(integrations), audit_(audit) {}
  Result<std::vector<PastExplanation>> explain(const store::Catalog& catalog, const core::Event& event);

  static constexpr std::size_t kEntriesMax = 2'000;  // of the audit log that are read, from the newest on

 private:
  Result<void> read_changes(const store::AuditQuery& of, Instant since);
  Result<PastExplanation> explain_one(const store::Catalog& catalog,
                                      const core::Event& event,
                                      const core::IntegrationPtr& integration);
  Result<core::IntegrationPtr> as_of(const core::IntegrationPtr& integration, Instant when);
  core::Pause pause_then(const core::IntegrationId& id, core::ProductId product, core::Pause now) const;

  store::Integrations& integrations_;
  store::AuditLog& audit_;
  std::vector<store::AuditEntry> changes_;  // since the event, newest first
  bool all_read_ = true;
};

}  // namespace fleethook::ingest
