// The rules of changing secrets and variables, on a draft: what is refused, and what the audit log says.
#pragma once
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "store/audit.h"
#include "store/catalog_data.h"
#include "store/changes.h"
#include "store/draft.h"
#include "store/secrets.h"

namespace fleethook::store {

// ^[A-Z_][A-Z0-9_]*$, and not over Limits::name_bytes_max.
Result<void> check_secret_name(std::string_view name, const Limits& limits);

// kInvalid with the field (name, value, products, hosts); kConflict "secret_exists"; kNotFound for an unknown owner.
Result<SecretPut> put_secret(Draft& draft, const SecretOwner& owner, NewSecret secret, const Actor& by);
// kNotFound; kConflict "secret_in_use", naming the integrations.
Result<void> delete_secret(Draft& draft, const SecretOwner& owner, const std::string& name, const Actor& by);
// `action`: "secret.created", "secret.updated", "secret.deleted". Carries the name and never the value.
AuditEntry audit_of_secret(
    std::string action, const SecretOwner& owner, const std::string& name, Actor by, Instant now);
// Entries "secret.selected", one for each secret that an integration of `changes` newly asks for: in its configuration
// or in one that it tries. `data`: as before them.
std::vector<AuditEntry> audit_of_selections(const Catalog::Data& data, const Changes& changes, Instant now);

// kInvalid with the field ("variables.NAME"); kNotFound for an unknown owner or placement; kConflict "variable_in_use",
// naming integration and product, when an integration would be left without a variable that it needs there; kForbidden
// as of check_variables_of_urls().
Result<VariablesPtr> set_variables(Draft& draft,
                                   const VariablesOwner& owner,
                                   const VariablesEdit& edit,
                                   const Actor& by);

}  // namespace fleethook::store
