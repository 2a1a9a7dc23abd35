// Cloud secrets and variables, as the catalog holds them. A secret belongs to an organization or to a user (whose
// sandbox and own products it serves); it can be replaced but never read back by people. Variables belong to an
// organization, a product, or a placement; the nearest one counts: placement, product, organization.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/ids.h"
#include "core/integration.h"
#include "core/last_use.h"

namespace fleethook::store {

// Exactly one of the two is set.
struct SecretOwner {
  core::OrganizationId organization;
  core::UserId user;

  static SecretOwner of(const core::OrganizationId& organization) { return {organization, {}}; }
  static SecretOwner of(const core::UserId& user) { return {{}, user}; }
  static SecretOwner of(const core::Integration& integration) {
    return integration.organization.is_none() ? of(integration.user) : of(integration.organization);
  }
};

struct Secret {
  std::string name, value;
  Instant created_at{}, updated_at{};
  std::shared_ptr<core::LastUse> access;  // never null
};
using SecretPtr = std::shared_ptr<const Secret>;
using Secrets = std::map<std::string, SecretPtr, std::less<>>;  // by name
using SecretsPtr = std::shared_ptr<const Secrets>;

// An organization; or a product; or a placement: an integration on a product.
struct VariablesOwner {
  core::OrganizationId organization;
  core::ProductId product;
  core::IntegrationNumber integration;

  static VariablesOwner of(const core::OrganizationId& organization) { return {organization, {}, {}}; }
  static VariablesOwner of(core::ProductId product) { return {{}, product, {}}; }
  static VariablesOwner of(core::IntegrationNumber integration, core::ProductId product) {
    return {{}, product, integration};
  }
};
using Variables = std::map<std::string, std::string, std::less<>>;
using VariablesPtr = std::shared_ptr<const Variables>;

// What to store.
struct NewSecret {
  std::string name, value;
  bool must_be_new = false;  // kConflict, code "secret_exists", when there is one of that name
};
struct SecretPut {
  SecretPtr secret;
  bool created = false;
};
struct VariablesEdit {
  std::map<std::string, std::optional<std::string>> texts;  // nullopt = remove
  bool replace = true;                                      // false: those that are not named stay
};

}  // namespace fleethook::store
