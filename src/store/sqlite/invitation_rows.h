// Invitations as rows: what a change did to them, whoever of its rules did it.
#pragma once
#include <vector>

#include "store/audit.h"
#include "store/catalog_editor.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {

Result<void> write_invitation(sqlite::Database& database, const Invitation& one);
// Writes the invitations that the editor has changed since the last call, as it has them now.
Result<void> write_changed_invitations(sqlite::Database& database, CatalogEditor& editor);
// An entry of their team for each, with its reason; and the rows as above.
Result<void> write_ended_invitations(sqlite::Database& database,
                                     CatalogEditor& editor,
                                     const std::vector<CatalogEditor::EndedInvitation>& ended,
                                     const Actor& by,
                                     Instant now);
Result<void> load_invitations(sqlite::Database& database, CatalogEditor& editor);

}  // namespace fleethook::store
