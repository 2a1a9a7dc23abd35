// Cloud secrets of the caller and of organizations. A value comes in and never goes out.
#include <utility>

#include "api/answers.h"
#include "api/integration_warnings.h"
#include "api/product_set.h"
#include "api/router.h"
#include "base/text.h"
#include "core/integration.h"
#include "store/named_values.h"
#include "store/secret_scope.h"

namespace fleethook::api {
namespace {

// In the warnings of one answer.
constexpr std::size_t kMisfitsShown = 10;
constexpr std::size_t kNamesShown = 3;

// Whose secrets a path means, and the name in it ("" = the list's path).
struct Place {
  store::SecretOwner owner;
  std::string name;
};

Place place_of(const Call& call) {
  Place place;
  place.owner = call.organization != nullptr ? store::SecretOwner::of(call.organization->id)
                                             : store::SecretOwner::of(call.user->id);
  if (const std::string* name = call.find_in_path("name")) place.name = *name;
  return place;
}

bool is_of(const core::Product& product, const store::SecretOwner& owner) {
  return owner.organization.is_none() ? product.organization.is_none() && product.user == owner.user
                                      : product.organization == owner.organization;
}

json::Array users_of(const store::Catalog& catalog, const store::SecretOwner& owner, std::string_view name) {
  json::Array integrations;
  for (const core::IntegrationPtr& one : store::integrations_using(catalog, owner, name)) {
    integrations.emplace_back(
        json::Object{{"id", one->id.str()}, {"name", one->config.name.value_or(core::default_name(one->config))}});
  }
  return integrations;
}

// Products come and go: those that are the owner's now.
json::Value products_of(const store::Secret& secret, const store::SecretOwner& owner, const store::Catalog& catalog) {
  if (!secret.products) return {};
  json::Array ids;
  for (const core::ProductId id : *secret.products) {
    if (const core::Product* product = catalog.product(id); product != nullptr && is_of(*product, owner))
      ids.emplace_back(id.value);
  }
  return ids;
}

json::Object secret_object(const store::Secret& secret,
                           const store::SecretOwner& owner,
                           const store::Catalog& catalog) {
  const auto last = secret.access->last();
  return {{"name", secret.name},
          {"created_at", to_iso8601(secret.created_at)},
          {"updated_at", to_iso8601(secret.updated_at)},
          {"last_accessed_at", last ? json::Value(to_iso8601(*last)) : json::Value()},
          {"products", products_of(secret, owner, catalog)},
          {"hosts", secret.hosts == nullptr ? json::Value()
                                            : json::Value(json::Array(secret.hosts->begin(), secret.hosts->end()))},
          {"integrations", users_of(catalog, owner, secret.name)},
          {"logic_functions", json::Array()}};
}

Error no_secret(const std::string& name) {
  return {Fault::kNotFound, "there is no secret '" + name + "'"};
}

// Flat, or wrapped in "secret": clients send either.
Result<json::Object> secret_body(const Call& call, const Limits& limits) {
  FLEETHOOK_TRY(json::Object body, call.body(limits));
  const json::Value* wrapped = body.find("secret");
  if (wrapped == nullptr || wrapped->is_null()) return body;
  if (!wrapped->is_object()) return Error::field("secret", "expected an object with name and value");
  return wrapped->as_object();
}

Result<std::string> required_text(const json::Object& body, std::string_view field) {
  FLEETHOOK_TRY(auto text, text_member(body, field));
  if (!text) return Error::field(std::string(field), "is required");
  return *std::move(text);
}

// `products` and `hosts`: absent, they stay as they are; null, there is no limit.
Result<void> read_limits(const Call& call,
                         const store::SecretOwner& owner,
                         const json::Object& body,
                         store::NewSecret& secret) {
  if (const json::Value* sent = body.find("products")) {
    secret.products.emplace();
    const json::Array single{*sent};
    const json::Array& items = sent->is_array() ? sent->as_array() : single;
    if (!sent->is_null()) secret.products->emplace();
    for (std::size_t i = 0; i < items.size() && !sent->is_null(); ++i) {
      FLEETHOOK_TRY(const std::string text, product_text(items[i], "products"));
      const auto product = find_product(*call.catalog, text);
      if (!product.ok() || !is_of(**product, owner))
        return Error::field("products." + std::to_string(i), "'" + text + "' is no product of the secret's owner");
      (*secret.products)->push_back((*product)->id);
    }
  }
  if (const json::Value* sent = body.find("hosts")) {
    secret.hosts.emplace();
    const json::Array single{*sent};
    const json::Array& items = sent->is_array() ? sent->as_array() : single;
    if (!sent->is_null()) secret.hosts->emplace();
    for (std::size_t i = 0; i < items.size() && !sent->is_null(); ++i) {
      if (!items[i].is_string()) return Error::field("hosts." + std::to_string(i), "expected text");
      (*secret.hosts)->push_back(items[i].as_string());
    }
  }
  return {};
}

// The first few of a list, for a sentence.
std::string few_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kNamesShown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() <= kNamesShown ? text : text + " and " + std::to_string(names.size() - kNamesShown) + " more";
}

// That the limits are narrower than what runs. They hold from now on: whoever set them may have meant just that.
std::vector<core::Warning> warnings_of(const store::Catalog& catalog,
                                       const store::SecretOwner& owner,
                                       const store::Secret& secret) {
  std::vector<core::Warning> warnings;
  const auto misfits = store::misfits_of(catalog, owner, secret);
  for (std::size_t i = 0; i < misfits.size() && i < kMisfitsShown; ++i) {
    const store::SecretMisfit& one = misfits[i];
    const std::string who = "integration " + one.integration->id.str() + " (" +
                            one.integration->config.name.value_or(core::default_name(one.integration->config)) + ")";
    const std::string so = ": what it sends there ends in error";
    std::vector<std::string> slugs;
    for (const core::ProductId id : one.products) {
      const core::Product* product = catalog.product(id);
      slugs.push_back(product == nullptr ? std::to_string(id.value) : product->slug);
    }
    if (!slugs.empty()) {
      warnings.push_back({"products", std::string(core::warning_code::kSecretNotForProduct),
                          who + " uses the secret on " + few_of(slugs) + ", which the list does not name" + so});
    }
    if (!one.hosts.empty()) {
      warnings.push_back({"hosts", std::string(core::warning_code::kSecretNotForHost),
                          who + " sends the secret to " + few_of(one.hosts) + ", which the list does not name" + so});
    }
  }
  if (misfits.size() > kMisfitsShown) {
    warnings.push_back({std::nullopt, warnings.back().code,
                        "and so do " + std::to_string(misfits.size() - kMisfitsShown) + " more integrations"});
  }
  return warnings;
}

Result<http::Response> put(Services& services, Call& call, const Place& place, store::NewSecret secret) {
  FLEETHOOK_TRY(const store::SecretPut made, services.store.put_secret(place.owner, std::move(secret), call.actor()));
  const store::CatalogPtr catalog = services.store.catalog();
  json::Object said{{"secret", secret_object(*made.secret, place.owner, *catalog)}};
  put_warnings(said, warnings_of(*catalog, place.owner, *made.secret));
  return answer(made.created ? 201 : 200, said);
}

Result<http::Response> list(Services&, Call& call) {
  const Place place = place_of(call);
  json::Array items;
  if (const store::Secrets* secrets = call.catalog->secrets(place.owner)) {
    for (const auto& [name, secret] : *secrets) items.emplace_back(secret_object(*secret, place.owner, *call.catalog));
  }
  return answer(200, json::Object{{"secrets", std::move(items)}});
}

Result<http::Response> get(Services&, Call& call) {
  const Place place = place_of(call);
  const store::Secrets* secrets = call.catalog->secrets(place.owner);
  const auto found = secrets == nullptr ? store::Secrets::const_iterator() : secrets->find(place.name);
  if (secrets == nullptr || found == secrets->end()) return no_secret(place.name);
  return answer(200, json::Object{{"secret", secret_object(*found->second, place.owner, *call.catalog)}});
}

Result<http::Response> create(Services& services, Call& call) {
  const Place place = place_of(call);
  FLEETHOOK_TRY(const json::Object body, secret_body(call, services.limits));
  store::NewSecret secret;
  FLEETHOOK_TRY(secret.name, required_text(body, "name"));
  FLEETHOOK_TRY(secret.value, required_text(body, "value"));
  FLEETHOOK_CHECK(read_limits(call, place.owner, body, secret));
  secret.must_be_new = true;
  return put(services, call, place, std::move(secret));
}

Result<http::Response> update(Services& services, Call& call) {
  const Place place = place_of(call);
  FLEETHOOK_TRY(const json::Object body, secret_body(call, services.limits));
  FLEETHOOK_TRY(const auto name, text_member(body, "name"));
  if (name && *name != place.name) return Error::field("name", "a secret cannot be renamed; expected " + place.name);
  store::NewSecret secret;
  secret.name = place.name;
  FLEETHOOK_TRY(secret.value, text_member(body, "value"));
  FLEETHOOK_CHECK(read_limits(call, place.owner, body, secret));
  if (!secret.value && !secret.products && !secret.hosts) return Error::field("value", "is required");
  const store::Secrets* known = call.catalog->secrets(place.owner);
  if (known == nullptr || !known->contains(place.name)) FLEETHOOK_CHECK(also_needs(call, Permission::kSecretsCreate));
  return put(services, call, place, std::move(secret));
}

Result<http::Response> remove(Services& services, Call& call) {
  const Place place = place_of(call);
  auto deleted = services.store.delete_secret(place.owner, place.name, call.actor());
  if (!deleted && deleted.error().code == "secret_in_use") {
    return error_answer(deleted.error(),
                        json::Object{{"integrations", users_of(*services.store.catalog(), place.owner, place.name)}});
  }
  FLEETHOOK_CHECK(std::move(deleted));
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace

std::vector<Route> secret_routes() {
  std::vector<Route> routes;
  // The caller's own are the caller's alone.
  const auto add = [&](std::string_view all, std::string_view one, bool own) {
    const auto needs = [own](Permission permission) { return own ? Permission::kSandbox : permission; };
    routes.push_back({.method = "GET",
                      .pattern = all,
                      .permission = needs(Permission::kSecretsList),
                      .on_pool = list,
                      .summary = "List secrets and what uses them; values are never shown.",
                      .response = "Secrets"});
    routes.push_back({.method = "POST",
                      .pattern = all,
                      .permission = needs(Permission::kSecretsCreate),
                      .on_pool = create,
                      .summary = "Create a secret, with the products that may use it and the hosts that may get it.",
                      .request = "SecretNew",
                      .response = "SecretAnswer"});
    routes.push_back({.method = "GET",
                      .pattern = one,
                      .permission = needs(Permission::kSecretsGet),
                      .on_pool = get,
                      .summary = "One secret, without its value.",
                      .response = "SecretAnswer"});
    routes.push_back({.method = "PUT",
                      .pattern = one,
                      .permission = needs(Permission::kSecretsUpdate),
                      .on_pool = update,
                      .summary = "Replace a secret's value or its limits, or create it; what is not sent stays.",
                      .request = "SecretChange",
                      .response = "SecretAnswer"});
    routes.push_back({.method = "DELETE",
                      .pattern = one,
                      .permission = needs(Permission::kSecretsRemove),
                      .on_pool = remove,
                      .summary = "Delete a secret that nothing uses."});
  };
  add("/v1/secrets", "/v1/secrets/:name", true);
  add("/v1/orgs/:organization/secrets", "/v1/orgs/:organization/secrets/:name", false);
  return routes;
}

}  // namespace fleethook::api
