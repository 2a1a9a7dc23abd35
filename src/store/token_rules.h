// How tokens and sessions begin and end, on a draft.
#pragma once
#include <optional>

#include "store/draft.h"

namespace fleethook::store {

// The commands of Accounts of the same names, with their refusals.
Result<void> add_token(Draft& draft, core::AccessToken token, const Actor& by);
Result<void> revoke_token(Draft& draft, const crypto::Digest& digest);
Result<void> revoke_tokens_of(Draft& draft, const core::UserId& user, const Actor& by);

// Those whose time is over.
void end_old_tokens(Draft& draft);

// What other rules need of tokens too.
void erase_sessions(Draft& draft, const core::UserId& user);
// All that the user has, sessions too, but for `but`; with one entry in the audit log, unless there was none.
void end_tokens(Draft& draft, const core::UserId& user, const std::optional<crypto::Digest>& but, const Actor& by);

}  // namespace fleethook::store
