// Invitations as rows.
#pragma once
#include "sqlite/database.h"
#include "store/catalog_editor.h"

namespace fleethook::store {

Result<void> write_invitation(sqlite::Database& database, const Invitation& one);
Result<void> load_invitations(sqlite::Database& database, CatalogEditor& editor);

}  // namespace fleethook::store
