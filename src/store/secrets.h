// Cloud secrets and variables, as the catalog holds them. A secret belongs to an organization or to a user (whose
// sandbox and own products it serves); it can be replaced but never read back by people. Variables belong to an
// organization, a product, or a placement; the nearest one counts: placement, product, organization.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ids.h"
#include "core/integration.h"
#include "core/last_use.h"
#include "json/value.h"

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

// The products in whose integrations a secret may be used, ascending. nullopt: on all of its owner's, and only who may
// change integrations of the owner as a whole decides where it goes. With a list, whoever may change integrations of
// one of these products does, there. A sandbox needs no list: it is its owner's alone.
using SecretProducts = std::optional<std::vector<core::ProductId>>;
// Where it may be sent, as core::read_secret_host() gives it. nullptr: anywhere.
using SecretHosts = std::shared_ptr<const std::vector<std::string>>;

struct Secret {
  std::string name, value;
  SecretProducts products;
  SecretHosts hosts;
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

// What to store. What is not set stays as it is; a new secret needs a value, and has no limits of its own.
struct NewSecret {
  std::string name;
  std::optional<std::string> value = {};
  bool must_be_new = false;  // kConflict, code "secret_exists", when there is one of that name
  std::optional<SecretProducts> products = {};
  std::optional<std::optional<std::vector<std::string>>> hosts = {};  // as people write them
};
struct SecretPut {
  SecretPtr secret;
  bool created = false;
  json::Object diff = {};  // for the audit log: what changed of the two lists
};
struct VariablesEdit {
  std::map<std::string, std::optional<std::string>> texts;  // nullopt = remove
  bool replace = true;                                      // false: those that are not named stay
};

}  // namespace fleethook::store
