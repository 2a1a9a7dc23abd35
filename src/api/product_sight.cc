#include "api/product_sight.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace fleethook::api {
namespace {

json::Array ids_of(const std::vector<core::ProductId>& products) {
  json::Array ids;
  ids.reserve(products.size());
  for (const core::ProductId id : products) ids.emplace_back(id.value);
  return ids;
}

}  // namespace

ProductSight::ProductSight(const store::Catalog& catalog,
                           const core::User* viewer,
                           const core::OrganizationId& organization)
    : catalog_(catalog), viewer_(viewer) {
  // What belongs to a user is on one product at most: who got so far sees it.
  if (viewer == nullptr || viewer->administrator || organization.is_none()) {
    all_ = true;
  } else {
    all_ = viewer->api ? viewer->api->organization == organization
                       : catalog.role_in(organization, viewer->id) != core::Role::kNone;
  }
}

bool ProductSight::sees(core::ProductId product) const {
  if (all_ || product.is_none()) return true;
  if (catalog_.product(product) == nullptr) return false;
  return viewer_->api ? viewer_->api->product == product : catalog_.role_on(product, viewer_->id) != core::Role::kNone;
}

std::vector<core::ProductId> ProductSight::of(std::vector<core::ProductId> products) const {
  if (!all_) std::erase_if(products, [&](core::ProductId id) { return !sees(id); });
  return products;
}

std::size_t ProductSight::hidden(const std::vector<core::ProductId>& products) const {
  if (all_) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(products, [&](core::ProductId id) { return !sees(id); }));
}

void ProductSight::put_ids(json::Object& into,
                           std::string_view name,
                           const std::vector<core::ProductId>& products) const {
  into.set(name, ids_of(of(products)));
  if (const std::size_t more = hidden(products)) into.set("more_products", more);
}

// "overrides.10001", "pause.10001".
bool ProductSight::hides_path(std::string_view path) const {
  for (const std::string_view of_one : {"overrides.", "pause."}) {
    if (!path.starts_with(of_one)) continue;
    core::ProductId id;
    std::from_chars(path.data() + of_one.size(), path.data() + path.size(), id.value);
    return !sees(id);
  }
  return false;
}

json::Object ProductSight::difference(json::Object changes) const {
  if (all_) return changes;
  json::Object seen;
  for (auto& [path, change] : changes) {
    if (hides_path(path)) continue;
    if (path == "product_ids" && change.is_object()) {
      for (const char* side : {"from", "to"}) {
        json::Value* ids = change.as_object().find(side);
        if (ids == nullptr || !ids->is_array()) continue;
        std::erase_if(ids->as_array(), [&](const json::Value& id) {
          return !id.is_int() || !sees(core::ProductId{static_cast<decltype(core::ProductId::value)>(id.as_int())});
        });
      }
      const json::Value* from = change.find("from");
      const json::Value* to = change.find("to");
      if (from != nullptr && to != nullptr && *from == *to) continue;
    }
    seen.set(path, std::move(change));
  }
  return seen;
}

bool ProductSight::hides_staged(const core::Integration& integration, std::uint32_t version) const {
  if (sees_all(integration.products)) return false;
  const core::Staged* staged = integration.staged.get();
  return staged == nullptr || staged->version != version || of(staged->products).empty();
}

}  // namespace fleethook::api
