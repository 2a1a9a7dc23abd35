// Entries of the audit log in the making, for the rules that note them.
#pragma once
#include <string>

#include "core/catalog_types.h"
#include "store/audit.h"
#include "store/catalog_data.h"

namespace fleethook::store {

// An entry about something of an organization, of a product, or of a user alone, still without target and diff.
AuditEntry audit_of(const core::Organization& organization, const Actor& by, std::string action, Instant at);
AuditEntry audit_of(const core::Product& product, const Actor& by, std::string action, Instant at);
AuditEntry audit_of(const core::UserId& owner, const Actor& by, std::string action, Instant at);

// An entry about a user, with its target, still without diff. An API user belongs to an organization or a product,
// which is there as long as it is; anybody else's entries are its own.
AuditEntry audit_of(const Catalog::Data& data, const core::User& user, const Actor& by, std::string action, Instant at);

}  // namespace fleethook::store
