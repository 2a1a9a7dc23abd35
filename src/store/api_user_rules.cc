#include "store/api_user_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/entries.h"
#include "store/errors.h"
#include "store/slug.h"

namespace fleethook::store {
namespace {

constexpr std::size_t kNameTailLetters = 10;
constexpr std::string_view kDomain = "@api.particle.io";
constexpr std::string_view kClient = "api-user";

std::vector<std::string> ascending(std::vector<std::string> scopes) {
  std::ranges::sort(scopes);
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  return scopes;
}

json::Value array_of(const std::vector<std::string>& scopes) {
  json::Array array;
  for (const std::string& scope : scopes) array.emplace_back(scope);
  return array;
}

// "cold-chain+k3v9x0a2bq@api.particle.io": readable, and free.
template <class Names>
std::string free_username(const std::string& friendly_name, const Names& taken, Random& random, const Limits& limits) {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  for (;;) {
    std::string name = make_slug(friendly_name, "api", limits) + "+";
    for (std::size_t i = 0; i < kNameTailLetters; ++i) name += kLetters[random.next() % kLetters.size()];
    name += kDomain;
    if (!taken.contains(name)) return name;
  }
}

// Instead of the one that it has.
Result<void> give_token(Draft& draft, const core::User& user, const crypto::Digest& digest) {
  if (draft.data().tokens.contains(digest)) return Error{Fault::kConflict, "the token is there already"};
  for (const crypto::Digest& old : keys_of(draft.data().users.find(user.id)->tokens)) draft.put(row::EraseToken{old});
  draft.put(row::PutToken{{digest, user.id, std::string(kClient), std::nullopt, draft.now()}});
  return {};
}

Result<core::User> found_api_user(const Catalog::Data& data, const core::UserId& id) {
  const UserEntry* entry = data.users.find(id);
  if (entry == nullptr || !entry->user.api) return no_such("API user", id.str());
  return entry->user;
}

}  // namespace

Result<core::User> create_api_user(Draft& draft, NewApiUser wanted, const Actor& by) {
  core::User made;
  const Catalog::Data& data = draft.data();
  const OrganizationEntry* organization = data.organizations.find(wanted.place.organization);
  const ProductEntry* product = organization != nullptr ? nullptr : data.products.find(wanted.place.product);
  if (organization == nullptr && product == nullptr)
    return Error{Fault::kNotFound, "there is no such organization or product"};
  const std::size_t there = organization != nullptr ? organization->api_users.size() : product->api_users.size();
  if (there >= draft.limits().api_users_max) {
    return Error::field("friendly_name", "at most " + std::to_string(draft.limits().api_users_max) +
                                             " API users of an organization, and of a product");
  }
  const Instant now = draft.now();
  made.id = core::UserId::make(now, draft.random());
  made.username = free_username(wanted.friendly_name, data.usernames, draft.random(), draft.limits());
  made.account_info = json::Object{};
  made.created_at = now;
  made.api =
      core::ApiAccess{wanted.place.organization, organization != nullptr ? core::ProductId() : wanted.place.product,
                      std::move(wanted.friendly_name), ascending(std::move(wanted.scopes))};
  draft.put(row::PutUser{made});
  FLEETHOOK_CHECK(give_token(draft, made, wanted.token));
  AuditEntry entry = audit_of(draft.data(), made, by, "api_user.created", now);
  put_change(entry.diff, "scopes", nullptr, array_of(made.api->scopes));
  draft.note(std::move(entry));
  return made;
}

Result<ApiUserChange> update_api_user(Draft& draft, const core::UserId& id, ApiUserEdit edit, const Actor& by) {
  ApiUserChange made;
  FLEETHOOK_TRY(const core::User before, found_api_user(draft.data(), id));
  made.user = before;
  core::ApiAccess& api = *made.user.api;
  if (edit.friendly_name) api.friendly_name = std::move(*edit.friendly_name);
  if (edit.scopes) api.scopes = ascending(std::move(*edit.scopes));
  const Instant now = draft.now();
  // A token is as good as its scopes when it was given: others need another one.
  made.token_replaced = edit.replace_token || api.scopes != before.api->scopes;
  if (made.token_replaced) FLEETHOOK_CHECK(give_token(draft, made.user, edit.token));
  if (api == *before.api) {
    if (made.token_replaced) draft.note(audit_of(draft.data(), made.user, by, "api_user.token_replaced", now));
    return made;
  }
  draft.put(row::PutUser{made.user});
  AuditEntry entry = audit_of(draft.data(), made.user, by, "api_user.updated", now);
  if (api.friendly_name != before.api->friendly_name) {
    put_change(entry.diff, "friendly_name", before.api->friendly_name, api.friendly_name);
  }
  if (api.scopes != before.api->scopes) {
    put_change(entry.diff, "scopes", array_of(before.api->scopes), array_of(api.scopes));
  }
  draft.note(std::move(entry));
  return made;
}

Result<void> delete_api_user(Draft& draft, const core::UserId& id, const Actor& by) {
  FLEETHOOK_TRY(const core::User user, found_api_user(draft.data(), id));
  draft.note(audit_of(draft.data(), user, by, "api_user.removed", draft.now()));
  draft.put(row::EraseUser{id});
  return {};
}

}  // namespace fleethook::store
