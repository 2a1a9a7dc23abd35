#include "sharing/rules.h"

#include <algorithm>
#include <map>
#include <utility>

#include "store/errors.h"
#include "store/named_values.h"

namespace fleethook::sharing {

Error refused(std::string_view code, std::string message) {
  return Error{Fault::kConflict, std::move(message), std::string(code)};
}

Error was_merged(const core::Integration& closed) {
  return refused("merged", "this integration was merged into " + closed.merged_into.str() + "; change that one");
}

Result<core::IntegrationPtr> find(const store::Catalog& catalog, const Request& request, const Target& target) {
  const auto missing = [&] { return Error{Fault::kNotFound, "Integration not found: '" + target.id.str() + "'."}; };
  const core::IntegrationPtr found = catalog.integration(target.id);
  if (found == nullptr) {
    const core::IntegrationPtr closed = catalog.closed_integration(target.id);
    if (closed == nullptr) return missing();
    return was_merged(*closed);
  }
  if (!target.product.is_none() && !found->on(target.product)) return missing();
  if (request.version && *request.version != found->version) {
    return store::version_mismatch(found->version, *request.version);
  }
  return found;
}

Result<core::IntegrationPtr> find_for_all(const store::Catalog& catalog, const Request& request, const Target& target) {
  FLEETHOOK_TRY(core::IntegrationPtr found, find(catalog, request, target));
  if (target.product.is_none() || !found->shared()) return found;
  return refused("shared_integration",
                 "this integration is shared by several products; edit it at the organization for all of them, or "
                 "separate it for this one");
}

Result<void> check_not_staged(const core::Integration& integration) {
  if (integration.staged == nullptr) return {};
  return refused("version_staged", "version " + std::to_string(integration.staged->version) +
                                       " is being tried on some products; promote or discard it first");
}

void take_out(core::Integration& next, core::ProductId product) {
  std::erase(next.products, product);
  std::erase_if(next.overrides, [&](const core::Override& one) { return one.product == product; });
  if (next.staged == nullptr) return;
  auto staged = std::make_shared<core::Staged>(*next.staged);
  std::erase(staged->products, product);
  if (staged->products.empty()) {
    next.staged.reset();
  } else {
    next.staged = std::move(staged);
  }
}

void set_override_of(core::Integration& next, core::ProductId product, json::Object settings) {
  const auto at = std::ranges::lower_bound(next.overrides, product, {}, &core::Override::product);
  const bool there = at != next.overrides.end() && at->product == product;
  if (settings.empty()) {
    if (there) next.overrides.erase(at);
  } else if (there) {
    at->settings = std::move(settings);
  } else {
    next.overrides.insert(at, {product, std::move(settings)});
  }
}

bool adds_product(core::Integration& next, core::ProductId product) {
  const auto at = std::ranges::lower_bound(next.products, product);
  if (at != next.products.end() && *at == product) return false;
  next.products.insert(at, product);
  return true;
}

std::string names_of(const store::Catalog& catalog, const std::vector<core::ProductId>& products) {
  std::string names;
  for (const core::ProductId id : products) {
    const core::Product* product = catalog.product(id);
    if (!names.empty()) names += ", ";
    names += product != nullptr ? product->slug : std::to_string(id.value);
  }
  return names;
}

store::AuditEntry note(const store::Actor& by,
                       const core::Integration& integration,
                       std::string_view action,
                       json::Object diff,
                       core::ProductId also) {
  store::AuditEntry entry;
  entry.by = by;
  entry.organization = integration.organization;
  if (entry.organization.is_none()) entry.owner = integration.user;
  entry.products = integration.products;
  if (!also.is_none() && !integration.on(also)) entry.products.push_back(also);
  entry.action = "integration.";
  entry.action += action;
  entry.target = integration.id.str();
  entry.target_name = integration.config.name.value_or(core::default_name(integration.config));
  entry.diff = std::move(diff);
  return entry;
}

json::Object difference(const core::Integration& from, const core::Integration& to) {
  json::Object diff = core::config_diff(from.config, to.config, to.scope);
  if (from.products != to.products) {
    const auto ids = [](const std::vector<core::ProductId>& products) {
      json::Array array;
      for (const core::ProductId id : products) array.emplace_back(id.value);
      return array;
    };
    store::put_change(diff, "product_ids", ids(from.products), ids(to.products));
  }
  const auto settings = [](const core::Override* one) {
    return one == nullptr ? json::Value() : json::Value(one->settings);
  };
  std::vector<core::ProductId> all = from.products;
  all.insert(all.end(), to.products.begin(), to.products.end());
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (const core::ProductId id : all) {
    const json::Value before = settings(from.override_on(id));
    const json::Value after = settings(to.override_on(id));
    if (!(before == after)) store::put_change(diff, "overrides." + std::to_string(id.value), before, after);
  }
  return diff;
}

namespace {

// What is missing, by field and name, with the products that lack it.
class Missing {
 public:
  explicit Missing(const store::Catalog& catalog) : catalog_(catalog) {}

