// When tokens, devices and secrets were last used: noted in memory, written now and then. No change of the catalog, so
// nobody has to hear of it. Should a commit fail, it is written when the thing is used again: a time for people to see,
// not one to count on.
#include <algorithm>
#include <utility>
#include <vector>

#include "store/draft.h"
#include "store/sqlite/device_rows.h"
#include "store/sqlite/secret_rows.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/token_rows.h"
#include "store/token_rules.h"

namespace fleethook::store {

using sqlite::Database;

// In steps, so that nobody waits for long: there may be very many devices.
Result<void> SqliteStore::write_noted(std::size_t count,
                                      const std::function<Result<void>(Database&, std::size_t)>& write) {
  constexpr std::size_t kAtOnce = 2048;
  for (std::size_t from = 0; from < count; from += kAtOnce) {
    const std::size_t end = std::min(count, from + kAtOnce);
    FLEETHOOK_CHECK(writer_.run_and_wait([&](Database& database) -> Result<void> {
      for (std::size_t i = from; i < end; ++i) FLEETHOOK_CHECK(write(database, i));
      return {};
    }));
  }
  return {};
}

Result<void> SqliteStore::save_token_use() {
  FLEETHOOK_CHECK(command([](Draft& draft) -> Result<void> {
    end_old_tokens(draft);
    return {};
  }));
  const std::lock_guard lock(noted_mutex_);
  const CatalogPtr now = catalog();
  std::vector<const core::AccessToken*> used;
  now->data().tokens.for_each([&](const crypto::Digest&, const core::AccessToken& token) {
    if (token.use->take_unsaved()) used.push_back(&token);
  });
  return write_noted(used.size(),
                     [&](Database& database, std::size_t i) { return write_token_use(database, *used[i]); });
}

Result<void> SqliteStore::save_device_heard() {
  const std::lock_guard lock(noted_mutex_);
  const CatalogPtr now = catalog();
  std::vector<const core::Device*> heard;
  const auto collect = [&](const core::DeviceId&, const core::Device& device) {
    if (device.heard->take_unsaved()) heard.push_back(&device);
  };
  now->data().devices.for_each(collect);
  now->data().own_devices.for_each(collect);
  return write_noted(heard.size(), [&](Database& database, std::size_t i) { return write_heard(database, *heard[i]); });
}

Result<void> SqliteStore::save_secret_access() {
  const std::lock_guard lock(noted_mutex_);
  const CatalogPtr now = catalog();
  std::vector<std::pair<SecretOwner, const Secret*>> used;
  const auto collect = [&](const auto& id, const SecretsPtr& secrets) {
    for (const auto& [name, secret] : *secrets) {
      if (secret->access->take_unsaved()) used.emplace_back(SecretOwner::of(id), secret.get());
    }
  };
  now->data().organization_secrets.for_each(collect);
  now->data().user_secrets.for_each(collect);
  return write_noted(used.size(), [&](Database& database, std::size_t i) {
    return write_secret_access(database, used[i].first, *used[i].second);
  });
}

}  // namespace fleethook::store
