// How those who own things, and products, come to be.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/audit.h"
#include "store/catalog.h"

namespace fleethook::store {

struct NewUser {
  std::string username, password_hash;
  json::Value account_info;
  bool administrator = false;
};
struct NewOrganization {
  std::string name, slug;  // slug "" = made from the name, with a number behind if taken
  core::Plan plan = core::Plan::kEnterprise;
  core::UserId created_by;
};
struct NewProduct {
  std::string name, slug, description;  // slug as above
  std::int64_t platform_id = 0;
  json::Value settings;
  core::OrganizationId organization;  // none: owned by `user`
  core::UserId user;
};

// Thread-safe. Blocks until committed: API pool only. Errors and `by` are as in store/store.h.
class Founding {
 public:
  virtual ~Founding() = default;
  // by nullopt = the new user itself, who signs up. By the server or an administrator: the address is vouched for.
  virtual Result<core::User> create_user(NewUser user, const std::optional<Actor>& by) = 0;
  virtual Result<core::Organization> create_organization(NewOrganization organization, const Actor& by) = 0;
  virtual Result<core::Product> create_product(NewProduct product, const Actor& by) = 0;
};

}  // namespace fleethook::store
