#include "store/identical.h"

#include <algorithm>

#include "store/catalog_data.h"

namespace fleethook::store {

Identical identical_to(const Catalog& catalog, const core::Integration& integration, std::size_t most) {
  Identical identical;
  const OrganizationEntry* organization = catalog.data().organizations.find(integration.organization);
  const auto* numbers = organization == nullptr ? nullptr : organization->fingerprints.find(integration.fingerprint);
  if (numbers == nullptr) return identical;
  const bool itself = std::ranges::binary_search(*numbers, integration.number);
  identical.count = numbers->size() - (itself ? 1 : 0);
  for (const core::IntegrationNumber number : *numbers) {
    if (identical.first.size() == most) break;
    if (number != integration.number) identical.first.push_back(catalog.integration(number));
  }
  return identical;
}

}  // namespace fleethook::store
