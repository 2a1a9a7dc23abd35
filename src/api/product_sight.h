// Which products of an integration somebody sees. Whoever has a role in the organization sees all; a member of single
// products, or an API user of one, sees a shared integration as it is there: what other products set differently, and
// which these are, is left out and counted. Everything that shows integrations asks here.
#pragma once
#include <cstddef>
#include <vector>

#include "core/catalog_types.h"
#include "core/integration.h"
#include "json/value.h"
#include "store/catalog.h"

namespace fleethook::api {

// Refers to its arguments.
class ProductSight {
 public:
  // `organization`: whose the integration is; none = a user's. `viewer` nullptr: sees all.
  ProductSight(const store::Catalog& catalog, const core::User* viewer, const core::OrganizationId& organization);

  bool sees(core::ProductId product) const;
  bool sees_all(const std::vector<core::ProductId>& products) const { return hidden(products) == 0; }
  std::vector<core::ProductId> of(std::vector<core::ProductId> products) const;  // those that are seen
  std::size_t hidden(const std::vector<core::ProductId>& products) const;        // how many are not
  // Sets `name` to the ids that are seen, and "more_products" to the number of the others, if there are any.
  void put_ids(json::Object& into, std::string_view name, const std::vector<core::ProductId>& products) const;
  // A difference between versions, or of an audit entry, without what it says of other products.
  json::Object difference(json::Object changes) const;
  // Whether a version that only some products try, `staged`, is a difference of other products alone.
  bool hides_staged(const core::Integration& integration, std::uint32_t version) const;

 private:
  bool hides_path(std::string_view path) const;

  const store::Catalog& catalog_;
  const core::User* viewer_;
  bool all_ = false;
};

}  // namespace fleethook::api
