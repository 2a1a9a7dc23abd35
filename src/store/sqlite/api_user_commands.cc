// API users: users that belong to an organization or a product, with scopes and the one token that they were given.
#include <algorithm>
#include <string>
#include <utility>

#include "store/errors.h"
#include "store/slug.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/token_rows.h"

namespace fleethook::store {
namespace {

using sqlite::Database;

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

Result<void> give_token(
    Database& database, CatalogEditor& editor, const core::User& user, const crypto::Digest& digest, Instant now) {
  if (editor.data().tokens.contains(digest)) return Error{Fault::kConflict, "the token is there already"};
  const auto old = keys_of(editor.data().users.find(user.id)->tokens);
  for (const crypto::Digest& one : old) editor.erase_token(one);
  FLEETHOOK_CHECK(sql::run(database, "DELETE FROM access_token WHERE user = ?1", user.id));
  const core::AccessToken token{digest, user.id, std::string(kClient), std::nullopt, now};
  editor.put_token(token);
  return write_token(database, token);
}

Result<core::User> found_api_user(const Catalog::Data& data, const core::UserId& id) {
  const UserEntry* entry = data.users.find(id);
  if (entry == nullptr || !entry->user.api) return no_such("API user", id.str());
  return entry->user;
}

}  // namespace

Result<core::User> SqliteStore::create_api_user(NewApiUser wanted, const Actor& by) {
  return answer<core::User>([&](Database& database, CatalogEditor& editor, core::User& made) -> Result<void> {
    const Catalog::Data& data = editor.data();
    const OrganizationEntry* organization = data.organizations.find(wanted.place.organization);
    const ProductEntry* product = organization != nullptr ? nullptr : data.products.find(wanted.place.product);
    if (organization == nullptr && product == nullptr)
      return Error{Fault::kNotFound, "there is no such organization or product"};
    const std::size_t there = organization != nullptr ? organization->api_users.size() : product->api_users.size();
    if (there >= limits_.api_users_max) {
      return Error::field("friendly_name", "at most " + std::to_string(limits_.api_users_max) +
                                               " API users of an organization, and of a product");
    }
    const Instant now = clock_.now();
    made.id = core::UserId::make(now, random_);
    made.username = free_username(wanted.friendly_name, data.usernames, random_, limits_);
    made.account_info = json::Object{};
    made.created_at = now;
    made.api =
        core::ApiAccess{wanted.place.organization, organization != nullptr ? core::ProductId() : wanted.place.product,
                        std::move(wanted.friendly_name), ascending(std::move(wanted.scopes))};
    FLEETHOOK_CHECK(sql::run(database,
                             "INSERT INTO user(id, username, password_hash, account_info, administrator, created_at) "
                             "VALUES (?1, ?2, '', '{}', 0, ?3)",
                             made.id, made.username, now));
    FLEETHOOK_CHECK(sql::run(
        database,
        "INSERT INTO api_user(user, organization, product, friendly_name, scopes) VALUES (?1, ?2, ?3, ?4, ?5)", made.id,
        made.api->organization, made.api->product, made.api->friendly_name, json::write(array_of(made.api->scopes))));
    editor.put_user(made);
    FLEETHOOK_CHECK(give_token(database, editor, made, wanted.token, now));
    AuditEntry entry = audit_of(editor.data(), made, by, "api_user.created", now);
    put_change(entry.diff, "scopes", nullptr, array_of(made.api->scopes));
    return write_audit(database, entry);
  });
}

Result<ApiUserChange> SqliteStore::update_api_user(const core::UserId& id, ApiUserEdit edit, const Actor& by) {
  return answer<ApiUserChange>([&](Database& database, CatalogEditor& editor, ApiUserChange& made) -> Result<void> {
    FLEETHOOK_TRY(const core::User before, found_api_user(editor.data(), id));
    made.user = before;
    core::ApiAccess& api = *made.user.api;
    if (edit.friendly_name) api.friendly_name = std::move(*edit.friendly_name);
    if (edit.scopes) api.scopes = ascending(std::move(*edit.scopes));
    const Instant now = clock_.now();
    // A token is as good as its scopes when it was given: others need another one.
    made.token_replaced = edit.replace_token || api.scopes != before.api->scopes;
    if (made.token_replaced) FLEETHOOK_CHECK(give_token(database, editor, made.user, edit.token, now));
    if (api == *before.api) {
      if (!made.token_replaced) return {};
      return write_audit(database, audit_of(editor.data(), made.user, by, "api_user.token_replaced", now));
    }
    FLEETHOOK_CHECK(sql::run(database, "UPDATE api_user SET friendly_name = ?2, scopes = ?3 WHERE user = ?1", id,
                             api.friendly_name, json::write(array_of(api.scopes))));
    editor.put_user(made.user);
    AuditEntry entry = audit_of(editor.data(), made.user, by, "api_user.updated", now);
    if (api.friendly_name != before.api->friendly_name) {
      put_change(entry.diff, "friendly_name", before.api->friendly_name, api.friendly_name);
    }
    if (api.scopes != before.api->scopes) {
      put_change(entry.diff, "scopes", array_of(before.api->scopes), array_of(api.scopes));
    }
    return write_audit(database, entry);
  });
}

Result<void> SqliteStore::delete_api_user(const core::UserId& id, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    FLEETHOOK_TRY(const core::User user, found_api_user(editor.data(), id));
    const AuditEntry entry = audit_of(editor.data(), user, by, "api_user.removed", clock_.now());
    FLEETHOOK_CHECK(sql::run(database, "DELETE FROM user WHERE id = ?1", id));  // its token and scopes with it
    editor.erase_user(id);
    return write_audit(database, entry);
  });
}

}  // namespace fleethook::store
