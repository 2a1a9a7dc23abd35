// Tokens and sessions as rows.
#pragma once
#include "base/crypto.h"
#include "base/result.h"
#include "core/access_token.h"
#include "sqlite/database.h"
#include "store/catalog_editor.h"

namespace fleethook::store {

Result<void> load_tokens(sqlite::Database& database, CatalogEditor& editor);
Result<void> write_token(sqlite::Database& database, const core::AccessToken& token);  // a new one
Result<void> write_token_use(sqlite::Database& database, const core::AccessToken& token);
Result<void> erase_token(sqlite::Database& database, const crypto::Digest& digest);

}  // namespace fleethook::store
