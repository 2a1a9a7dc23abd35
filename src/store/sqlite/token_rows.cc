#include "store/sqlite/token_rows.h"

#include <memory>

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

Result<void> write_token_use(sqlite::Database& database, const core::AccessToken& token) {
  return sql::run(database, "UPDATE access_token SET last_used_at = ?2 WHERE digest = ?1", token.digest,
                  token.use->last());
}

Result<void> erase_token(sqlite::Database& database, const crypto::Digest& digest) {
  return sql::run(database, "DELETE FROM access_token WHERE digest = ?1", digest);
}

}  // namespace fleethook::store
