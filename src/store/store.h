// What is asked about: the catalog (who there is, what they own, which integrations) and the history of deliveries.
// Implementations: store/sqlite; held by store/store_contract.h.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/audit.h"
#include "store/catalog.h"
#include "store/changes.h"
#include "store/history.h"

namespace fleethook::store {

struct NewUser {
  std::string username, password_hash;
  json::Value account_info;
  bool administrator = false;
};
// Which tokens end with a change of their user.
struct TokensToEnd {
  bool any = false;
  std::optional<crypto::Digest> but = {};  // this one goes on
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
struct NewIntegration {
  core::Scope scope = core::Scope::kSandbox;
  core::UserId user;  // owner when there is no organization
  core::OrganizationId organization;
  std::vector<core::ProductId> products;
  core::UserId created_by;
  core::IntegrationConfig config;
};
struct IntegrationEdit {
  core::IntegrationConfig config;
  std::vector<core::ProductId> products;
  std::optional<std::uint32_t> expected_version;  // kConflict, code "version_mismatch", when another one is current
  core::UserId by;
};
// How long an integration that was merged into another is still shown, with its past counters.
inline constexpr Duration kMergedShownFor = std::chrono::hours(24 * 30);

// One version of an integration: what was, since when, by whom.
struct VersionRecord {
  core::IntegrationPtr integration;  // as of that version: config, products, overrides
  std::string action;                // Changes::Put::action
  core::UserId by;
  Instant at{};
};
struct PlacementRecord {
  core::ProductId product;
  Instant added_at{};
  std::optional<Instant> removed_at;  // nullopt: still there
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
struct GroupChange {
  std::vector<std::string> add, remove;  // names of groups; one that is in both is removed
};
struct ImportReport {
  std::vector<core::DeviceId> updated;    // now in the product
  std::vector<core::DeviceId> existing;   // were already
  std::vector<core::DeviceId> nonmember;  // in another product: left alone
  // In this product, but not to be claimed for whom they were to be claimed: another one has them. Left alone.
  std::vector<core::DeviceId> claimed_by_another;
};

// Thread-safe. All of these but catalog() block until committed: API pool only. When one returns, catalog() shows the
// change. Errors: kNotFound, kConflict (names taken; the message says which), kUnavailable (nothing was changed). `by`
// goes into the audit log, in the transaction of the change; what changes nothing leaves no entry.
class Store : public History {
 public:
  virtual CatalogPtr catalog() const = 0;  // wait-free enough for loops

  // by nullopt = the new user itself, who signs up. By the server or an administrator: the address is vouched for.
  virtual Result<core::User> create_user(NewUser user, const std::optional<Actor>& by) = 0;
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
  // Writes when tokens were last used, as noted since the last call, and forgets those that have ended. The server
  // calls it now and then, and at stop.
  virtual Result<void> save_token_use() = 0;
  // Writes when devices were last heard (core::Device::heard), as noted since the last call. The server calls it now
  // and then, and at stop.
  virtual Result<void> save_device_heard() = 0;
  virtual Result<core::Organization> create_organization(NewOrganization organization, const Actor& by) = 0;
  virtual Result<void> update_organization(const core::Organization& organization,
                                           const Actor& by) = 0;  // name, plan, group_identical
  virtual Result<core::Product> create_product(NewProduct product, const Actor& by) = 0;
  // Its name, slug and description. kConflict while another product has the slug.
  virtual Result<void> update_product(const core::Product& product, const Actor& by) = 0;
  // Devices: who may have which, and what becomes of it, is in store/device_rules.h.
  // claim_for: for whom they are claimed; none = nobody, but what `by` has in its sandbox it takes along. kInvalid on
  // "claim_user" when that one may not have devices of the product.
  virtual Result<ImportReport> import_devices(core::ProductId product,
                                              const std::vector<core::DeviceId>& ids,
                                              const core::UserId& claim_for,
                                              const Actor& by) = 0;
  // Nothing is left of it in the product.
  virtual Result<void> remove_device(core::ProductId product, const core::DeviceId& id, const Actor& by) = 0;
  // By `user` itself. kForbidden: another one has claimed it, or it is in a product of which the user may not have
  // devices.
  virtual Result<void> claim_device(const core::DeviceId& id, const core::UserId& user, const Actor& by) = 0;
  // Ends the claim on a device of the product, if there is one.
  virtual Result<void> release_device(core::ProductId product, const core::DeviceId& id, const Actor& by) = 0;
  // Ends what the user has of it, in its sandbox and in a product. kNotFound: nothing.
  virtual Result<void> release_own_device(const core::DeviceId& id, const core::UserId& user, const Actor& by) = 0;
  virtual Result<void> update_device(const core::Device& device,  // in its product
                                     const Actor& by) = 0;  // name, firmware_version, os_version, groups, development
  // Those of `devices` that are in the product. kInvalid on "metadata.add", and nothing changed, when one of them would
  // be in more than Limits::groups_per_device_max groups.
  virtual Result<void> change_groups(core::ProductId product,
                                     const std::vector<core::DeviceId>& devices,
                                     const GroupChange& change,
                                     const Actor& by) = 0;

