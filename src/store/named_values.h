// Which secrets and variables an integration gets, and what it lacks. Everything is read from one snapshot.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/compiled_integration.h"
#include "store/catalog.h"
#include "store/secrets.h"

namespace fleethook::store {

// The values that `compiled`, a version of `integration`, needs for an event of `product` (none: of the sandbox), and
// what else of it is to be hidden, and where its secrets may not go. Costs nothing when there is none of both.
// `used_at`, when given, is noted as the time at which its secrets were last used.
core::NamedValues named_values(const Catalog& catalog,
                               const core::Integration& integration,
                               const core::CompiledIntegration& compiled,
                               core::ProductId product,
                               std::optional<Instant> used_at = std::nullopt);

// A variable with the value that counts, and where it comes from.
struct EffectiveVariable {
  enum class From : std::uint8_t { kOrganization, kProduct, kPlacement };
  std::string name, text;
  From from = From::kOrganization;
};
std::string_view to_text(EffectiveVariable::From from);  // "organization", "product", "placement"
// All that a product has, for an integration on it when one is given; ascending by name.
std::vector<EffectiveVariable> effective_variables(const Catalog& catalog,
                                                   core::ProductId product,
                                                   core::IntegrationNumber integration = {});

// Variables that templates of `config` use and that have no value on a product. `integration`: none for one that is not
// there yet, which has no variables of its placements. Without products (a sandbox) every variable is missing.
struct MissingVariable {
  std::string name, field;  // the first field that uses it
  core::ProductId product;
};
std::vector<MissingVariable> missing_variables(const Catalog& catalog,
                                               const core::IntegrationConfig& config,
                                               core::IntegrationNumber integration,
                                               const core::OrganizationId& organization,
                                               const std::vector<core::ProductId>& products);

// Secrets that `config` selects, names behind a parameter, signs or asks for tokens with, and that its owner does not
// have.
struct MissingSecret {
  std::string name, field;  // "secrets.0", "parameters.1.secret", "signing.secrets.0", "auth.oauth2.client_secret"
};
std::vector<MissingSecret> missing_secrets(const Catalog& catalog,
                                           const core::IntegrationConfig& config,
                                           const core::OrganizationId& organization,
                                           const core::UserId& user);

// The configurations that an integration runs or may come back to on one of its products: the effective one, and while
// another is tried there the one that a discard returns to.
std::vector<core::IntegrationConfig> configs_on(const core::IntegrationPtr& integration, core::ProductId product);

// The live integrations of its owner that use a secret, also in a version that is being tried or in an override;
// ascending by creation.
std::vector<core::IntegrationPtr> integrations_using(const Catalog& catalog,
                                                     const SecretOwner& owner,
                                                     std::string_view secret);

}  // namespace fleethook::store
