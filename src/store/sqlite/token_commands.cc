// Tokens and sessions: how they begin and end.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "store/errors.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/token_rows.h"

namespace fleethook::store {
namespace {

using sqlite::Database;

std::string action(const core::AccessToken& token, bool begins) {
  if (token.kind == core::TokenKind::kSession) return begins ? "session.started" : "session.ended";
  return begins ? "token.created" : "token.revoked";
}

Instant last_use(const core::AccessToken& token) {
  return token.use->last().value_or(token.created_at);
}

// Makes room for one more session: ends the one that rested longest when there are too many.
Result<void> make_room(Database& database, CatalogEditor& editor, const UserEntry& user, std::size_t sessions_max) {
  const core::AccessToken* oldest = nullptr;
  std::size_t sessions = 0;
  user.tokens.for_each([&](const crypto::Digest& digest, Nothing) {
    const core::AccessToken* token = editor.data().tokens.find(digest);
    if (token->kind != core::TokenKind::kSession) return;
    ++sessions;
    if (oldest == nullptr || last_use(*token) < last_use(*oldest)) oldest = token;
  });
  if (sessions < sessions_max) return {};
  return erase_token(database, editor, crypto::Digest(oldest->digest));
}

}  // namespace

Result<void> SqliteStore::add_token(core::AccessToken token, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const UserEntry* user = editor.data().users.find(token.user);
    if (user == nullptr) return no_such("user", token.user.str());
    if (user->user.api) return Error{Fault::kConflict, "an API user has the one token that it was given"};
    if (editor.data().tokens.contains(token.digest)) return Error{Fault::kConflict, "the token is there already"};
    if (token.kind == core::TokenKind::kSession)
      FLEETHOOK_CHECK(make_room(database, editor, *user, limits_.sessions_per_user_max));
    FLEETHOOK_CHECK(write_token(database, token));
    editor.put_token(token);
    AuditEntry entry =
        audit_of(editor.data(), editor.data().users.find(token.user)->user, by, action(token, true), clock_.now());
    put_change(entry.diff, "client", nullptr, token.client);
    if (token.expires_at) put_change(entry.diff, "expires_at", nullptr, to_iso8601(*token.expires_at));
    return write_audit(database, entry);
  });
}

Result<void> SqliteStore::revoke_token(const crypto::Digest& digest) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const core::AccessToken* token = editor.data().tokens.find(digest);
    if (token == nullptr) return Error{Fault::kNotFound, "there is no such token"};
    const core::User& user = editor.data().users.find(token->user)->user;
    AuditEntry entry = audit_of(editor.data(), user, {user.id, user.username}, action(*token, false), clock_.now());
    put_change(entry.diff, "client", token->client, nullptr);
    FLEETHOOK_CHECK(erase_token(database, editor, digest));
    return write_audit(database, entry);
  });
}

Result<void> SqliteStore::revoke_tokens_of(const core::UserId& user, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    if (editor.data().users.find(user) == nullptr) return no_such("user", user.str());
    return end_tokens(database, editor, user, std::nullopt, by, clock_.now());
  });
}

Result<void> SqliteStore::save_token_use() {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const Instant now = clock_.now();
    std::vector<crypto::Digest> ended;
    Result<void> written;
    editor.data().tokens.for_each([&](const crypto::Digest& digest, const core::AccessToken& token) {
      if (core::has_ended(token, now, limits_.session_idle_max)) {
        ended.push_back(digest);
      } else if (written && token.use->take_unsaved()) {
        written = sql::run(database, "UPDATE access_token SET last_used_at = ?2 WHERE digest = ?1", digest,
                           token.use->last());
      }
    });
    FLEETHOOK_CHECK(std::move(written));
    for (const crypto::Digest& digest : ended) FLEETHOOK_CHECK(erase_token(database, editor, digest));
    return {};
  });
}

}  // namespace fleethook::store
