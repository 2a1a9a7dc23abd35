// The rules of API users, which belong to an organization or a product, with scopes and the one token that they were
// given; on a draft.
#pragma once
#include "store/accounts.h"
#include "store/draft.h"

namespace fleethook::store {

// The commands of Accounts of the same names, with their refusals.
Result<core::User> create_api_user(Draft& draft, NewApiUser wanted, const Actor& by);
Result<ApiUserChange> update_api_user(Draft& draft, const core::UserId& id, ApiUserEdit edit, const Actor& by);
Result<void> delete_api_user(Draft& draft, const core::UserId& id, const Actor& by);

}  // namespace fleethook::store
