#include "store/entries.h"

#include <utility>

namespace fleethook::store {

namespace {

AuditEntry entry_of(const Actor& by, std::string action, Instant at) {
  AuditEntry entry;
  entry.at = at;
  entry.by = by;
  entry.action = std::move(action);
  return entry;
}

}  // namespace

AuditEntry audit_of(const core::Organization& organization, const Actor& by, std::string action, Instant at) {
  AuditEntry entry = entry_of(by, std::move(action), at);
  entry.organization = organization.id;
  return entry;
}

AuditEntry audit_of(const core::Product& product, const Actor& by, std::string action, Instant at) {
  AuditEntry entry = entry_of(by, std::move(action), at);
  entry.organization = product.organization;
  if (product.organization.is_none()) entry.owner = product.user;
  entry.products = {product.id};
  return entry;
}

AuditEntry audit_of(const core::UserId& owner, const Actor& by, std::string action, Instant at) {
  AuditEntry entry = entry_of(by, std::move(action), at);
  entry.owner = owner;
  return entry;
}

AuditEntry audit_of(
    const Catalog::Data& data, const core::User& user, const Actor& by, std::string action, Instant at) {
  if (!user.api) {
    AuditEntry entry = audit_of(user.id, by, std::move(action), at);
    entry.target = user.id.str();
    entry.target_name = user.username;
    return entry;
  }
  AuditEntry entry =
      user.api->organization.is_none()
          ? audit_of(data.products.find(user.api->product)->product, by, std::move(action), at)
          : audit_of(data.organizations.find(user.api->organization)->organization, by, std::move(action), at);
  entry.target = user.username;
  entry.target_name = user.api->friendly_name;
  return entry;
}

}  // namespace fleethook::store
