// Secrets and variables as rows. Secrets are sealed: nothing here writes a plain value.
#pragma once
#include <cstddef>

#include "base/keyring.h"
#include "base/random.h"
#include "sqlite/database.h"
#include "store/catalog_editor.h"
#include "store/secrets.h"

namespace fleethook::store {

Result<std::size_t> count_secrets(sqlite::Database& database);
// Into the editor, after users, organizations, products and integrations. kCorrupt, code
// "secret_not_opened", names the first secret that these keys do not open, and why.
Result<void> load_secrets(sqlite::Database& database, const crypto::Keyring& keys, CatalogEditor& editor);
Result<void> load_variables(sqlite::Database& database, CatalogEditor& editor);

// The rest runs in the transaction of the change, on the writer's thread.
Result<void> write_secret(sqlite::Database& database,
                          const SecretOwner& owner,
                          const Secret& secret,
                          const crypto::Keyring& keys,
                          Random& random);
Result<void> erase_secret(sqlite::Database& database, const SecretOwner& owner, const std::string& name);
Result<void> write_secret_access(sqlite::Database& database, const SecretOwner& owner, const Secret& secret);
// All of them; none leaves no row. Those of a placement also go by a trigger when the placement is marked removed.
Result<void> write_variables(sqlite::Database& database, const VariablesOwner& owner, const Variables& variables);

// Seals every secret that is not under the current key again, all in one transaction of its own. Returns how many.
Result<std::size_t> reseal_secrets(sqlite::Database& database, const crypto::Keyring& keys, Random& random);

}  // namespace fleethook::store
