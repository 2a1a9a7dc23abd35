// What a pause or a resumption changes, whichever store writes it down.
#pragma once
#include <vector>

#include "base/result.h"
#include "store/audit.h"
#include "store/catalog_editor.h"

namespace fleethook::store {

struct PauseChange {
  std::vector<core::PlacementKey> placements;  // whose state changes; none = nothing to do, and nothing to note
  core::Paused paused;                         // mode kRunning: they run again
  AuditEntry entry;
};

// As Store::set_pause, pure. kNotFound names what is not there.
Result<PauseChange> plan_pause(const Catalog::Data& data,
                               const core::IntegrationId& integration,
                               const std::vector<core::ProductId>& products,
                               core::Pause pause,
                               const Actor& by,
                               Instant now);
void apply(const PauseChange& change, CatalogEditor& editor);

struct DropChange {
  std::vector<core::PlacementKey> placements;
  AuditEntry entry;
};
// As Store::drop_waiting, pure.
Result<DropChange> plan_drop(const Catalog::Data& data,
                             const core::IntegrationId& integration,
                             const std::vector<core::ProductId>& products,
                             const Actor& by);

}  // namespace fleethook::store
