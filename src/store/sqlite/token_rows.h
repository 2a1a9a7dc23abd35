// Tokens and sessions as rows.
#pragma once
#include "base/result.h"
#include "core/access_token.h"
#include "sqlite/database.h"
#include "store/catalog_editor.h"

namespace fleethook::store {

Result<void> load_tokens(sqlite::Database& database, CatalogEditor& editor);
Result<void> write_token(sqlite::Database& database, const core::AccessToken& token);  // a new one
// Out of the catalog and the table.
Result<void> erase_token(sqlite::Database& database, CatalogEditor& editor, const crypto::Digest& digest);
Result<void> erase_sessions(sqlite::Database& database, CatalogEditor& editor, const core::UserId& user);

}  // namespace fleethook::store
