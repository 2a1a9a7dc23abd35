#include "api/product_set.h"

#include <algorithm>

namespace fleethook::api {

Result<std::string> product_text(const json::Value& item, std::string_view field) {
  if (item.is_int()) return std::to_string(item.as_int());
  if (item.is_string()) return item.as_string();
  if (item.is_object()) {
    for (const char* member : {"id", "slug"}) {
      const json::Value* value = item.find(member);
      if (value != nullptr && !value->is_null()) return product_text(*value, field);
    }
  }
  return Error::field(std::string(field), "expected product ids or slugs");
}

Result<std::vector<core::ProductId>> read_products(const json::Value& sent,
                                                   const core::Organization& organization,
                                                   const store::Catalog& catalog) {
  const json::Array single{sent};
  const json::Array& items = sent.is_array() ? sent.as_array() : single;
  if (items.empty()) return Error::field("product_ids", "select at least one product");
  std::vector<core::ProductId> products;
  for (const json::Value& item : items) {
    FLEETHOOK_TRY(const std::string text, product_text(item));
    if (text == "*" || text == "all") {
      return Error::field("product_ids",
                          "there is no wildcard: name each product in which the integration will execute");
    }
    const auto product = find_product(catalog, text);
    if (!product.ok() || (*product)->organization != organization.id) {
      return Error::field("product_ids", "'" + text + "' is no product of organization " + organization.slug);
    }
    if (std::ranges::find(products, (*product)->id) != products.end()) {
      return Error::field("product_ids", "'" + text + "' stands there twice");
    }
    products.push_back((*product)->id);
  }
  std::ranges::sort(products);
  return products;
}

Result<core::ProductId> read_product_of(std::string_view text,
                                        std::string_view field,
                                        const core::Integration& integration,
                                        const store::Catalog& catalog) {
  const auto product = find_product(catalog, text);
  if (product.ok() && integration.on((*product)->id)) return (*product)->id;
  return Error::field(std::string(field), "'" + std::string(text) + "' is not one of the products of this integration");
}

Result<std::vector<core::ProductId>> read_products_of(const json::Object& body,
                                                      const core::Integration& integration,
                                                      const store::Catalog& catalog) {
  const json::Value* sent = sent_products(body);
  if (sent == nullptr) return integration.products;
  const json::Array single{*sent};
  std::vector<core::ProductId> products;
  for (const json::Value& item : sent->is_array() ? sent->as_array() : single) {
    FLEETHOOK_TRY(const std::string text, product_text(item));
    FLEETHOOK_TRY(const core::ProductId product, read_product_of(text, "product_ids", integration, catalog));
    if (std::ranges::find(products, product) != products.end()) {
      return Error::field("product_ids", "'" + text + "' stands there twice");
    }
    products.push_back(product);
  }
  if (products.empty()) return Error::field("product_ids", "select at least one product");
  std::ranges::sort(products);
  return products;
}

Result<void> check_only(const core::Product& product, const json::Value& sent) {
  const json::Array single{sent};
  const json::Array& items = sent.is_array() ? sent.as_array() : single;
  bool is_it = items.size() == 1;
  if (is_it) {
    FLEETHOOK_TRY(const std::string text, product_text(items.front()));
    is_it = text == product.slug || text == std::to_string(product.id.value);
  }
  if (is_it) return {};
  return Error::field("product_ids", "can only be " + product.slug +
                                         " on this product's path; the organization's path sets the products");
}

const json::Value* sent_products(const json::Object& body) {
  for (const char* name : {"product_ids", "products"}) {
    if (const json::Value* value = body.find(name); value != nullptr && !value->is_null()) return value;
  }
  return nullptr;
}

}  // namespace fleethook::api
