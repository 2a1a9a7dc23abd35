// The plain values of the catalog: who there is and what they own. No behaviour beyond names of enumerations.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/access_token.h"
#include "core/ids.h"
#include "json/value.h"

namespace fleethook::core {

// What makes a user an API user: a program's account that belongs to one organization or one product and may do what
// its scopes name, there only.
struct ApiAccess {
  OrganizationId organization;      // none: of the product
  ProductId product;                // none: of the organization, and so of all its products
  std::string friendly_name;        // as people call it
  std::vector<std::string> scopes;  // "integrations:list"; ascending, each once
  bool operator==(const ApiAccess&) const = default;
};

struct User {
  UserId id;
  std::string username;        // an email address, lower case
  std::string password_hash;   // argon2id; "" = cannot log in with a password
  json::Value account_info;    // an object, as sent
  bool administrator = false;  // of the installation
  Instant created_at{};
  std::optional<ApiAccess> api{};  // an API user's; a person has none
  // Whoever runs the installation made the account under this name. Nobody else's address is proven: there is no
  // mailer, so who signs up by himself may write down any.
  bool vouched = false;
};

enum class Plan : std::uint8_t { kFree, kBasic, kPlus, kEnterprise };
std::string_view to_text(Plan plan);
std::optional<Plan> parse_plan(std::string_view text);  // "growth" is an alias of "basic"

enum class GroupIdentical : std::uint8_t { kAuto, kSuggest, kOff };
std::string_view to_text(GroupIdentical value);
std::optional<GroupIdentical> parse_group_identical(std::string_view text);

struct Organization {
  OrganizationId id;
  std::string slug;
  std::string name;
  Plan plan = Plan::kEnterprise;
  GroupIdentical group_identical = GroupIdentical::kAuto;
  UserId created_by;  // its first Owner
  Instant created_at{};
};

// The four roles, lowest first; kNone = no access.
enum class Role : std::uint8_t { kNone, kViewOnly, kSupport, kDeveloper, kAdministrator, kOwner };
std::string_view to_text(Role role);  // "View-only", "Support", "Developer", "Administrator", "Owner"; "" for kNone
std::optional<Role> parse_role(std::string_view text);  // exact spelling; never kNone

struct Member {
  UserId user;
  Role role = Role::kNone;
  bool operator==(const Member&) const = default;
};

struct Product {
  ProductId id;
  std::string slug;  // unique in the installation
  std::string name;
  std::string description;
  std::int64_t platform_id = 0;
  json::Value settings;         // an object, as sent
  OrganizationId organization;  // none: owned by `user`
  UserId user;                  // creator; the owner when there is no organization
  Instant created_at{};
};

// From this role on a person may have devices of a product: claim one, and be given it. The rights devices:import,
// devices:update, devices:remove and devices:release begin here too.
inline constexpr Role kDeviceRole = Role::kDeveloper;

// A device as one place knows it: a product, or its owner's sandbox. The two records of one id know nothing of each
// other; see store/device_rules.h.
struct Device {
  DeviceId id;
  std::string name;
  ProductId product;                // none: of the owner's sandbox
  UserId owner;                     // claimed by; none = unclaimed, which only a product's can be
  bool owner_agreed = true;         // false: somebody else named the owner, who has said nothing yet
  std::string firmware_version;     // of the product; "" = unknown
  std::string os_version;           // of Device OS; "" = unknown
  std::vector<std::string> groups;  // of the product, ascending, each once; see core/device_groups.h
  bool development = false;
  // When it last published. Shared by all snapshots; never null.
  std::shared_ptr<LastUse> heard = std::make_shared<LastUse>(std::nullopt);

  // Whom its events reach: streams of the sandbox, and integrations there. None: nobody but its product.
  UserId reaches() const { return owner_agreed ? owner : UserId(); }
};

}  // namespace fleethook::core
