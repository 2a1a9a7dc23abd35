// The commands about invitations.
#include "store/invitation_rules.h"

#include <string>
#include <utility>
#include <vector>

#include "store/errors.h"
#include "store/team_rules.h"

namespace fleethook::store {
namespace {

using core::Role;

AuditEntry entry_of(const Team& team, const Invitation& invitation, const Actor& by, const char* action, Instant now) {
  AuditEntry entry = team.entry(by, action, now);
  // Not the account's id: whether there is one is not told to the team.
  entry.target = invitation.id.str();
  entry.target_name = invitation.username;
  return entry;
}

void make_anew(Invitation& invitation,
               const Catalog::Data& data,
               const crypto::Digest& code,
               const Actor& by,
               Instant now,
               const Limits& limits) {
  const core::UserId* account = data.usernames.find(invitation.username);
  invitation.code = code;
  invitation.account = account == nullptr ? core::UserId() : *account;
  invitation.invited_by = by.user;
  invitation.invited_by_name = by.name;
  invitation.invited_at = now;
  invitation.expires_at = now + limits.invitation_lifetime;
}

// Whether the inviter knows who has a role through the product's organization; to others that would tell who there is.
bool sees_organization(const Catalog::Data& data, const Team& team, const Actor& by) {
  if (team.product == nullptr) return true;
  const TeamPlace owner{team.product->product.organization, {}};
  if (owner.organization.is_none()) return true;
  const OrganizationEntry* organization = data.organizations.find(owner.organization);
  return may_invite(data, owner, by.user) || Team{organization, nullptr}.role_of(by.user) != Role::kNone;
}

Error not_there(const core::InvitationId& id) {
  return no_such("invitation", id.str());
}

void note_ended(Draft& draft, const std::vector<CatalogEditor::EndedInvitation>& ended, const Actor& by) {
  draft.note(audit_of_ended(draft.data(), ended, by, draft.now()));
}

// The right was lost between the question and the change.
Error may_not(const Team& team) {
  return {Fault::kForbidden, "this needs the role Administrator or higher in the team of " + team.name()};
}

}  // namespace

std::vector<AuditEntry> audit_of_ended(const Catalog::Data& data,
                                       const std::vector<CatalogEditor::EndedInvitation>& ended,
                                       const Actor& by,
                                       Instant now) {
  std::vector<AuditEntry> entries;
  for (const CatalogEditor::EndedInvitation& one : ended) {
    const auto team = team_at(data, one.invitation.place);
    if (!team.ok()) continue;  // it was deleted, which its own entry says
    AuditEntry entry = team->entry(by, "team.invitation_ended", now);
    entry.target = one.invitation.id.str();
    entry.target_name = one.invitation.username;
    put_change(entry.diff, "role", role_value(one.invitation.role), nullptr);
    put_change(entry.diff, "reason", nullptr, one.reason);
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<Invitation> invite(Draft& draft, NewInvitation wanted, const Actor& by) {
  Invitation made;
  const Catalog::Data& data = draft.data();
  const Instant now = draft.now();
  FLEETHOOK_TRY(const Team team, team_at(data, wanted.place));
  if (!may_invite(data, wanted.place, by.user)) return may_not(team);
  const core::UserId* account = data.usernames.find(wanted.username);
  const core::User* user = account == nullptr ? nullptr : data.person(*account);
  // Members are seen by whoever invites; nobody else is looked for.
  if (user != nullptr && (team.role_of(user->id) != Role::kNone || sees_organization(data, team, by))) {
    FLEETHOOK_CHECK(check_may_join(data, team, *user, wanted.role, draft.limits()));
  }
  FLEETHOOK_CHECK(check_has_room(team, wanted.role, draft.limits()));
  if (const Invitation* old = find_invitation(data, wanted.place, wanted.username)) {
    if (now < old->expires_at) {
      return Error{Fault::kConflict,
                   wanted.username + " is invited to the team of " + team.name() + " already, with the role " +
                       std::string(core::to_text(old->role)),
                   "invited"};
    }
    note_ended(draft, {{*old, "its time was over"}}, by);
    draft.put(row::EraseInvitation{old->id});
  }
  FLEETHOOK_CHECK(check_invitation_quota(draft.data(), wanted.place, now, draft.limits()));
  made.id = core::InvitationId::make(now, draft.random());
  made.place = wanted.place;
  made.username = std::move(wanted.username);
  made.role = wanted.role;
  make_anew(made, draft.data(), wanted.code, by, now, draft.limits());
  draft.put(row::PutInvitation{made});
  FLEETHOOK_TRY(const Team changed, team_at(draft.data(), made.place));
  AuditEntry entry = entry_of(changed, made, by, "team.invited", now);
  put_change(entry.diff, "role", nullptr, role_value(made.role));
  draft.note(std::move(entry));
  return made;
}

Result<Invitation> renew_invitation(
    Draft& draft, const core::InvitationId& id, Role role, const crypto::Digest& code, const Actor& by) {
  Invitation made;
  const Catalog::Data& data = draft.data();
  const Invitation* old = data.invitations.find(id);
  if (old == nullptr) return not_there(id);
  const Instant now = draft.now();
  made = *old;
  if (role != Role::kNone) made.role = role;
  FLEETHOOK_TRY(const Team team, team_at(data, made.place));
  if (!may_invite(data, made.place, by.user)) return may_not(team);
  FLEETHOOK_CHECK(check_has_room(team, made.role, draft.limits()));
  if (now >= made.expires_at) FLEETHOOK_CHECK(check_invitation_quota(data, made.place, now, draft.limits()));
  AuditEntry entry = entry_of(team, made, by, "team.invitation_renewed", now);
  if (old->role != made.role) put_change(entry.diff, "role", role_value(old->role), role_value(made.role));
  make_anew(made, data, code, by, now, draft.limits());
  draft.put(row::PutInvitation{made});
  draft.note(std::move(entry));
  return made;
}

Result<void> accept_invitation(Draft& draft,
                               const core::InvitationId& id,
                               const std::optional<crypto::Digest>& code,
                               const Actor& by) {
  const Instant now = draft.now();
  FLEETHOOK_TRY(const Invitation invitation, invitation_for(draft.data(), id, by, now));
  FLEETHOOK_TRY(const core::User* user, person(draft.data(), by.user));
  FLEETHOOK_CHECK(check_code(invitation, *user, code));
  // The change that took the right from the inviter has ended the invitation; this is the second line.
  if (!may_invite(draft.data(), invitation.place, invitation.invited_by)) return not_there(id);
  {
    FLEETHOOK_TRY(const Team team, team_at(draft.data(), invitation.place));
    FLEETHOOK_CHECK(check_may_join(draft.data(), team, *user, invitation.role, draft.limits()));
    AuditEntry entry = team.entry(by, "team.invitation_accepted", *user, now);
    put_change(entry.diff, "invited_by", nullptr, invitation.invited_by_name);
    join(draft, invitation.place, by.user, invitation.role, entry);
    draft.note(std::move(entry));
  }
  draft.put(row::EraseInvitation{id});
  draft.end_lost_ground(by);  // the role in the organization may be lower
  return {};
}

Result<void> decline_invitation(Draft& draft, const core::InvitationId& id, const Actor& by) {
  const Instant now = draft.now();
  FLEETHOOK_TRY(const Invitation invitation, invitation_for(draft.data(), id, by, now));
  FLEETHOOK_TRY(const Team team, team_at(draft.data(), invitation.place));
  AuditEntry entry = entry_of(team, invitation, by, "team.invitation_declined", now);
  put_change(entry.diff, "role", role_value(invitation.role), nullptr);
  draft.note(std::move(entry));
  draft.put(row::EraseInvitation{id});
  return {};
}

Result<void> withdraw_invitation(Draft& draft, const core::InvitationId& id, const Actor& by) {
  const Invitation* found = draft.data().invitations.find(id);
  if (found == nullptr) return not_there(id);
  FLEETHOOK_TRY(const Team team, team_at(draft.data(), found->place));
  AuditEntry entry = entry_of(team, *found, by, "team.invitation_withdrawn", draft.now());
  put_change(entry.diff, "role", role_value(found->role), nullptr);
  draft.note(std::move(entry));
  draft.put(row::EraseInvitation{id});
  return {};
}

void end_old_invitations(Draft& draft) {
  std::vector<CatalogEditor::EndedInvitation> ended;
  draft.data().invitations.for_each([&](const core::InvitationId&, const Invitation& one) {
    if (draft.now() >= one.expires_at) ended.push_back({one, "its time was over"});
  });
  for (const CatalogEditor::EndedInvitation& one : ended) draft.put(row::EraseInvitation{one.invitation.id});
  note_ended(draft, ended, Actor());
}

}  // namespace fleethook::store