  // Teams. An organization has exactly one Owner; the Owner of a product is the user or the organization that owns it,
  // never a member of its own team. Joining an organization's team ends the user's memberships in its single products.
  // kInvalid on "role" for kOwner where it cannot be given, and past Limits::team_members_max; kConflict for members
  // (add_member), and where the Owner would be lost.
  //
  // At once, without that one's word: for tests and tools. People get a role by accepting an invitation.
  virtual Result<void> add_member(const TeamPlace& place,
                                  const core::UserId& user,
                                  core::Role role,
                                  const Actor& by) = 0;
  // To kOwner in an organization: the former Owner becomes Administrator. kForbidden unless `by` is that Owner, an
  // administrator of the installation, or the server.
  virtual Result<void> change_role(const TeamPlace& place,
                                   const core::UserId& user,
                                   core::Role role,
                                   const Actor& by) = 0;
  virtual Result<void> remove_member(const TeamPlace& place, const core::UserId& user, const Actor& by) = 0;
  // Invitations: the rules are in store/invitation_rules.h. All of `place` and all names are treated alike, whether
  // somebody has the name or not. kForbidden unless `by` may invite there; kConflict for a name that is in the team, or
  // (code "invited") invited already; kInvalid on "role" for kOwner, past Limits::team_members_max, and with code
  // "quota" past Limits::invitations_waiting_max.
  virtual Result<Invitation> invite(NewInvitation invitation, const Actor& by) = 0;
  // Another code, its whole lifetime again, from now on by whoever renews it; with another role unless kNone.
  // kNotFound.
  virtual Result<Invitation> renew_invitation(const core::InvitationId& id,
                                              core::Role role,
                                              const crypto::Digest& code,
                                              const Actor& by) = 0;
  // By the one who is invited. kNotFound when there is none for the name of `by`; kForbidden, code "invitation_code",
  // without the right code where one is needed; kConflict when `by` has a role there.
  virtual Result<void> accept_invitation(const core::InvitationId& id,
                                         const std::optional<crypto::Digest>& code,
                                         const Actor& by) = 0;
  virtual Result<void> decline_invitation(const core::InvitationId& id, const Actor& by) = 0;
  virtual Result<void> withdraw_invitation(const core::InvitationId& id, const Actor& by) = 0;
  // Forgets those whose time is over. The server calls it now and then.
  virtual Result<void> end_old_invitations() = 0;
  // API users: users with `api`, no password and one token. kInvalid past Limits::api_users_max; kNotFound for a user
  // that is none.
  virtual Result<core::User> create_api_user(NewApiUser user, const Actor& by) = 0;
  virtual Result<ApiUserChange> update_api_user(const core::UserId& id, ApiUserEdit edit, const Actor& by) = 0;
  virtual Result<void> delete_api_user(const core::UserId& id, const Actor& by) = 0;  // its token dies with it

  // Runs `rule` on the newest catalog and makes true what it gives, all of it or nothing. Answers the integrations of
  // Changes::integrations as they are now, in that order. Errors of the rule come back as they are.
  virtual Result<std::vector<core::IntegrationPtr>> change_integrations(const Rule& rule) = 0;
  // The plain commands, without the rules of sharing (those are in sharing/).
  Result<core::IntegrationPtr> create_integration(NewIntegration integration);
  Result<core::IntegrationPtr> update_integration(const core::IntegrationId& id, IntegrationEdit edit);
  Result<void> delete_integration(const core::IntegrationId& id);
  // Holds, skips or resumes the integration on these products (none = in its sandbox); those that are in that state
  // already stay as they are, with their time. Makes no version. kNotFound when it does not run on one of them: then
  // nothing is changed. Once it has returned no attempt begins that it forbids. A pause ends with its placement.
  virtual Result<void> set_pause(const core::IntegrationId& id,
                                 const std::vector<core::ProductId>& products,
                                 core::Pause pause,
                                 const Actor& by) = 0;
  // All that was accepted for the integration on these products until now, and waits, is to end as cancelled, whatever
  // becomes of the placement. kNotFound as above. Once it has returned no attempt of it begins.
  virtual Result<void> drop_waiting(const core::IntegrationId& id,
                                    const std::vector<core::ProductId>& products,
                                    const Actor& by) = 0;
  // The configuration as of a version, for deliveries made under it; also after the integration was merged (its
  // deliveries still finish). kNotFound for versions that never were.
  virtual Result<core::IntegrationPtr> integration_version(core::IntegrationNumber number, std::uint32_t version) = 0;
  // Its versions below `before` (0 = from the newest on), newest first, at most `limit`; staged ones too.
  virtual Result<std::vector<VersionRecord>> versions(core::IntegrationNumber number,
                                                      std::uint32_t before,
                                                      std::size_t limit) = 0;
  // Where an integration runs and ran, ascending by product.
  virtual Result<std::vector<PlacementRecord>> placements(core::IntegrationNumber number) = 0;

  // Secrets: plain in the catalog's snapshots, sealed on disk, and in no audit entry, log or error. The rules and
  // refusals of these three: store/secret_rules.h.
  virtual Result<SecretPut> put_secret(const SecretOwner& owner, NewSecret secret, const Actor& by) = 0;
  virtual Result<void> delete_secret(const SecretOwner& owner, const std::string& name, const Actor& by) = 0;
  virtual Result<VariablesPtr> set_variables(const VariablesOwner& owner, VariablesEdit edit, const Actor& by) = 0;
  // Writes when secrets were last used, as noted since the last call. The server calls it now and then, and at stop.
  virtual Result<void> save_secret_access() = 0;

  // Newest first.
  virtual Result<std::vector<AuditEntry>> audit(const AuditQuery& query) = 0;

  // Why the last write failed; "" when it succeeded.
  virtual std::string trouble() const = 0;
};

}  // namespace fleethook::store
