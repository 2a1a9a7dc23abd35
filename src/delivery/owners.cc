#include "delivery/owners.h"

#include <utility>

namespace fleethook::delivery {

std::string_view Owners::of(core::ProductId product) {
  if (product.is_none()) return {};
  if (auto catalog = store_.catalog(); catalog != catalog_) {
    catalog_ = std::move(catalog);
    known_.clear();
  }
  const auto [found, is_new] = known_.try_emplace(product);
  if (is_new && catalog_ != nullptr) {
    const core::Product* known = catalog_->product(product);
    if (known != nullptr && !known->user.is_none()) found->second = known->user.str();
  }
  return found->second;
}

}  // namespace fleethook::delivery
