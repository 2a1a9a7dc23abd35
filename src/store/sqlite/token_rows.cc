#include "store/sqlite/token_rows.h"

#include <string>
#include <vector>

#include "store/sqlite/audit_rows.h"
#include "store/sqlite/sql.h"

namespace fleethook::store {

Result<void> load_tokens(sqlite::Database& database, CatalogEditor& editor) {
  return sql::for_each(database,
                       "SELECT digest, user, client, expires_at, created_at, kind, last_used_at FROM access_token",
                       [&](const sqlite::Statement& row) -> Result<void> {
                         core::AccessToken token;
                         row.column_text(0).copy(reinterpret_cast<char*>(token.digest.data()), token.digest.size());
                         token.user = sql::id<core::UserId>(row, 1);
                         token.client = sql::text(row, 2);
                         token.expires_at = sql::optional_instant(row, 3);
                         token.created_at = sql::instant(row, 4);
                         const auto kind = core::parse_token_kind(row.column_text(5));
                         if (!kind) {
                           return Error{Fault::kCorrupt, "a token of user " + token.user.str() +
                                                             " in the data file cannot be read: unknown kind"};
                         }
                         token.kind = *kind;
                         token.use = std::make_shared<core::LastUse>(sql::optional_instant(row, 6));
                         editor.put_token(token);
                         return {};
                       });
}

Result<void> write_token(sqlite::Database& database, const core::AccessToken& token) {
  return sql::run(database,
                  "INSERT INTO access_token(digest, user, client, expires_at, created_at, kind, last_used_at) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                  token.digest, token.user, token.client, token.expires_at, token.created_at, core::to_text(token.kind),
                  token.use->last());
}

Result<void> erase_token(sqlite::Database& database, CatalogEditor& editor, const crypto::Digest& digest) {
  editor.erase_token(digest);
  return sql::run(database, "DELETE FROM access_token WHERE digest = ?1", digest);
}

Result<void> erase_sessions(sqlite::Database& database, CatalogEditor& editor, const core::UserId& user) {
  for (const crypto::Digest& digest : keys_of(editor.data().users.find(user)->tokens)) {
    if (editor.data().tokens.find(digest)->kind == core::TokenKind::kSession) editor.erase_token(digest);
  }
  return sql::run(database, "DELETE FROM access_token WHERE user = ?1 AND kind = 'session'", user);
}

Result<void> end_tokens(sqlite::Database& database,
                        CatalogEditor& editor,
                        const core::UserId& user,
                        const std::optional<crypto::Digest>& but,
                        const Actor& by,
                        Instant now) {
  const UserEntry& owner = *editor.data().users.find(user);
  std::vector<crypto::Digest> tokens = keys_of(owner.tokens);
  const std::size_t before = tokens.size();
  std::erase_if(tokens, [&](const crypto::Digest& digest) { return digest == but; });
  if (tokens.empty()) return {};
  const bool all = tokens.size() == before;
  AuditEntry entry = audit_of(editor.data(), owner.user, by, all ? "token.all_revoked" : "token.others_revoked", now);
  put_change(entry.diff, "tokens", before, before - tokens.size());
  for (const crypto::Digest& digest : tokens) FLEETHOOK_CHECK(erase_token(database, editor, digest));
  return write_audit(database, entry);
}

}  // namespace fleethook::store
