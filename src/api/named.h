// Checks of names and slugs that several resources share, and the shapes of products.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"

namespace fleethook::api {

// kInvalid when the text has characters that no name has: has_hidden_characters().
Result<void> check_seen(std::string_view text, std::string_view field);
// 1 to Limits::name_bytes_max bytes of valid text, all of it seen.
Result<std::string> checked_name(const json::Object& body, std::string_view field, const Limits& limits);
// "" when absent; lower-case letters, digits and dashes, not only digits (numbers are ids).
Result<std::string> checked_slug(const json::Object& body, const Limits& limits);
// As it is kept: lower case, without spaces around. kInvalid unless it is shaped as an email address, and for those of
// API users.
Result<std::string> checked_username(const std::string& sent, const Limits& limits);
// Those that the caller is a member of; of an API user, the one it belongs to; for the administrator of the
// installation, all.
std::vector<const core::Organization*> seen_organizations(const Call& call);
// "Ann Bell", of account_info; null when there is neither name.
json::Value full_name(const core::User& user);
// PRODUCT of the reference.
json::Object product_object(const core::Product& product, const store::Catalog& catalog);
// Creates a product from {"product": {...}} for an organization, or for the caller when it is none.
Result<http::Response> create_product(Services& services, Call& call, const core::OrganizationId& organization);

}  // namespace fleethook::api
