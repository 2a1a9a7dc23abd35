// Cloud secrets and variables, as the catalog holds them. A secret belongs to an organization or to a user (whose
// sandbox and own products it serves); it can be replaced but never read back by people. Variables belong to an
// organization, a product, or a placement; the nearest one counts: placement, product, organization.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "core/ids.h"
#include "core/integration.h"

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

// When a secret was last used; all snapshots share one. Thread-safe.
class SecretAccess {
 public:
  explicit SecretAccess(std::optional<Instant> last) : last_us_(last ? last->time_since_epoch().count() : kNever) {}
  void note(Instant when) {
    const std::int64_t us = when.time_since_epoch().count();
    if (last_us_.load(std::memory_order_relaxed) < us) last_us_.store(us, std::memory_order_relaxed);
  }
  std::optional<Instant> last() const {
    const std::int64_t us = last_us_.load(std::memory_order_relaxed);
    return us == kNever ? std::nullopt : std::optional<Instant>(Instant(Duration(us)));
  }

  // Whether it was used since the last call with this answer. For the one thread that saves it.
  bool take_unsaved() {
    const std::int64_t us = last_us_.load(std::memory_order_relaxed);
    return std::exchange(saved_us_, us) != us;
  }

 private:
  static constexpr std::int64_t kNever = INT64_MIN;
  std::atomic<std::int64_t> last_us_;
  std::int64_t saved_us_ = last_us_.load(std::memory_order_relaxed);
};

struct Secret {
  std::string name, value;
  Instant created_at{}, updated_at{};
  std::shared_ptr<SecretAccess> access;  // never null
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
