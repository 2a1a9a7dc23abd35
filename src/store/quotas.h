// How much one owner may have, and one event fire. Rules of their own, so that every store keeps them alike.
#pragma once
#include "base/limits.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/changes.h"

namespace fleethook::store {

// kInvalid with code "quota", and what the bound is. Nobody is told of what is there already: it stays, also beyond a
// bound, and may be changed as long as it does not grow.
//
// Of organizations count those that the user owns. The administrator of the installation may have any number.
Result<void> check_organization_quota(const Catalog::Data& data, const core::UserId& owner, const Limits& limits);
// Of the organization, or (none) of the user.
Result<void> check_product_quota(const Catalog::Data& data,
                                 const core::OrganizationId& organization,
                                 const core::UserId& user,
                                 const Limits& limits);
Result<void> check_integration_quotas(const Catalog::Data& data, const Changes& changes, const Limits& limits);

}  // namespace fleethook::store
