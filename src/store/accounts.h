// What becomes of users, organizations and products that are there; tokens, sessions, API users.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/audit.h"
#include "store/catalog.h"

namespace fleethook::store {

// Which tokens end with a change of their user.
struct TokensToEnd {
  bool any = false;
  std::optional<crypto::Digest> but = {};  // this one goes on
};
struct NewApiUser {
  TeamPlace place;
  std::string friendly_name;
  std::vector<std::string> scopes;  // valid ones; in any order, doubles count once
  crypto::Digest token{};           // the only one it has; never expires
};
struct ApiUserEdit {
  std::optional<std::string> friendly_name;
  std::optional<std::vector<std::string>> scopes;
  crypto::Digest token{};  // takes the old one's place when the scopes change, or by request:
  bool replace_token = false;
};
struct ApiUserChange {
  core::User user;
  bool token_replaced = false;
};

// Thread-safe. Blocks until committed: API pool only. Errors and `by` are as in store/store.h.
class Accounts {
 public:
  virtual ~Accounts() = default;
  // Everything but id, created_at, api and vouched, which ends with the name. A new password ends the user's sessions.
  // They, and the tokens of `ends`, end in the same transaction.
  virtual Result<void> update_user(const core::User& user, const Actor& by, const TokensToEnd& ends) = 0;
  // kConflict while it owns organizations or products.
  virtual Result<void> delete_user(const core::UserId& id, const Actor& by) = 0;
  // kConflict for an API user: it has its own. Of more sessions of one user than Limits::sessions_per_user_max the one
  // that rested longest ends.
  virtual Result<void> add_token(core::AccessToken token, const Actor& by) = 0;
  // kNotFound. Who does it is whose token it is: holding it is all that ending it takes.
  virtual Result<void> revoke_token(const crypto::Digest& digest) = 0;
  virtual Result<void> revoke_tokens_of(const core::UserId& user, const Actor& by) = 0;  // sessions too
  virtual Result<void> update_organization(const core::Organization& organization,
                                           const Actor& by) = 0;  // name, plan, group_identical
  // Its name, slug and description. kConflict while another product has the slug.
  virtual Result<void> update_product(const core::Product& product, const Actor& by) = 0;
  // API users: users with `api`, no password and one token. kInvalid past Limits::api_users_max; kNotFound for a user
  // that is none.
  virtual Result<core::User> create_api_user(NewApiUser user, const Actor& by) = 0;
  virtual Result<ApiUserChange> update_api_user(const core::UserId& id, ApiUserEdit edit, const Actor& by) = 0;
  virtual Result<void> delete_api_user(const core::UserId& id, const Actor& by) = 0;  // its token dies with it
};

}  // namespace fleethook::store
