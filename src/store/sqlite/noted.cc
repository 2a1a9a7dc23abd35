// What is noted in memory and written now and then: no change of the catalog that others would have to hear of, but for
// tokens that ended by themselves.
#include <algorithm>
#include <vector>

#include "store/sqlite/device_rows.h"
#include "store/sqlite/secret_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/token_rows.h"

namespace fleethook::store {

using sqlite::Database;

Result<void> SqliteStore::save_token_use() {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const Instant now = clock_.now();
    std::vector<crypto::Digest> ended;
    Result<void> written;
    editor.data().tokens.for_each([&](const crypto::Digest& digest, const core::AccessToken& token) {
      if (core::has_ended(token, now, limits_.session_idle_max)) {
        ended.push_back(digest);
      } else if (written && token.use->take_unsaved()) {
        written = sql::run(database, "UPDATE access_token SET last_used_at = ?2 WHERE digest = ?1", digest,
                           token.use->last());
      }
    });
    FLEETHOOK_CHECK(std::move(written));
    for (const crypto::Digest& digest : ended) {
      editor.erase_token(digest);
      FLEETHOOK_CHECK(erase_token(database, digest));
    }
    return {};
  });
}

// Collected on the caller's thread, for there may be very many devices; written in steps, so that nobody waits for
// long.
Result<void> SqliteStore::save_device_heard() {
  const std::lock_guard lock(heard_mutex_);
  const CatalogPtr now = catalog();
  std::vector<const core::Device*> heard;
  const auto collect = [&](const core::DeviceId&, const core::Device& device) {
    if (device.heard->take_unsaved()) heard.push_back(&device);
  };
  now->data().devices.for_each(collect);
  now->data().own_devices.for_each(collect);
  constexpr std::size_t kAtOnce = 2048;
  for (std::size_t from = 0; from < heard.size(); from += kAtOnce) {
    const std::size_t end = std::min(heard.size(), from + kAtOnce);
    FLEETHOOK_CHECK(writer_.run_and_wait([&](Database& database) -> Result<void> {
      for (std::size_t i = from; i < end; ++i) FLEETHOOK_CHECK(write_heard(database, *heard[i]));
      return {};
    }));
  }
  return {};
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
