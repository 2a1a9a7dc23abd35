#include "api/secret_use.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/integration_check.h"
#include "store/secret_rules.h"

namespace fleethook::api {
namespace {

constexpr Duration kOneEntryFor = std::chrono::hours(1);
constexpr std::size_t kLookedBack = 50;

store::AuditEntry entry_for(const Call& call,
                            const core::Integration& integration,
                            bool saved,
                            const std::string& secret,
                            std::string action,
                            Instant now) {
  store::AuditEntry entry =
      store::audit_of_secret(std::move(action), store::SecretOwner::of(integration), secret, call.actor(), now);
  if (saved) store::put_change(entry.diff, "integration", nullptr, integration.id.str());
  return entry;
}

Result<void> note(Services& services, std::vector<store::AuditEntry> entries) {
  const auto noted =
      services.store.change_integrations([&](const store::Catalog&, const store::Making&) -> Result<store::Changes> {
        store::Changes changes;
        changes.audit = entries;
        return changes;
      });
  return noted.ok() ? Result<void>() : noted.error();
}

// Whether the audit says so already.
Result<bool> is_known(Services& services, const store::AuditEntry& entry) {
  store::AuditQuery query;
  query.organization = entry.organization;
  query.owner = entry.owner;
  query.target = entry.target;
  query.limit = kLookedBack;
  FLEETHOOK_TRY(const auto entries, services.store.audit(query));
  return std::ranges::any_of(entries, [&](const store::AuditEntry& one) {
    return one.action == entry.action && one.by.user == entry.by.user && one.diff == entry.diff &&
           one.at + kOneEntryFor > entry.at;
  });
}

}  // namespace

Result<void> audit_test(Services& services,
                        const Call& call,
                        const core::Integration& integration,
                        core::ProductId product) {
  std::vector<store::AuditEntry> entries;
  for (const std::string& secret : core::secrets_used(integration.config)) {
    entries.push_back(entry_for(call, integration, true, secret, "secret.tested", services.clock.now()));
    if (!product.is_none()) entries.back().products = {product};
  }
  return note(services, std::move(entries));
}

Result<void> audit_preview(Services& services, const Call& call, const core::Integration& integration, bool saved) {
  std::vector<store::AuditEntry> entries;
  for (const std::string& secret : core::secrets_used(integration.config)) {
    store::AuditEntry entry = entry_for(call, integration, saved, secret, "secret.previewed", services.clock.now());
    entry.products = integration.products;
    FLEETHOOK_TRY(const bool known, is_known(services, entry));
    if (!known) entries.push_back(std::move(entry));
  }
  return entries.empty() ? Result<void>() : note(services, std::move(entries));
}

}  // namespace fleethook::api
