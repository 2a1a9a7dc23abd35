// The parts of the catalog and of its editor about invitations, and the rules.
#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.h"
#include "store/invitation_rules.h"

namespace fleethook::store {
namespace {

core::Role role_among(const std::vector<core::Member>& members, const core::UserId& user) {
  const auto at = std::ranges::find(members, user, &core::Member::user);
  return at == members.end() ? core::Role::kNone : at->role;
}

}  // namespace

// --- the catalog

const Invitation* Catalog::invitation(const core::InvitationId& id) const {
  return data_->invitations.find(id);
}

std::vector<const Invitation*> Catalog::invitations_of(const TeamPlace& place) const {
  std::vector<const Invitation*> list;
  const CowSet<core::InvitationId>* ids = invitations_at(*data_, place);
  if (ids == nullptr) return list;
  ids->for_each([&](const core::InvitationId& id, Nothing) { list.push_back(data_->invitations.find(id)); });
  std::ranges::sort(list, {}, &Invitation::username);
  return list;
}

std::vector<const Invitation*> Catalog::invitations_for(std::string_view username) const {
  std::vector<const Invitation*> list;
  const auto* ids = data_->invited.find(username);
  if (ids == nullptr) return list;
  for (const core::InvitationId& id : *ids) list.push_back(data_->invitations.find(id));
  std::ranges::sort(list, [](const Invitation* a, const Invitation* b) {
    return a->invited_at != b->invited_at ? a->invited_at > b->invited_at : a->id > b->id;
  });
  return list;
}

const Invitation* Catalog::invitation_of(const TeamPlace& place, std::string_view name) const {
  return find_invitation(*data_, place, name);
}

// --- the editor

CowSet<core::InvitationId>* CatalogEditor::invitations_of(const TeamPlace& place) {
  if (OrganizationEntry* organization = data_->organizations.change(edit_, place.organization))
    return &organization->invitations;
  ProductEntry* product = data_->products.change(edit_, place.product);
  return product == nullptr ? nullptr : &product->invitations;
}

void CatalogEditor::put_invitation(const Invitation& invitation) {
  if (data_->invitations.contains(invitation.id)) erase_invitation(invitation.id);
  changed_ = true;
  changed_invitations_.push_back(invitation.id);
  CowSet<core::InvitationId>* list = invitations_of(invitation.place);
  FLEETHOOK_ASSERT(list != nullptr);
  list->set(edit_, invitation.id, {});
  auto& of_name = data_->invited.at(edit_, invitation.username);
  of_name.insert(std::ranges::upper_bound(of_name, invitation.id), invitation.id);
  if (UserEntry* inviter = data_->users.change(edit_, invitation.invited_by))
    inviter->invitations.set(edit_, invitation.id, {});
  data_->invitations.set(edit_, invitation.id, invitation);
}

void CatalogEditor::erase_invitation(const core::InvitationId& id) {
  const Invitation* found = data_->invitations.find(id);
  if (found == nullptr) return;
  changed_ = true;
  changed_invitations_.push_back(id);
  const Invitation invitation = *found;
  if (CowSet<core::InvitationId>* list = invitations_of(invitation.place)) list->erase(edit_, id);
  if (UserEntry* inviter = data_->users.change(edit_, invitation.invited_by)) inviter->invitations.erase(edit_, id);
  auto& of_name = data_->invited.at(edit_, invitation.username);
  std::erase(of_name, id);
  if (of_name.empty()) data_->invited.erase(edit_, invitation.username);
  data_->invitations.erase(edit_, id);
}

void CatalogEditor::end_invitation(const core::InvitationId& id, std::string reason) {
  const Invitation* found = data_->invitations.find(id);
  if (found == nullptr) return;
  ended_invitations_.push_back({*found, std::move(reason)});
  erase_invitation(id);
}

std::vector<CatalogEditor::EndedInvitation> CatalogEditor::end_lost_invitations() {
  for (const core::UserId& user : std::exchange(doubtful_inviters_, {})) {
    const UserEntry* entry = data_->users.find(user);
    if (entry == nullptr) continue;
    for (const core::InvitationId& id : keys_of(entry->invitations)) {
      if (may_invite(*data_, data_->invitations.find(id)->place, user)) continue;
      end_invitation(id, "whoever invited may not add members any more");
    }
  }
  for (const core::ProductId product : std::exchange(moved_teams_, {})) {
    const ProductEntry* entry = data_->products.find(product);
    if (entry == nullptr) continue;
    for (const core::InvitationId& id : keys_of(entry->invitations))
      end_invitation(id, "the product has another owner");
  }
  return std::exchange(ended_invitations_, {});
}

// --- the rules

bool may_invite(const Catalog::Data& data, const TeamPlace& place, const core::UserId& user) {
  if (user.is_none()) return true;
  const UserEntry* entry = data.users.find(user);
  if (entry == nullptr || entry->user.api) return false;
  if (entry->user.administrator) return true;
  core::Role role = core::Role::kNone;
  core::OrganizationId organization = place.organization;
  if (const ProductEntry* product = data.products.find(place.product)) {
    organization = product->product.organization;
    if (organization.is_none() && product->product.user == user) return true;
    role = role_among(product->members, user);
  }
  if (const OrganizationEntry* of = data.organizations.find(organization))
    role = std::max(role, role_among(of->members, user));
  return role >= core::Role::kAdministrator;
}

bool needs_code(const Invitation& invitation, const core::User& user) {
  const bool had_the_name = !invitation.account.is_none() && invitation.account == user.id;
  return !had_the_name || !user.vouched;
}

const CowSet<core::InvitationId>* invitations_at(const Catalog::Data& data, const TeamPlace& place) {
  if (const OrganizationEntry* organization = data.organizations.find(place.organization))
    return &organization->invitations;
  const ProductEntry* product = data.products.find(place.product);
  return product == nullptr ? nullptr : &product->invitations;
}

const Invitation* find_invitation(const Catalog::Data& data, const TeamPlace& place, std::string_view name) {
  const auto* ids = data.invited.find(name);
  if (ids == nullptr) return nullptr;
  for (const core::InvitationId& id : *ids) {
    const Invitation* invitation = data.invitations.find(id);
    if (invitation->place == place) return invitation;
  }
  return nullptr;
}

Result<Invitation> invitation_for(const Catalog::Data& data,
                                  const core::InvitationId& id,
                                  const Actor& by,
                                  Instant now) {
  const Invitation* invitation = data.invitations.find(id);
  const core::User* user = data.person(by.user);
  if (invitation == nullptr || user == nullptr || invitation->username != user->username ||
      now >= invitation->expires_at) {
    return Error{Fault::kNotFound, "there is no such invitation for " + by.name + ", or it has ended"};
  }
  return *invitation;
}

Result<void> check_code(const Invitation& invitation,
                        const core::User& user,
                        const std::optional<crypto::Digest>& code) {
  if (code ? *code == invitation.code : !needs_code(invitation, user)) return {};
  return Error{Fault::kForbidden,
               code ? "this is not the code of the invitation; open the link that " + invitation.invited_by_name +
                          " got for you, or ask for another one"
                    : "this needs the code of the invitation: open the link that " + invitation.invited_by_name +
                          " got for you; nobody has proven whose address " + user.username + " is",
               "invitation_code"};
}

Result<void> check_invitation_quota(const Catalog::Data& data,
                                    const TeamPlace& place,
                                    Instant now,
                                    const Limits& limits) {
  const CowSet<core::InvitationId>* list = invitations_at(data, place);
  std::size_t waiting = 0;
  if (list != nullptr) {
    list->for_each(
        [&](const core::InvitationId& id, Nothing) { waiting += now < data.invitations.find(id)->expires_at ? 1 : 0; });
  }
  if (waiting < limits.invitations_waiting_max) return {};
  return Error{Fault::kInvalid,
               "at most " + std::to_string(limits.invitations_waiting_max) +
                   " invitations to a team wait; withdraw one, or wait until one is answered",
               "quota"};
}

}  // namespace fleethook::store