  void secrets(const core::IntegrationConfig& config, const core::Integration& of) {
    for (auto& secret : store::missing_secrets(catalog_, config, of.organization, of.user)) {
      lacking_.try_emplace({secret.field, "there is no secret " + secret.name});
    }
  }
  void variables(const core::IntegrationConfig& config,
                 const core::Integration& of,
                 core::IntegrationNumber placements_of,
                 const std::vector<core::ProductId>& products) {
    for (auto& variable : store::missing_variables(catalog_, config, placements_of, of.organization, products)) {
      lacking_[{variable.field, "product.vars." + variable.name + " has no value"}].push_back(variable.product);
    }
  }
  Result<void> result() const {
    if (lacking_.empty()) return {};
    Error error;
    for (const auto& [what, products] : lacking_) {
      std::string message = what.second;
      std::vector<core::ProductId> named = products;
      std::erase_if(named, [](core::ProductId id) { return id.is_none(); });
      std::ranges::sort(named);
      named.erase(std::unique(named.begin(), named.end()), named.end());
      if (!named.empty()) {
        message += " on " + names_of(catalog_, named) +
                   "; give it one for the organization, the product, or this integration there";
      }
      if (!error.message.empty()) error.message += "; ";
      error.message += what.first + ": " + message;
      error.violations.push_back({what.first, std::move(message)});
    }
    return error;
  }

 private:
  const store::Catalog& catalog_;
  std::map<std::pair<std::string, std::string>, std::vector<core::ProductId>> lacking_;
};

}  // namespace

Result<void> check_names(const store::Catalog& catalog,
                         const core::Integration& next,
                         const core::PlacementKey& carried) {
  auto settled = std::make_shared<core::Integration>(next);
  settled->settle(&next.fingerprint);
  const core::IntegrationPtr integration = std::move(settled);
  Missing missing(catalog);
  missing.secrets(next.config, next);
  // Most products run the shared configuration as it is: they are looked at together.
  std::vector<core::ProductId> alike;
  for (const core::ProductId product : next.products) {
    const bool is_carried = product == carried.product;
    if (!is_carried && core::Integration::running_on(integration, product) == integration) {
      alike.push_back(product);
      continue;
    }
    for (const core::IntegrationConfig& config : store::configs_on(integration, product)) {
      missing.secrets(config, next);
      missing.variables(config, next, is_carried ? carried.integration : next.number, {product});
    }
  }
  if (!alike.empty() || next.products.empty()) missing.variables(next.config, next, next.number, alike);
  return missing.result();
}

core::IntegrationConfig in_effect(const core::Integration& integration, core::ProductId product) {
  const core::Override* there = integration.override_on(product);
  return there == nullptr ? integration.config : core::with_override(integration.config, there->settings);
}

Result<core::IntegrationPtr> run(
    store::Integrations& store,
    const std::function<
        Result<store::Changes>(const store::Catalog&, const store::Making&, core::IntegrationPtr& unchanged)>& rule) {
  core::IntegrationPtr unchanged;
  auto made = store.change_integrations(
      [&](const store::Catalog& catalog, const store::Making& making) { return rule(catalog, making, unchanged); });
  if (!made.ok()) return std::move(made).error();
  return made->empty() ? unchanged : made->front();
}

}  // namespace fleethook::sharing
