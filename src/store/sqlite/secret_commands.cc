// Secrets and variables.
#include <utility>

#include "store/secret_rules.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/secret_rows.h"
#include "store/sqlite/sqlite_store.h"

namespace fleethook::store {

using sqlite::Database;

Result<SecretPut> SqliteStore::put_secret(const SecretOwner& owner, NewSecret secret, const Actor& by) {
  return answer<SecretPut>([&](Database& database, CatalogEditor& editor, SecretPut& put) -> Result<void> {
    if (keys_->empty()) return Error{Fault::kUnavailable, "there is no master key to seal secrets with"};
    const Instant now = clock_.now();
    FLEETHOOK_TRY(put, store::put_secret(editor, owner, std::move(secret), now, limits_));
    FLEETHOOK_CHECK(write_secret(database, owner, *put.secret, *keys_, random_));
    return write_audit(database, audit_of_put(owner, put, by, now));
  });
}

Result<void> SqliteStore::delete_secret(const SecretOwner& owner, const std::string& name, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    FLEETHOOK_CHECK(store::delete_secret(editor, owner, name));
    FLEETHOOK_CHECK(erase_secret(database, owner, name));
    return write_audit(database, audit_of_secret("secret.deleted", owner, name, by, clock_.now()));
  });
}

Result<VariablesPtr> SqliteStore::set_variables(const VariablesOwner& owner, VariablesEdit edit, const Actor& by) {
  return answer<VariablesPtr>([&](Database& database, CatalogEditor& editor, VariablesPtr& made) -> Result<void> {
    FLEETHOOK_TRY(const VariablesChange done, store::set_variables(editor, owner, edit, by, clock_.now(), limits_));
    made = done.variables;
    if (!done.changed) return {};
    FLEETHOOK_CHECK(write_variables(database, owner, *made));
    return write_audit(database, done.entry);
  });
}

// Should the commit fail, what was noted so far is written when the secret is used again: a time for people to see, not
// one to count on.
Result<void> SqliteStore::save_secret_access() {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    Result<void> written;
    const auto save = [&](const SecretOwner& owner, const Secrets& secrets) {
      for (const auto& [name, secret] : secrets) {
        if (written && secret->access->take_unsaved()) written = write_secret_access(database, owner, *secret);
      }
    };
    const Catalog::Data& data = editor.data();
    data.organization_secrets.for_each([&](const auto& id, const SecretsPtr& one) { save(SecretOwner::of(id), *one); });
    data.user_secrets.for_each([&](const auto& id, const SecretsPtr& one) { save(SecretOwner::of(id), *one); });
    return written;
  });
}

}  // namespace fleethook::store
