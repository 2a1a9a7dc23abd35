// The commands of the catalog. What each does is a rule, in store/*_rules.h, store/changes.h and store/pauses.h.
#include <utility>

#include "store/account_rules.h"
#include "store/api_user_rules.h"
#include "store/changes.h"
#include "store/device_rules.h"
#include "store/draft.h"
#include "store/invitation_rules.h"
#include "store/pauses.h"
#include "store/secret_rules.h"
#include "store/sqlite/sqlite_store.h"
#include "store/team_rules.h"
#include "store/token_rules.h"

namespace fleethook::store {

Result<core::User> SqliteStore::create_user(NewUser user, const std::optional<Actor>& by) {
  return command([&](Draft& draft) { return store::create_user(draft, std::move(user), by); });
}

Result<void> SqliteStore::update_user(const core::User& user, const Actor& by, const TokensToEnd& ends) {
  return command([&](Draft& draft) { return store::update_user(draft, user, by, ends); });
}

Result<void> SqliteStore::delete_user(const core::UserId& id, const Actor& by) {
  return command([&](Draft& draft) { return store::delete_user(draft, id, by); });
}

Result<core::Organization> SqliteStore::create_organization(NewOrganization organization, const Actor& by) {
  return command([&](Draft& draft) { return store::create_organization(draft, std::move(organization), by); });
}

Result<void> SqliteStore::update_organization(const core::Organization& organization, const Actor& by) {
  return command([&](Draft& draft) { return store::update_organization(draft, organization, by); });
}

Result<core::Product> SqliteStore::create_product(NewProduct product, const Actor& by) {
  return command([&](Draft& draft) { return store::create_product(draft, std::move(product), by); });
}

Result<void> SqliteStore::update_product(const core::Product& product, const Actor& by) {
  return command([&](Draft& draft) { return store::update_product(draft, product, by); });
}

Result<void> SqliteStore::add_token(core::AccessToken token, const Actor& by) {
  return command([&](Draft& draft) { return store::add_token(draft, std::move(token), by); });
}

Result<void> SqliteStore::revoke_token(const crypto::Digest& digest) {
  return command([&](Draft& draft) { return store::revoke_token(draft, digest); });
}

Result<void> SqliteStore::revoke_tokens_of(const core::UserId& user, const Actor& by) {
  return command([&](Draft& draft) { return store::revoke_tokens_of(draft, user, by); });
}

Result<void> SqliteStore::add_member(const TeamPlace& place,
                                     const core::UserId& user,
                                     core::Role role,
                                     const Actor& by) {
  return command([&](Draft& draft) { return store::add_member(draft, place, user, role, by); });
}

Result<void> SqliteStore::change_role(const TeamPlace& place,
                                      const core::UserId& user,
                                      core::Role role,
                                      const Actor& by) {
  return command([&](Draft& draft) { return store::change_role(draft, place, user, role, by); });
}

Result<void> SqliteStore::remove_member(const TeamPlace& place, const core::UserId& user, const Actor& by) {
  return command([&](Draft& draft) { return store::remove_member(draft, place, user, by); });
}

Result<Invitation> SqliteStore::invite(NewInvitation invitation, const Actor& by) {
  return command([&](Draft& draft) { return store::invite(draft, std::move(invitation), by); });
}

Result<Invitation> SqliteStore::renew_invitation(const core::InvitationId& id,
                                                 core::Role role,
                                                 const crypto::Digest& code,
                                                 const Actor& by) {
  return command([&](Draft& draft) { return store::renew_invitation(draft, id, role, code, by); });
}

Result<void> SqliteStore::accept_invitation(const core::InvitationId& id,
                                            const std::optional<crypto::Digest>& code,
                                            const Actor& by) {
  return command([&](Draft& draft) { return store::accept_invitation(draft, id, code, by); });
}

Result<void> SqliteStore::decline_invitation(const core::InvitationId& id, const Actor& by) {
  return command([&](Draft& draft) { return store::decline_invitation(draft, id, by); });
}

Result<void> SqliteStore::withdraw_invitation(const core::InvitationId& id, const Actor& by) {
  return command([&](Draft& draft) { return store::withdraw_invitation(draft, id, by); });
}

Result<core::User> SqliteStore::create_api_user(NewApiUser user, const Actor& by) {
  return command([&](Draft& draft) { return store::create_api_user(draft, std::move(user), by); });
}

Result<ApiUserChange> SqliteStore::update_api_user(const core::UserId& id, ApiUserEdit edit, const Actor& by) {
  return command([&](Draft& draft) { return store::update_api_user(draft, id, std::move(edit), by); });
}

Result<void> SqliteStore::delete_api_user(const core::UserId& id, const Actor& by) {
  return command([&](Draft& draft) { return store::delete_api_user(draft, id, by); });
}

Result<ImportReport> SqliteStore::import_devices(core::ProductId product,
                                                 const std::vector<core::DeviceId>& ids,
                                                 const core::UserId& claim_for,
                                                 const Actor& by) {
  return command([&](Draft& draft) { return store::import_devices(draft, product, ids, claim_for, by); });
}

Result<void> SqliteStore::remove_device(core::ProductId product, const core::DeviceId& id, const Actor& by) {
  return command([&](Draft& draft) { return store::remove_device(draft, product, id, by); });
}

Result<void> SqliteStore::claim_device(const core::DeviceId& id, const core::UserId& user, const Actor& by) {
  return command([&](Draft& draft) { return store::claim_device(draft, id, user, by); });
}

Result<void> SqliteStore::release_device(core::ProductId product, const core::DeviceId& id, const Actor& by) {
  return command([&](Draft& draft) { return store::release_device(draft, product, id, by); });
}

Result<void> SqliteStore::release_own_device(const core::DeviceId& id, const core::UserId& user, const Actor& by) {
  return command([&](Draft& draft) { return store::release_own_device(draft, id, user, by); });
}

Result<void> SqliteStore::update_device(const core::Device& device, const Actor& by) {
  return command([&](Draft& draft) { return store::update_device(draft, device, by); });
}

Result<void> SqliteStore::change_groups(core::ProductId product,
                                        const std::vector<core::DeviceId>& devices,
                                        const GroupChange& change,
                                        const Actor& by) {
  return command([&](Draft& draft) { return store::change_groups(draft, product, devices, change, by); });
}

Result<std::vector<core::IntegrationPtr>> SqliteStore::change_integrations(const Rule& rule) {
  return command([&](Draft& draft) { return store::change_integrations(draft, rule); });
}

Result<void> SqliteStore::set_pause(const core::IntegrationId& id,
                                    const std::vector<core::ProductId>& products,
                                    core::Pause pause,
                                    core::EventSeq newest,
                                    const Actor& by) {
  return command([&](Draft& draft) { return store::set_pause(draft, id, products, pause, newest, by); });
}

Result<void> SqliteStore::move_waiting(const core::IntegrationId& id,
                                       const std::vector<core::ProductId>& products,
                                       core::EventSeq newest,
                                       const Actor& by) {
  return command([&](Draft& draft) { return store::move_waiting(draft, id, products, newest, by); });
}

Result<void> SqliteStore::drop_waiting(const core::IntegrationId& id,
                                       const std::vector<core::ProductId>& products,
                                       core::EventSeq newest,
                                       const Actor& by) {
  return command([&](Draft& draft) { return store::drop_waiting(draft, id, products, newest, by); });
}

Result<SecretPut> SqliteStore::put_secret(const SecretOwner& owner, NewSecret secret, const Actor& by) {
  return command([&](Draft& draft) { return store::put_secret(draft, owner, std::move(secret), by); });
}

Result<void> SqliteStore::delete_secret(const SecretOwner& owner, const std::string& name, const Actor& by) {
  return command([&](Draft& draft) { return store::delete_secret(draft, owner, name, by); });
}

Result<VariablesPtr> SqliteStore::set_variables(const VariablesOwner& owner, VariablesEdit edit, const Actor& by) {
  return command([&](Draft& draft) { return store::set_variables(draft, owner, std::move(edit), by); });
}

Result<void> SqliteStore::end_old_invitations() {
  const CatalogPtr now_there = catalog();
  bool any = false;
  now_there->data().invitations.for_each([&, now = clock_.now()](const core::InvitationId&, const Invitation& one) {
    any = any || now >= one.expires_at;
  });
  if (!any) return {};
  return command([](Draft& draft) -> Result<void> {
    store::end_old_invitations(draft);
    return {};
  });
}

}  // namespace fleethook::store
