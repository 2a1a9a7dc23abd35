// A change of the catalog as rows: the one place that writes what the rules put and erase.
#pragma once
#include "base/keyring.h"
#include "base/random.h"
#include "sqlite/database.h"
#include "store/catalog_change.h"
#include "store/draft.h"

namespace fleethook::store {

// In the transaction of the change, on the writer's thread. `keys` seal secrets; without any they are refused with
// kUnavailable.
Result<void> write_change(sqlite::Database& database,
                          const CatalogChange& change,
                          const crypto::Keyring& keys,
                          Random& random);

// The numbers that the tables would give to the next rows. For one change, in its transaction.
class TableNumbers final : public Numbers {
 public:
  explicit TableNumbers(sqlite::Database& database) : database_(database) {}
  Result<core::ProductId> next_product() override;
  Result<core::IntegrationNumber> next_integration() override;
  Result<std::uint64_t> next_organization_order() override;

 private:
  Result<std::uint64_t> next(std::uint64_t& last, const char* last_in_table);

  sqlite::Database& database_;
  std::uint64_t product_ = 0, integration_ = 0, organization_ = 0;  // the last ones that were given; 0: none yet
};

}  // namespace fleethook::store
