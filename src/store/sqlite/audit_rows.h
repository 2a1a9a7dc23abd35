// Audit entries as rows.
#pragma once
#include <string>
#include <vector>

#include "sqlite/database.h"
#include "store/audit.h"

namespace fleethook::store {

// In the transaction of the change. `entry.number` is not looked at. Writer's thread.
Result<void> write_audit(sqlite::Database& database, const AuditEntry& entry);
// Newest first. On a reading connection.
Result<std::vector<AuditEntry>> read_audit(sqlite::Database& database, const AuditQuery& query);

}  // namespace fleethook::store
