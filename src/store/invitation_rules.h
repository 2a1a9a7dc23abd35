// What an invitation is worth: the one place that decides it. Rules on a draft.
//
// A name is an email address that nobody has proven, so that somebody has it says nothing about who he is. A role is
// given to an account that accepted it and was meant:
//
//   who invites        learns nothing from it: the answer, the list and the refusals are the same whether the name has
//                      an account or not. He gets a code to pass on to the one whom he means, by a way that he trusts.
//   who accepts        has the name, and the code. The code may be left out by an account that had the name when the
//                      invitation was made, if whoever runs the installation made the account (core::User::vouched):
//                      then the address is his word. Whoever signed up by himself needs the code, before the
//                      invitation as after it: he may have taken the address of another one in advance.
//   who declines       has the name; that takes no code, as it gives nothing.
//   withdraw, renew    whoever may invite there. A renewed one has another code, and is its renewer's.
//
//   it ends            when it is accepted, declined or withdrawn, and after Limits::invitation_lifetime
//   it is void, and    when whoever made it may not invite there any more (may_invite()), when its product gets another
//   ends in the same   owner, whose team it was not made for, when the product is deleted, and when the account that
//   change             has the name, or that of the inviter, is deleted
//
// Who is in the team or reaches the product by other ways meanwhile cannot accept it; it waits until it ends.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "store/audit.h"
#include "store/draft.h"

namespace fleethook::store {

// Administrators of the place, and of the installation; nobody (none) is the server itself.
bool may_invite(const Catalog::Data& data, const TeamPlace& place, const core::UserId& user);

// Whether `user`, who has the name, cannot accept without the code.
bool needs_code(const Invitation& invitation, const core::User& user);

// The lists of a place; nullptr when it is not there.
const CowSet<core::InvitationId>* invitations_at(const Catalog::Data& data, const TeamPlace& place);

// To that team, for that name. nullptr: none.
const Invitation* find_invitation(const Catalog::Data& data, const TeamPlace& place, std::string_view name);

// What `by` could accept or decline: of this id, for his name, with time left. kNotFound in the same words for all
// else.
Result<Invitation> invitation_for(const Catalog::Data& data,
                                  const core::InvitationId& id,
                                  const Actor& by,
                                  Instant now);

// kForbidden with code "invitation_code".
Result<void> check_code(const Invitation& invitation,
                        const core::User& user,
                        const std::optional<crypto::Digest>& code);

// kInvalid with code "quota".
Result<void> check_invitation_quota(const Catalog::Data& data,
                                    const TeamPlace& place,
                                    Instant now,
                                    const Limits& limits);

// The commands of Teams of the same names, with their refusals.
Result<Invitation> invite(Draft& draft, NewInvitation wanted, const Actor& by);
Result<Invitation> renew_invitation(
    Draft& draft, const core::InvitationId& id, core::Role role, const crypto::Digest& code, const Actor& by);
Result<void> accept_invitation(Draft& draft,
                               const core::InvitationId& id,
                               const std::optional<crypto::Digest>& code,
                               const Actor& by);
Result<void> decline_invitation(Draft& draft, const core::InvitationId& id, const Actor& by);
Result<void> withdraw_invitation(Draft& draft, const core::InvitationId& id, const Actor& by);
void end_old_invitations(Draft& draft);

// An entry for each, as of CatalogEditor::end_lost_invitations().
std::vector<AuditEntry> audit_of_ended(const Catalog::Data& data,
                                       const std::vector<CatalogEditor::EndedInvitation>& ended,
                                       const Actor& by,
                                       Instant now);

}  // namespace fleethook::store
