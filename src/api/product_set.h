// Products as bodies name them: ids, slugs, or objects with one of them.
#pragma once
#include <string>
#include <vector>

#include "api/call.h"
#include "core/integration.h"

namespace fleethook::api {

// One entry: a number, a slug, or an object with id or slug.
Result<std::string> product_text(const json::Value& item, std::string_view field = "product_ids");
// Explicit products only: no wildcard, none twice, all of this organization, at least one. A single value counts as a
// list of one. Ascending.
Result<std::vector<core::ProductId>> read_products(const json::Value& sent,
                                                   const core::Organization& organization,
                                                   const store::Catalog& catalog);
// Some of the integration's products: `product_ids` of the body, or all when it is absent.
Result<std::vector<core::ProductId>> read_products_of(const json::Object& body,
                                                      const core::Integration& integration,
                                                      const store::Catalog& catalog);
// One of the integration's products, by id or slug.
Result<core::ProductId> read_product_of(std::string_view text,
                                        std::string_view field,
                                        const core::Integration& integration,
                                        const store::Catalog& catalog);
// On a product's path the set is that product, whatever is sent: anything else would do less, or more, than is meant.
Result<void> check_only(const core::Product& product, const json::Value& sent);
// `product_ids`, or its alias `products`; nullptr when absent or null.
const json::Value* sent_products(const json::Object& body);

}  // namespace fleethook::api
