#include "store/token_rules.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "store/entries.h"
#include "store/errors.h"

namespace fleethook::store {
namespace {

std::string action(const core::AccessToken& token, bool begins) {
  if (token.kind == core::TokenKind::kSession) return begins ? "session.started" : "session.ended";
  return begins ? "token.created" : "token.revoked";
}

Instant last_use(const core::AccessToken& token) {
  return token.use->last().value_or(token.created_at);
}

// Makes room for one more session: ends the one that rested longest when there are too many.
void make_room(Draft& draft, const UserEntry& user) {
  const core::AccessToken* oldest = nullptr;
  std::size_t sessions = 0;
  user.tokens.for_each([&](const crypto::Digest& digest, Nothing) {
    const core::AccessToken* token = draft.data().tokens.find(digest);
    if (token->kind != core::TokenKind::kSession) return;
    ++sessions;
    if (oldest == nullptr || last_use(*token) < last_use(*oldest)) oldest = token;
  });
  if (sessions >= draft.limits().sessions_per_user_max) draft.put(row::EraseToken{oldest->digest});
}

}  // namespace

Result<void> add_token(Draft& draft, core::AccessToken token, const Actor& by) {
  const UserEntry* user = draft.data().users.find(token.user);
  if (user == nullptr) return no_such("user", token.user.str());
  if (user->user.api) return Error{Fault::kConflict, "an API user has the one token that it was given"};
  if (draft.data().tokens.contains(token.digest)) return Error{Fault::kConflict, "the token is there already"};
  if (token.kind == core::TokenKind::kSession) make_room(draft, *user);
  draft.put(row::PutToken{token});
  AuditEntry entry =
      audit_of(draft.data(), draft.data().users.find(token.user)->user, by, action(token, true), draft.now());
  put_change(entry.diff, "client", nullptr, token.client);
  if (token.expires_at) put_change(entry.diff, "expires_at", nullptr, to_iso8601(*token.expires_at));
  draft.note(std::move(entry));
  return {};
}

Result<void> revoke_token(Draft& draft, const crypto::Digest& digest) {
  const core::AccessToken* token = draft.data().tokens.find(digest);
  if (token == nullptr) return Error{Fault::kNotFound, "there is no such token"};
  const core::User& user = draft.data().users.find(token->user)->user;
  AuditEntry entry = audit_of(draft.data(), user, {user.id, user.username}, action(*token, false), draft.now());
  put_change(entry.diff, "client", token->client, nullptr);
  draft.put(row::EraseToken{digest});
  draft.note(std::move(entry));
  return {};
}

Result<void> revoke_tokens_of(Draft& draft, const core::UserId& user, const Actor& by) {
  if (draft.data().users.find(user) == nullptr) return no_such("user", user.str());
  end_tokens(draft, user, std::nullopt, by);
  return {};
}

void end_old_tokens(Draft& draft) {
  std::vector<crypto::Digest> ended;
  draft.data().tokens.for_each([&](const crypto::Digest& digest, const core::AccessToken& token) {
    if (core::has_ended(token, draft.now(), draft.limits().session_idle_max)) ended.push_back(digest);
  });
  for (const crypto::Digest& digest : ended) draft.put(row::EraseToken{digest});
}

void erase_sessions(Draft& draft, const core::UserId& user) {
  for (const crypto::Digest& digest : keys_of(draft.data().users.find(user)->tokens)) {
    if (draft.data().tokens.find(digest)->kind == core::TokenKind::kSession) draft.put(row::EraseToken{digest});
  }
}

void end_tokens(Draft& draft, const core::UserId& user, const std::optional<crypto::Digest>& but, const Actor& by) {
  const UserEntry& owner = *draft.data().users.find(user);
  std::vector<crypto::Digest> tokens = keys_of(owner.tokens);
  const std::size_t before = tokens.size();
  std::erase_if(tokens, [&](const crypto::Digest& digest) { return digest == but; });
  if (tokens.empty()) return;
  const bool all = tokens.size() == before;
  AuditEntry entry =
      audit_of(draft.data(), owner.user, by, all ? "token.all_revoked" : "token.others_revoked", draft.now());
  put_change(entry.diff, "tokens", before, before - tokens.size());
  for (const crypto::Digest& digest : tokens) draft.put(row::EraseToken{digest});
  draft.note(std::move(entry));
}

}  // namespace fleethook::store
