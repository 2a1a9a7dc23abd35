#include "store/sqlite/invitation_rows.h"

#include <string>

#include "store/invitation_rules.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {

using sqlite::Database;
using sqlite::Statement;

Result<void> write_invitation(Database& database, const Invitation& one) {
  return sql::run(database,
                  "INSERT OR REPLACE INTO invitation(id, organization, product, username, role, code, account, "
                  "invited_by, invited_by_name, invited_at, expires_at) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                  one.id, one.place.organization, one.place.product, one.username, core::to_text(one.role), one.code,
                  one.account, one.invited_by, one.invited_by_name, one.invited_at, one.expires_at);
}

Result<void> load_invitations(Database& database, CatalogEditor& editor) {
  FLEETHOOK_CHECK(sql::for_each(
      database,
      "SELECT id, organization, product, username, role, code, account, invited_by, invited_by_name, invited_at, "
      "expires_at FROM invitation",
      [&](const Statement& row) -> Result<void> {
        Invitation one;
        one.id = sql::id<core::InvitationId>(row, 0);
        one.place = {sql::id<core::OrganizationId>(row, 1), sql::number<core::ProductId>(row, 2)};
        one.username = sql::text(row, 3);
        const auto role = core::parse_role(row.column_text(4));
        const std::string_view code = row.column_text(5);
        if (!role || code.size() != one.code.size() || invitations_at(editor.data(), one.place) == nullptr) {
          return Error{Fault::kCorrupt, "invitation " + one.id.str() + " in the data file cannot be read"};
        }
        one.role = *role;
        code.copy(reinterpret_cast<char*>(one.code.data()), one.code.size());
        one.account = sql::id<core::UserId>(row, 6);
        one.invited_by = sql::id<core::UserId>(row, 7);
        one.invited_by_name = sql::text(row, 8);
        one.invited_at = sql::instant(row, 9);
        one.expires_at = sql::instant(row, 10);
        editor.put_invitation(one);
        return {};
      }));
  (void)editor.take_changed_invitations();
  return {};
}

}  // namespace fleethook::store
