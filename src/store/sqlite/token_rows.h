// Tokens and sessions as rows.
#pragma once
#include <optional>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/result.h"
#include "core/access_token.h"
#include "sqlite/database.h"
#include "store/audit.h"
#include "store/catalog_editor.h"

namespace fleethook::store {

Result<void> load_tokens(sqlite::Database& database, CatalogEditor& editor);
Result<void> write_token(sqlite::Database& database, const core::AccessToken& token);  // a new one
// Out of the catalog and the table.
Result<void> erase_token(sqlite::Database& database, CatalogEditor& editor, const crypto::Digest& digest);
Result<void> erase_sessions(sqlite::Database& database, CatalogEditor& editor, const core::UserId& user);
// All that the user has, sessions too, but for `but`; with one entry in the audit log, unless there was none.
Result<void> end_tokens(sqlite::Database& database,
                        CatalogEditor& editor,
                        const core::UserId& user,
                        const std::optional<crypto::Digest>& but,
                        const Actor& by,
                        Instant now);

}  // namespace fleethook::store
