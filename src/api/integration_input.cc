#include "api/integration_input.h"

#include <algorithm>
#include <utility>

#include "api/answers.h"
#include "api/product_set.h"
#include "sharing/rules.h"
#include "store/named_values.h"

namespace fleethook::api {
namespace {

Result<core::DeviceId> device_named(const Call& call, std::string_view name) {
  std::vector<const core::Device*> found = call.catalog->devices_of(call.user->id);
  std::erase_if(found, [&](const core::Device* device) { return device->name != name; });
  if (found.size() == 1) return found.front()->id;
  const std::string expected = "must be a device id of 24 hex digits, or the name of exactly one of your devices; ";
  if (found.empty()) return Error{Fault::kInvalid, expected + "none is called '" + std::string(name) + "'"};
  return Error{Fault::kInvalid, expected + std::to_string(found.size()) + " are called '" + std::string(name) + "'"};
}

void add(std::vector<Violation>& to, const Error& error) {
  for (const Violation& violation : error.violations) {
    if (std::ranges::find(to, violation) == to.end()) to.push_back(violation);
  }
}

// The house's one sentence of many.
Error with_all(Error first, const std::vector<Violation>& violations) {
  if (violations.size() <= first.violations.size()) return first;
  first.message.clear();
  for (const Violation& violation : shown(violations)) {
    if (!first.message.empty()) first.message += "; ";
    first.message.append(violation.field).append(": ").append(violation.message);
  }
  const std::size_t more = violations.size() - shown(violations).size();
  if (more > 0) first.message += "; and " + std::to_string(more) + " more";
  first.violations = violations;
  return first;
}

}  // namespace

core::ReadHelp read_help(const Place& place, const Call& call, std::vector<core::Warning>& warnings) {
  core::ReadHelp help;
  help.warnings = &warnings;
  if (place.scope == core::Scope::kSandbox)
    help.device_named = [&call](std::string_view name) { return device_named(call, name); };
  if (place.product != nullptr) {
    help.is_own_product = [product = place.product](std::string_view text) {
      return text == product->slug || text == std::to_string(product->id.value);
    };
  }
  return help;
}

Result<sharing::Creation> creation_at(const Place& place, const Call& call, const json::Object& body) {
  sharing::Creation creation;
  creation.scope = place.scope;
  const json::Value* products = sent_products(body);
  if (place.organization_path) {
    if (products == nullptr) {
      return Error::field("product_ids",
                          "name the product or products in which the integration will execute (ids or slugs)");
    }
    FLEETHOOK_TRY(creation.products, read_products(*products, *place.organization, *call.catalog));
    creation.organization = place.organization->id;
  } else if (place.product != nullptr) {
    if (products != nullptr) FLEETHOOK_CHECK(check_only(*place.product, *products));
    creation.through_product = true;
    creation.products = {place.product->id};
    creation.organization = place.product->organization;
    if (creation.organization.is_none()) creation.user = place.product->user;
  } else {
    creation.user = call.user->id;
  }
  return creation;
}

Result<sharing::Creation> read_creation(Services& services,
                                        const Place& place,
                                        const Call& call,
                                        const json::Object& body,
                                        std::vector<core::Warning>& warnings) {
  auto creation = creation_at(place, call, body);
  if (!creation.ok() && creation.error().fault != Fault::kInvalid) return creation;
  core::ReadHelp help = read_help(place, call, warnings);
  std::vector<Violation> names;  // told behind the others
  help.check_more = [&](const core::IntegrationConfig& read, std::vector<Violation>&) {
    core::Integration next;
    next.config = read;
    next.scope = place.scope;
    if (creation.ok()) {
      next.organization = creation->organization;
      next.user = creation->user;
      next.products = creation->products;
      if (const auto checked = sharing::check_names(*call.catalog, next); !checked.ok()) add(names, checked.error());
    } else if (place.organization != nullptr) {
      // Without products nothing can be said of variables.
      for (const auto& secret : store::missing_secrets(*call.catalog, read, place.organization->id, {}))
        names.push_back({secret.field, "there is no secret " + secret.name});
    }
  };
  auto config =
      core::read_config(body, core::EditMode::kCreate, nullptr, place.scope, place.webhooks, services.limits, help);
  if (creation.ok() && config.ok()) {
    creation->config = *std::move(config);
    return creation;  // names that are missing are told by the creation, unless an identical integration is joined
  }
  std::vector<Violation> all;
  if (!creation.ok()) add(all, creation.error());
  if (!config.ok()) add(all, config.error());
  add(all, Error{Fault::kInvalid, {}, {}, names});
  return with_all(creation.ok() ? config.error() : creation.error(), all);
}

Result<std::vector<core::ProductId>> edited_products(const json::Object& body,
                                                     const Place& place,
                                                     const core::Integration& current,
                                                     const store::Catalog& catalog) {
  const json::Value* sent = sent_products(body);
  if (sent == nullptr || place.scope == core::Scope::kSandbox) return current.products;
  if (!place.organization_path) {
    FLEETHOOK_CHECK(check_only(*place.product, *sent));
    return current.products;
  }
  if (sent->is_array() && sent->as_array().empty()) return std::vector<core::ProductId>();
  return read_products(*sent, *place.organization, catalog);
}

Error all_wrong_with_edit(Services& services,
                          const Place& place,
                          const Call& call,
                          const json::Object& body,
                          core::EditMode mode,
                          const core::Integration& current,
                          Error first) {
  if (first.fault != Fault::kInvalid) return first;
  std::vector<Violation> all = first.violations;
  const auto products = edited_products(body, place, current, *call.catalog);
  if (!products.ok()) add(all, products.error());
  std::vector<core::Warning> unheard;
  core::ReadHelp help = read_help(place, call, unheard);
  help.check_more = [&](const core::IntegrationConfig& read, std::vector<Violation>& violations) {
    core::Integration next = current;
    next.config = read;
    if (products.ok()) next.products = *products;
    if (const auto checked = sharing::check_names(*call.catalog, next); !checked.ok()) add(violations, checked.error());
  };
  const auto config =
      core::read_config(body, mode, &current.config, place.scope, place.webhooks, services.limits, help);
  if (!config.ok()) add(all, config.error());
  return with_all(std::move(first), all);
}

}  // namespace fleethook::api
