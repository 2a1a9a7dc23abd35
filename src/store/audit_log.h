// Reading the audit log.
#pragma once
#include <vector>

#include "base/result.h"
#include "store/audit.h"

namespace fleethook::store {

// Thread-safe. Blocks: API pool only.
class AuditLog {
 public:
  virtual ~AuditLog() = default;
  // Newest first.
  virtual Result<std::vector<AuditEntry>> audit(const AuditQuery& query) = 0;
};

}  // namespace fleethook::store
