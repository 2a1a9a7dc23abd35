// Invitations to teams, as the catalog holds them. What they are worth is decided in store/invitation_rules.h.
#pragma once
#include <string>

#include "base/clock.h"
#include "base/crypto.h"
#include "core/catalog_types.h"

namespace fleethook::store {

// Whose team, or where an API user belongs: exactly one of the two.
struct TeamPlace {
  core::OrganizationId organization;
  core::ProductId product;  // its own team
  bool operator==(const TeamPlace&) const = default;
};

struct Invitation {
  core::InvitationId id;
  TeamPlace place;
  std::string username;  // whom it is for, whether somebody has that name or not
  core::Role role = core::Role::kNone;
  crypto::Digest code{};        // of what the inviter got, once, to pass on
  core::UserId account;         // who had the name when it was made or renewed; none: nobody
  core::UserId invited_by;      // none: the server
  std::string invited_by_name;  // as of then
  Instant invited_at{};
  Instant expires_at{};
};

struct NewInvitation {
  TeamPlace place;
  std::string username;
  core::Role role = core::Role::kNone;
  crypto::Digest code{};
};

}  // namespace fleethook::store
