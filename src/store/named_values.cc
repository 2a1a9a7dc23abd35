#include "store/named_values.h"

#include <algorithm>
#include <map>

#include "core/integration_check.h"
#include "core/oauth2.h"
#include "core/secret_hosts.h"
#include "store/secret_scope.h"

namespace fleethook::store {
namespace {

const std::string* find_in(const Variables* variables, std::string_view name) {
  if (variables == nullptr) return nullptr;
  const auto found = variables->find(name);
  return found == variables->end() ? nullptr : &found->second;
}

// The nearest one counts.
const std::string* find_variable(const Catalog& catalog,
                                 core::IntegrationNumber integration,
                                 const core::OrganizationId& organization,
                                 core::ProductId product,
                                 std::string_view name) {
  if (product.is_none()) return nullptr;
  if (!integration.is_none()) {
    if (const auto* text = find_in(catalog.variables(VariablesOwner::of(integration, product)), name)) return text;
  }
  if (const auto* text = find_in(catalog.variables(VariablesOwner::of(product)), name)) return text;
  return organization.is_none() ? nullptr : find_in(catalog.variables(VariablesOwner::of(organization)), name);
}

const Secret* find_secret(const Secrets* secrets, std::string_view name) {
  if (secrets == nullptr) return nullptr;
  const auto found = secrets->find(name);
  return found == secrets->end() ? nullptr : found->second.get();
}

// The secret by which a token is asked for goes to the token endpoint alone, so it is judged by that.
void add_client_secret(const Secrets* secrets,
                       const Catalog& catalog,
                       const core::Integration& integration,
                       const core::TokenGrant& grant,
                       core::ProductId product,
                       std::optional<Instant> used_at,
                       core::NamedValues& values) {
  const std::string& name = grant.settings.client_secret;
  const Secret* secret = find_secret(secrets, name);
  if (secret == nullptr) {
    values.refusal = "no token can be asked for: there is no secret " + name;
  } else if (!serves(*secret, integration, product)) {
    values.refusal = not_for(*secret, catalog, product);
  } else if (secret->hosts != nullptr && !core::may_go_to(*secret->hosts, grant.url.host, grant.url.port)) {
    values.refusal = core::not_sent_to({name, secret->hosts}, grant.url.host);
  } else {
    if (values.secret(name) == nullptr) values.secrets.emplace_back(name, secret->value);
    if (used_at) secret->access->note(*used_at);
  }
}

}  // namespace

core::NamedValues named_values(const Catalog& catalog,
                               const core::Integration& integration,
                               const core::CompiledIntegration& compiled,
                               core::ProductId product,
                               std::optional<Instant> used_at) {
  core::NamedValues values;
  values.credentials = compiled.credentials();
  const core::NeededNames& needs = compiled.needs();
  const core::TokenGrant* grant = compiled.token_grant();
  if (!needs.secrets.empty() || grant != nullptr) {
    const Secrets* secrets = catalog.secrets(SecretOwner::of(integration));
    if (grant != nullptr) add_client_secret(secrets, catalog, integration, *grant, product, used_at, values);
    for (const std::string& name : needs.secrets) {
      const Secret* secret = find_secret(secrets, name);
      if (secret == nullptr) continue;
      if (!serves(*secret, integration, product)) {
        values.refusal = not_for(*secret, catalog, product);
        continue;
      }
      if (values.secret(name) == nullptr) values.secrets.emplace_back(name, secret->value);
      if (secret->hosts != nullptr) values.bound.push_back({name, secret->hosts});
      if (used_at) secret->access->note(*used_at);
    }
  }
  for (const std::string& name : needs.variables) {
    const std::string* text = find_variable(catalog, integration.number, integration.organization, product, name);
    if (text != nullptr) values.variables.emplace_back(name, *text);
  }
  return values;
}

std::string_view to_text(EffectiveVariable::From from) {
  switch (from) {
    case EffectiveVariable::From::kOrganization:
      return "organization";
    case EffectiveVariable::From::kProduct:
      return "product";
    case EffectiveVariable::From::kPlacement:
      return "placement";
  }
  return "";
}

std::vector<EffectiveVariable> effective_variables(const Catalog& catalog,
                                                   core::ProductId product,
                                                   core::IntegrationNumber integration) {
  using From = EffectiveVariable::From;
  std::map<std::string, EffectiveVariable> nearest;
  const auto add = [&](const Variables* variables, From from) {
    if (variables == nullptr) return;
    for (const auto& [name, text] : *variables) nearest[name] = {name, text, from};
  };
  const core::Product* of = catalog.product(product);
  if (of != nullptr && !of->organization.is_none())
    add(catalog.variables(VariablesOwner::of(of->organization)), From::kOrganization);
  add(catalog.variables(VariablesOwner::of(product)), From::kProduct);
  if (!integration.is_none()) add(catalog.variables(VariablesOwner::of(integration, product)), From::kPlacement);
  std::vector<EffectiveVariable> list;
  for (auto& [name, variable] : nearest) list.push_back(std::move(variable));
  return list;
}

std::vector<MissingVariable> missing_variables(const Catalog& catalog,
                                               const core::IntegrationConfig& config,
                                               core::IntegrationNumber integration,
                                               const core::OrganizationId& organization,
                                               const std::vector<core::ProductId>& products) {
  std::vector<MissingVariable> missing;
  for (const core::VariableUse& use : core::variables_used(config)) {
    if (products.empty()) missing.push_back({use.name, use.fields.front(), {}});
    for (const core::ProductId product : products) {
      if (find_variable(catalog, integration, organization, product, use.name) == nullptr)
        missing.push_back({use.name, use.fields.front(), product});
    }
  }
  return missing;
}

std::vector<MissingSecret> missing_secrets(const Catalog& catalog,
                                           const core::IntegrationConfig& config,
                                           const core::OrganizationId& organization,
                                           const core::UserId& user) {
  const Secrets* secrets =
      catalog.secrets(organization.is_none() ? SecretOwner::of(user) : SecretOwner::of(organization));
  std::vector<MissingSecret> missing;
  const auto look_for = [&](const std::string& name, std::string field) {
    if (find_secret(secrets, name) == nullptr) missing.push_back({name, std::move(field)});
  };
  for (std::size_t i = 0; i < config.secrets.size(); ++i) look_for(config.secrets[i], "secrets." + std::to_string(i));
  for (std::size_t i = 0; i < config.parameters.size(); ++i) {
    const json::Value* name = config.parameters[i].find("secret");
    if (name == nullptr || !name->is_string()) continue;
    look_for(name->as_string(), "parameters." + std::to_string(i) + ".secret");
  }
  for (std::size_t i = 0; i < config.signing.size(); ++i)
    look_for(config.signing[i], "signing.secrets." + std::to_string(i));
  if (config.auth && config.auth->oauth2) look_for(config.auth->oauth2->client_secret, "auth.oauth2.client_secret");
  return missing;
}

std::vector<core::IntegrationConfig> configs_on(const core::IntegrationPtr& integration, core::ProductId product) {
  std::vector<core::IntegrationConfig> configs{core::Integration::running_on(integration, product)->config};
  const core::Staged* staged = integration->staged.get();
  if (staged != nullptr && std::ranges::binary_search(staged->products, product)) {
    const core::Override* differs = integration->override_on(product);
    configs.push_back(differs == nullptr ? integration->config
                                         : core::with_override(integration->config, differs->settings));
  }
  return configs;
}

std::vector<core::IntegrationPtr> integrations_using(const Catalog& catalog,
                                                     const SecretOwner& owner,
                                                     std::string_view secret) {
  std::vector<core::IntegrationPtr> all;
  if (!owner.organization.is_none()) {
    all = catalog.integrations_of(owner.organization);
  } else {
    all = catalog.sandbox_integrations_of(owner.user);
    for (const core::Product* product : catalog.products_of(owner.user)) {
      for (core::IntegrationPtr& integration : catalog.integrations_of(product->id))
        all.push_back(std::move(integration));
    }
    std::ranges::sort(all, {}, [](const core::IntegrationPtr& integration) { return integration->number; });
  }
  std::erase_if(all, [&](const core::IntegrationPtr& integration) {
    return !std::ranges::binary_search(core::secrets_used(*integration), secret);
  });
  return all;
}

}  // namespace fleethook::store
