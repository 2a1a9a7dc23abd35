// A catalog under change: what rules read and write. See store/catalog_change.h.
#pragma once
#include <cstdint>
#include <utility>

#include "base/limits.h"
#include "base/random.h"
#include "store/catalog_change.h"
#include "store/catalog_editor.h"

namespace fleethook::store {

// New numbers, given by the store: they rise, and none is given twice while a change with it is kept.
class Numbers {
 public:
  virtual ~Numbers() = default;
  virtual Result<core::ProductId> next_product() = 0;
  virtual Result<core::IntegrationNumber> next_integration() = 0;
  virtual Result<std::uint64_t> next_organization_order() = 0;
};

// Lives on one thread, for one command. An error of a rule leaves a draft that nobody may use.
class Draft {
 public:
  struct Given {
    Instant now{};
    Random& random;
    const Limits& limits;
    Numbers& numbers;
  };
  Draft(const Catalog& base, const Given& given) : base_(base), editor_(base), given_(given) {}  // base outlives it
  Draft(const Draft&) = delete;

  const Catalog& base() const { return base_; }  // as it was before
  // With all rows so far.
  const Catalog::Data& data() const { return editor_.data(); }
  Catalog so_far() const { return editor_.so_far(); }
  Instant now() const { return given_.now; }
  Random& random() { return given_.random; }
  const Limits& limits() const { return given_.limits; }
  Numbers& numbers() { return given_.numbers; }

  void put(Row row);
  void note(AuditEntry entry) { change_.audit.push_back(std::move(entry)); }
  void note(std::vector<AuditEntry> entries);
  // After a change of users, teams or products: ends the claims and invitations that have lost their ground, and notes
  // it.
  void end_lost_ground(const Actor& by);

  // The whole change and the catalog that it makes of `base`; null if it is the same. The draft is spent.
  struct Made {
    CatalogChange change;
    CatalogPtr catalog;
  };
  Made finish() &&;

 private:
  void take_rows();

  const Catalog& base_;
  CatalogEditor editor_;
  const Given given_;
  CatalogChange change_;
};

}  // namespace fleethook::store
