// Integrations of an organization with the same configuration: there may be thousands, and most who ask want a few.
#pragma once
#include <cstddef>
#include <vector>

#include "core/integration.h"
#include "store/catalog.h"

namespace fleethook::store {

struct Identical {
  std::size_t count = 0;                    // all of them
  std::vector<core::IntegrationPtr> first;  // some of them, ascending by creation
};
// Those like `integration` in its organization, itself left out; `most` of them at most.
Identical identical_to(const Catalog& catalog, const core::Integration& integration, std::size_t most);

}  // namespace fleethook::store
