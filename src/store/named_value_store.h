// Secrets and variables.
#pragma once
#include <string>

#include "base/result.h"
#include "store/audit.h"
#include "store/catalog.h"
#include "store/named_values.h"
#include "store/secrets.h"

namespace fleethook::store {

// Thread-safe. Blocks until committed: API pool only. Errors and `by` are as in store/store.h.
class NamedValueStore {
 public:
  virtual ~NamedValueStore() = default;
  // Secrets: plain in the catalog's snapshots, sealed on disk, and in no audit entry, log or error. The rules and
  // refusals of these three: store/secret_rules.h.
  virtual Result<SecretPut> put_secret(const SecretOwner& owner, NewSecret secret, const Actor& by) = 0;
  virtual Result<void> delete_secret(const SecretOwner& owner, const std::string& name, const Actor& by) = 0;
  virtual Result<VariablesPtr> set_variables(const VariablesOwner& owner, VariablesEdit edit, const Actor& by) = 0;
};

}  // namespace fleethook::store
