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
  // `editor` began on `base`, which outlives the draft. Rows are applied to it as they are put, so it has the next
  // snapshot at the end.
  Draft(const Catalog& base, CatalogEditor& editor, const Given& given) : base_(base), editor_(editor), given_(given) {}
  Draft(const Draft&) = delete;

  // With all rows so far.
  const Catalog::Data& data() const { return editor_.data(); }
  Instant now() const { return given_.now; }
  Random& random() { return given_.random; }
  const Limits& limits() const { return given_.limits; }
  Numbers& numbers() { return given_.numbers; }

  void put(Row row);
  void note(AuditEntry entry) { change_.audit.push_back(std::move(entry)); }
  // For rules of devices and invitations, which work on an editor: what they put and erase there becomes rows.
  CatalogEditor& editor() { return editor_; }
  // After a change of users or teams: ends the claims and invitations that have lost their ground, and notes it.
  void end_lost_ground(const Actor& by);

  // The whole change. The draft is spent.
  CatalogChange finish() &&;

 private:
  void take_rows();  // of devices and invitations that the editor has changed since the last call

  const Catalog& base_;
  CatalogEditor& editor_;
  const Given given_;
  CatalogChange change_;
};

}  // namespace fleethook::store
