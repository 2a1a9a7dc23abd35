// The rules of changing secrets and variables, the same for every store: what is refused, and how the next snapshot and
// the audit entry look. The store keeps on its disk what these have put into the editor.
#pragma once
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "store/audit.h"
#include "store/catalog_data.h"
#include "store/catalog_editor.h"
#include "store/changes.h"
#include "store/secrets.h"

namespace fleethook::store {

// ^[A-Z_][A-Z0-9_]*$, and not over Limits::name_bytes_max.
Result<void> check_secret_name(std::string_view name, const Limits& limits);

// kInvalid with the field (name, value, products, hosts); kConflict "secret_exists"; kNotFound for an unknown owner.
Result<SecretPut> put_secret(
    CatalogEditor& editor, const SecretOwner& owner, NewSecret secret, Instant now, const Limits& limits);
// kNotFound; kConflict "secret_in_use", naming the integrations.
Result<void> delete_secret(CatalogEditor& editor, const SecretOwner& owner, const std::string& name);
// `action`: "secret.created", "secret.updated", "secret.deleted". Carries the name and never the value.
AuditEntry audit_of_secret(
    std::string action, const SecretOwner& owner, const std::string& name, Actor by, Instant now);
// "secret.created" or "secret.updated", with what changed of its products and hosts.
AuditEntry audit_of_put(const SecretOwner& owner, const SecretPut& put, Actor by, Instant now);

// Entries "secret.selected", one for each secret that an integration of `changes` newly asks for: in its configuration
// or in one that it tries. `data`: as before them.
std::vector<AuditEntry> audit_of_selections(const Catalog::Data& data, const Changes& changes, Instant now);

// What set_variables() did.
struct VariablesChange {
  VariablesPtr variables;  // as they are now
  bool changed = false;
  AuditEntry entry;  // when changed; shows the texts: variables are no secrets
};
// kInvalid with the field ("variables.NAME"); kNotFound for an unknown owner or placement; kConflict "variable_in_use",
// naming integration and product, when an integration would be left without a variable that it needs there; kForbidden
// as of check_variables_of_urls().
Result<VariablesChange> set_variables(CatalogEditor& editor,
                                      const VariablesOwner& owner,
                                      const VariablesEdit& edit,
                                      Actor by,
                                      Instant now,
                                      const Limits& limits);

}  // namespace fleethook::store
