// The rules of users, organizations and products, on a draft.
#pragma once
#include <optional>

#include "store/accounts.h"
#include "store/draft.h"
#include "store/founding.h"

namespace fleethook::store {

// The commands of Founding and Accounts of the same names, with their refusals.
Result<core::User> create_user(Draft& draft, NewUser user, const std::optional<Actor>& by);
Result<core::Organization> create_organization(Draft& draft, NewOrganization organization, const Actor& by);
Result<core::Product> create_product(Draft& draft, NewProduct product, const Actor& by);
Result<void> update_user(Draft& draft, const core::User& user, const Actor& by, const TokensToEnd& ends);
Result<void> delete_user(Draft& draft, const core::UserId& id, const Actor& by);
Result<void> update_organization(Draft& draft, const core::Organization& organization, const Actor& by);
Result<void> update_product(Draft& draft, const core::Product& product, const Actor& by);

}  // namespace fleethook::store
