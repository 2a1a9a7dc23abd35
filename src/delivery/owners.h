// Who owns a product, as text for templates (PRODUCT_USER_ID), without asking the catalog's maps for every delivery.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/ids.h"
#include "store/catalogs.h"

namespace fleethook::delivery {

// Lives on its loop.
class Owners {
 public:
  explicit Owners(const store::Catalogs& store) : store_(store) {}
  // 24 hex digits; "" without a product or owner. Valid until the next call.
  std::string_view of(core::ProductId product);

 private:
  const store::Catalogs& store_;
  store::CatalogPtr catalog_;
  std::unordered_map<core::ProductId, std::string> known_;  // as of catalog_
};

}  // namespace fleethook::delivery
