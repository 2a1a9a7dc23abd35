// Invitations to teams. The rules are in store/invitation_rules.h.
#include <string>
#include <utility>
#include <vector>

#include "store/errors.h"
#include "store/invitation_rules.h"
#include "store/sqlite/audit_rows.h"
#include "store/sqlite/device_rows.h"
#include "store/sqlite/invitation_rows.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/team_rows.h"

namespace fleethook::store {
namespace {

using core::Role;
using sqlite::Database;

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

// The right was lost between the question and the change.
Error may_not(const Team& team) {
  return {Fault::kForbidden, "this needs the role Administrator or higher in the team of " + team.name()};
}

}  // namespace

Result<Invitation> SqliteStore::invite(NewInvitation wanted, const Actor& by) {
  return answer<Invitation>([&](Database& database, CatalogEditor& editor, Invitation& made) -> Result<void> {
    const Catalog::Data& data = editor.data();
    const Instant now = clock_.now();
    FLEETHOOK_TRY(const Team team, team_at(data, wanted.place));
    if (!may_invite(data, wanted.place, by.user)) return may_not(team);
    const core::UserId* account = data.usernames.find(wanted.username);
    const core::User* user = account == nullptr ? nullptr : data.person(*account);
    // Members are seen by whoever invites; nobody else is looked for.
    if (user != nullptr && (team.role_of(user->id) != Role::kNone || sees_organization(data, team, by))) {
      FLEETHOOK_CHECK(check_may_join(data, team, *user, wanted.role, limits_));
    }
    FLEETHOOK_CHECK(check_has_room(team, wanted.role, limits_));
    if (const Invitation* old = find_invitation(data, wanted.place, wanted.username)) {
      if (now < old->expires_at) {
        return Error{Fault::kConflict,
                     wanted.username + " is invited to the team of " + team.name() + " already, with the role " +
                         std::string(core::to_text(old->role)),
                     "invited"};
      }
      FLEETHOOK_CHECK(write_ended_invitations(database, editor, {{*old, "its time was over"}}, by, now));
      editor.erase_invitation(core::InvitationId(old->id));
    }
    FLEETHOOK_CHECK(check_invitation_quota(editor.data(), wanted.place, now, limits_));
    made.id = core::InvitationId::make(now, random_);
    made.place = wanted.place;
    made.username = std::move(wanted.username);
    made.role = wanted.role;
    make_anew(made, editor.data(), wanted.code, by, now, limits_);
    editor.put_invitation(made);
    FLEETHOOK_TRY(const Team changed, team_at(editor.data(), made.place));
    AuditEntry entry = entry_of(changed, made, by, "team.invited", now);
    put_change(entry.diff, "role", nullptr, role_value(made.role));
    FLEETHOOK_CHECK(write_audit(database, entry));
    return write_changed_invitations(database, editor);
  });
}

Result<Invitation> SqliteStore::renew_invitation(const core::InvitationId& id,
                                                 Role role,
                                                 const crypto::Digest& code,
                                                 const Actor& by) {
  return answer<Invitation>([&](Database& database, CatalogEditor& editor, Invitation& made) -> Result<void> {
    const Catalog::Data& data = editor.data();
    const Invitation* old = data.invitations.find(id);
    if (old == nullptr) return not_there(id);
    const Instant now = clock_.now();
    made = *old;
    if (role != Role::kNone) made.role = role;
    FLEETHOOK_TRY(const Team team, team_at(data, made.place));
    if (!may_invite(data, made.place, by.user)) return may_not(team);
    FLEETHOOK_CHECK(check_has_room(team, made.role, limits_));
    if (now >= made.expires_at) FLEETHOOK_CHECK(check_invitation_quota(data, made.place, now, limits_));
    AuditEntry entry = entry_of(team, made, by, "team.invitation_renewed", now);
    if (old->role != made.role) put_change(entry.diff, "role", role_value(old->role), role_value(made.role));
    make_anew(made, data, code, by, now, limits_);
    editor.put_invitation(made);
    FLEETHOOK_CHECK(write_audit(database, entry));
    return write_changed_invitations(database, editor);
  });
}

Result<void> SqliteStore::accept_invitation(const core::InvitationId& id,
                                            const std::optional<crypto::Digest>& code,
                                            const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const Instant now = clock_.now();
    FLEETHOOK_TRY(const Invitation invitation, invitation_for(editor.data(), id, by, now));
    FLEETHOOK_TRY(const core::User* user, person(editor.data(), by.user));
    FLEETHOOK_CHECK(check_code(invitation, *user, code));
    // The change that took the right from the inviter has ended the invitation; this is the second line.
    if (!may_invite(editor.data(), invitation.place, invitation.invited_by)) return not_there(id);
    {
      FLEETHOOK_TRY(const Team team, team_at(editor.data(), invitation.place));
      FLEETHOOK_CHECK(check_may_join(editor.data(), team, *user, invitation.role, limits_));
      AuditEntry entry = team.entry(by, "team.invitation_accepted", *user, now);
      put_change(entry.diff, "invited_by", nullptr, invitation.invited_by_name);
      FLEETHOOK_CHECK(write_joined(database, editor, invitation.place, by.user, invitation.role, now, entry));
      FLEETHOOK_CHECK(write_audit(database, entry));
    }
    editor.erase_invitation(id);
    return write_lost_ground(database, editor, by, now);  // the role in the organization may be lower
  });
}

Result<void> SqliteStore::decline_invitation(const core::InvitationId& id, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const Instant now = clock_.now();
    FLEETHOOK_TRY(const Invitation invitation, invitation_for(editor.data(), id, by, now));
    FLEETHOOK_TRY(const Team team, team_at(editor.data(), invitation.place));
    AuditEntry entry = entry_of(team, invitation, by, "team.invitation_declined", now);
    put_change(entry.diff, "role", role_value(invitation.role), nullptr);
    FLEETHOOK_CHECK(write_audit(database, entry));
    editor.erase_invitation(id);
    return write_changed_invitations(database, editor);
  });
}

Result<void> SqliteStore::withdraw_invitation(const core::InvitationId& id, const Actor& by) {
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    const Invitation* found = editor.data().invitations.find(id);
    if (found == nullptr) return not_there(id);
    FLEETHOOK_TRY(const Team team, team_at(editor.data(), found->place));
    AuditEntry entry = entry_of(team, *found, by, "team.invitation_withdrawn", clock_.now());
    put_change(entry.diff, "role", role_value(found->role), nullptr);
    FLEETHOOK_CHECK(write_audit(database, entry));
    editor.erase_invitation(id);
    return write_changed_invitations(database, editor);
  });
}

Result<void> SqliteStore::end_old_invitations() {
  const CatalogPtr now_there = catalog();
  const auto old = [now = clock_.now()](const Invitation& one) { return now >= one.expires_at; };
  bool any = false;
  now_there->data().invitations.for_each(
      [&](const core::InvitationId&, const Invitation& one) { any = any || old(one); });
  if (!any) return {};
  return change([&](Database& database, CatalogEditor& editor) -> Result<void> {
    std::vector<CatalogEditor::EndedInvitation> ended;
    editor.data().invitations.for_each([&](const core::InvitationId&, const Invitation& one) {
      if (old(one)) ended.push_back({one, "its time was over"});
    });
    for (const CatalogEditor::EndedInvitation& one : ended) editor.erase_invitation(one.invitation.id);
    return write_ended_invitations(database, editor, ended, Actor(), clock_.now());
  });
}

}  // namespace fleethook::store
