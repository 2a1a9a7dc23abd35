// What a person may not have meant with an integration though it can be done: what is seen of its settings, and of what
// else fires beside it.
#pragma once
#include <vector>

#include "core/event.h"
#include "core/integration.h"
#include "core/warning.h"
#include "json/value.h"
#include "store/catalog.h"

namespace fleethook::api {

// Secrets that its templates name and that are not selected; credentials that stand in it as they are; other
// integrations that fire for the same events at the same address, were separated from it, or are identical. `viewer`:
// who asks (nullptr: nobody); of the sandboxes only his own is looked into.
std::vector<core::Warning> warnings_of(const core::Integration& integration,
                                       const store::Catalog& catalog,
                                       const core::User* viewer);
// Names that its templates ask for and that `event` lacks, as the integration runs on the event's product.
std::vector<core::Warning> unknown_names_of(const core::Integration& running,
                                            const core::Event& event,
                                            const store::Catalog& catalog,
                                            const Limits& limits);

// As "warnings", when there are any: first `said`.
void put_warnings(json::Object& into, std::vector<core::Warning> said, std::vector<core::Warning> more = {});

}  // namespace fleethook::api
