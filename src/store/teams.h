// Teams of organizations and of single products: their members and who is invited.
#pragma once
#include <optional>

#include "base/result.h"
#include "store/audit.h"
#include "store/catalog.h"
#include "store/invitations.h"

namespace fleethook::store {

// Thread-safe. Blocks until committed: API pool only. Errors and `by` are as in store/store.h.
class Teams {
 public:
  virtual ~Teams() = default;
  // An organization has exactly one Owner; the Owner of a product is the user or the organization that owns it,
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
};

}  // namespace fleethook::store
